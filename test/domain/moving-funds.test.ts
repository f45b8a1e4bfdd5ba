import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { LiftSuspension, MoveFunds } from "../../src/domain/facts/clearing-command.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { paise } from "../../src/domain/facts/units.ts";
import { describeMarket, evolveStep, initialMarket } from "../../src/domain/market.ts";
import {
  account,
  at,
  clearingTerms,
  holdingsOf,
  noMargin,
  payDues,
  tick,
} from "../clearing-given.ts";
import { atDoor, buy, cancel, given, sell, type Sent } from "../given.ts";

const never = { deadlineMs: Number.MAX_SAFE_INTEGER };

function move(
  type: MoveFunds["type"],
  id: string,
  amount: number,
  over: Partial<Omit<MoveFunds, "type">> = {},
): MoveFunds {
  const own = { participant: "HDFC", client: "asha", clientOrderId: id };
  return { type, ...own, asset: "INR", amount, source: atDoor(never), ...over };
}

function lift(participant: string, clientOrderId: string): LiftSuspension {
  return { type: "LiftSuspension", participant, clientOrderId, source: atDoor(never) };
}

const strict = clearingTerms({
  accounts: new Map([
    ["HDFC/asha", account("full", 1_000_00, { SBIN: 50 })],
    ["HDFC/bela", account("margin", 1_000_00)],
  ]),
});

function sumsOf(start: ReturnType<typeof given>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const assets of start.market.accounts.values())
    for (const [asset, { free, blocked, transit, due }] of assets)
      sums[asset] = (sums[asset] ?? 0) + free + blocked + transit + due;
  return sums;
}

test("cash and shares come in and leave, each against what is outside, and all sums stay zero", () => {
  const start = given([], strict);
  start
    .when(move("Deposit", "d1", 500_00))
    .emits([
      "OPENING HDFC/asha: opening:HDFC/asha INR free -100000, HDFC/asha INR free 100000",
      "DEPOSITED HDFC/asha 50000 INR",
      "DEPOSIT F-0-0: external:HDFC/asha INR free -50000, HDFC/asha INR free 50000",
    ]);
  start
    .when(move("Withdraw", "w1", 1_500_00))
    .emits([
      "WITHDRAWN HDFC/asha 150000 INR",
      "WITHDRAWAL F-0-1: external:HDFC/asha INR free 150000, HDFC/asha INR free -150000",
    ]);
  start
    .when(move("Deposit", "d2", 30, { asset: "SBIN" }))
    .emits([
      "LISTED SBIN",
      "OPENING HDFC/asha: opening:HDFC/asha SBIN free -50, HDFC/asha SBIN free 50",
      "DEPOSITED HDFC/asha 30 SBIN",
      "DEPOSIT F-0-2: external:HDFC/asha SBIN free -30, HDFC/asha SBIN free 30",
    ]);
  start.when(move("Withdraw", "w2", 80, { asset: "SBIN" }));
  deepEqual(holdingsOf(start.market, "HDFC/asha", "external:HDFC/asha"), {
    "HDFC/asha INR": "0/0/0",
    "HDFC/asha SBIN": "0/0/0",
    "external:HDFC/asha INR": "100000/0/0",
    "external:HDFC/asha SBIN": "50/0/0",
  });
  deepEqual(sumsOf(start), { INR: 0, SBIN: 0 });
  const folded = initialMarket();
  for (const [index, step] of start.steps.entries()) evolveStep(folded, step, index + 1);
  equal(describeMarket(folded), describeMarket(start.market));
});

test("only what is free leaves: a block of an order is not, and is once the order is canceled", () => {
  const start = given([buy("b", 1, 900_00, { client: "asha" })], strict);
  start.when(move("Withdraw", "w1", 100_01)).emits(["REFUSED Withdraw w1 INSUFFICIENT_FUNDS"]);
  start
    .when(move("Withdraw", "w2", 51, { asset: "SBIN" }))
    .emits(["REFUSED Withdraw w2 INSUFFICIENT_HOLDINGS"]);
  start.when(cancel("c", "b"));
  start
    .when(move("Withdraw", "w3", 100_01))
    .emitsOf(["WITHDRAWN"], ["WITHDRAWN HDFC/asha 10001 INR"]);
});

test("amounts that are nothing, or more than can be counted, are refused", () => {
  const start = given([], strict);
  const most = Number.MAX_SAFE_INTEGER;
  for (const [request, reason] of [
    [move("Deposit", "d1", 0), "VALUE_OUT_OF_RANGE"],
    [move("Deposit", "d2", -5), "VALUE_OUT_OF_RANGE"],
    [move("Withdraw", "w1", 0), "VALUE_OUT_OF_RANGE"],
    [move("Deposit", "d3", most), "VALUE_OUT_OF_RANGE"],
    [move("Deposit", "d4", 5, { asset: "no symbol" }), "UNKNOWN_SYMBOL"],
    [move("Deposit", "d5", 5, { participant: "N/A" }), "UNKNOWN_PARTICIPANT"],
    [move("Deposit", "A-7", 5), "RESERVED_ID"],
    [move("Deposit", "d6", 5, { source: atDoor({ deadlineMs: 0 }) }), "DEADLINE_PASSED"],
  ] as const)
    start.when(request).emits([`REFUSED ${request.type} ${request.clientOrderId} ${reason}`]);
});

test("what came from outside has to stay countable too, wherever it went since", () => {
  const own = { client: null };
  const start = given([
    move("Deposit", "d1", 8e15, own),
    sell("s", 1e9, 8_000_000),
    buy("b", 1e9, 8_000_000),
  ]);
  equal(start.market.accounts.get("HDFC")?.get("INR")?.free, 1e13);
  start.when(move("Deposit", "d2", 8e15, own)).emits(["REFUSED Deposit d2 VALUE_OUT_OF_RANGE"]);
  start
    .when(move("Deposit", "d3", 1e15, own))
    .emitsOf(["DEPOSITED"], ["DEPOSITED HDFC 1000000000000000 INR"]);
});

test("what left has to stay countable too, however often cash comes back by trades", () => {
  const rich = (participant: string): (Command | Sent)[] => [
    move("Deposit", `d${participant}`, 8e15, { participant, client: null }),
    sell(`s${participant}`, 5e8, 16_000_000),
    buy(`b${participant}`, 5e8, 16_000_000, { participant }),
  ];
  const own = { participant: "SELLER", client: null };
  const start = given([...rich("M1"), move("Withdraw", "w1", 8e15, own), ...rich("M2")]);
  start.when(move("Withdraw", "w2", 8e15, own)).emits(["REFUSED Withdraw w2 VALUE_OUT_OF_RANGE"]);
  start
    .when(move("Withdraw", "w3", 1e15, own))
    .emitsOf(["WITHDRAWN"], ["WITHDRAWN SELLER 1000000000000000 INR"]);
  deepEqual(sumsOf(start)["INR"], 0);
});

test("the same again is a repeat, the same id with another amount is refused", () => {
  const start = given([move("Deposit", "d1", 5)], strict);
  start.when(move("Deposit", "d1", 5)).emits(["REPEATED d1 of 1"]);
  start.when(move("Deposit", "d1", 6)).emits(["REFUSED Deposit d1 DUPLICATE_ID"]);
  start.when(move("Withdraw", "d1", 5)).emits(["REFUSED Withdraw d1 DUPLICATE_ID"]);
  deepEqual(holdingsOf(start.market, "HDFC/asha"), { "HDFC/asha INR": "100005/0/0" });
});

function placed(time: string, command: Sent["command"]): Sent {
  return { command, atMs: at(time) };
}

test("a deposit cures a lack of margin at once; until then nothing leaves", () => {
  const bela = { participant: "HDFC", client: "bela" };
  const start = given(
    [
      placed("01 10:00", sell("s", 5, 985_00)),
      placed("01 10:00", buy("b", 5, 985_00, bela)),
      // Another price at the close, and the margin on what bela bought is more than she has.
      placed("01 15:00", sell("up", 1, 1_200_00)),
      placed("01 15:00", buy("up", 1, 1_200_00, { participant: "ICICI" })),
      tick("01 15:30"),
      tick("01 15:31"),
      tick("01 15:32"),
    ],
    strict,
  );
  const { short } = start.market.clearing.margins;
  ok(short.has("HDFC/bela"), "bela lacks margin");
  const sent = placed("01 15:40", move("Withdraw", "w1", 1, bela));
  start.when(sent).emits(["REFUSED Withdraw w1 INSUFFICIENT_MARGIN"]);
  const done = start.when(placed("01 15:41", move("Deposit", "d1", 10_000_00, bela)));
  done.emitsOf(["DEPOSITED"], ["DEPOSITED HDFC/bela 1000000 INR"]);
  ok(!short.has("HDFC/bela"), "the deposit cured it in its own step");
  const { market } = start;
  const free = market.accounts.get("HDFC/bela")?.get("INR")?.free ?? 0;
  start
    .when(placed("01 15:42", move("Withdraw", "w2", free + 1, bela)))
    .emits(["REFUSED Withdraw w2 INSUFFICIENT_FUNDS"]);
  start
    .when(placed("01 15:43", move("Withdraw", "w3", free, bela)))
    .emitsOf(["WITHDRAWN"], [`WITHDRAWN HDFC/bela ${free} INR`]);
});

/** M1 cannot pay what it bought, and the guarantee fund pays for it. */
const poor = clearingTerms({
  accounts: new Map([
    ["M1", account("margin", 1_000_00)],
    ["SELLER", account("full", 0, { SBIN: 1_000 })],
  ]),
  marginRates: noMargin,
});
const defaulted = [
  placed("01 10:00", sell("s", 100, 985_00)),
  placed("01 10:01", buy("b", 100, 985_00, { participant: "M1" })),
  ...["01 15:30", "01 21:00", "02 08:30", "02 10:30", "02 10:31", "02 15:30"].map(tick),
];

test("a member in default may not withdraw, and trades again once its dues are paid and its suspension lifted", () => {
  const start = given(defaulted, poor);
  const { suspended, debts } = start.market.clearing.shortfalls;
  ok(suspended.has("M1"), "M1 is in default");
  const owed = [...(debts.get("M1")?.values() ?? [])].reduce((sum, paise) => sum + paise, 0);
  ok(owed > 0, "M1 owes the fund");
  const m1 = { participant: "M1", client: null };
  const say = (time: string, command: Sent["command"], lines: string[]): void =>
    start
      .when(placed(time, command))
      .emitsOf(["REFUSED", "LIFTED", "REJECTED", "ACCEPTED", "DUES PAID"], lines);
  say("03 10:00", lift("M1", "l1"), ["REFUSED LiftSuspension l1 DUES_OWED"]);
  say("03 10:00", lift("HDFC", "l0"), ["REFUSED LiftSuspension l0 NOT_SUSPENDED"]);
  start.when(placed("03 10:01", move("Deposit", "d1", owed + 5_000_00, m1)));
  say("03 10:02", move("Withdraw", "w1", 1, m1), ["REFUSED Withdraw w1 MEMBER_SUSPENDED"]);
  say("03 10:03", lift("M1", "l2"), ["REFUSED LiftSuspension l2 DUES_OWED"]);
  say("03 10:04", payDues("M1", null, "p1", owed), [`DUES PAID M1 ${owed} of ${owed}`]);
  say("03 10:05", buy("b2", 1, 985_00, m1), ["REJECTED O-0-14 b2 MEMBER_SUSPENDED"]);
  say("03 10:06", lift("M1", "l3"), ["LIFTED M1"]);
  start.when(placed("03 10:06", lift("M1", "l3"))).emits(["REPEATED l3 of 16"]);
  say("03 10:07", lift("M1", "l4"), ["REFUSED LiftSuspension l4 NOT_SUSPENDED"]);
  say("03 10:08", buy("b3", 1, 985_00, m1), ["ACCEPTED O-0-18 b3 BUY 1 SBIN"]);
  deepEqual(sumsOf(start)["INR"], 0);
});

/** HDFC's client asha cannot pay what she bought; HDFC pays for her, and she owes HDFC. */
const clientInDebt = clearingTerms({
  accounts: new Map([["HDFC/asha", account("margin", 1_000_00)]]),
  marginRates: noMargin,
});

test("an account that owes its member withdraws neither cash nor shares until its dues are paid", () => {
  const asha = { participant: "HDFC", client: "asha" };
  const start = given(
    [
      placed("01 10:00", sell("s", 100, 985_00)),
      placed("01 10:01", buy("b", 100, 985_00, asha)),
      ...["01 15:30", "01 21:00", "02 08:30", "02 10:30", "02 10:31", "02 15:30"].map(tick),
    ],
    clientInDebt,
  );
  const { suspended, debts } = start.market.clearing.shortfalls;
  ok(!suspended.has("HDFC"), "her member had the cash");
  const owed = debts.get("HDFC/asha")?.get("HDFC") ?? 0;
  equal(owed, 985_00 * 100 - 1_000_00);
  const say = (time: string, command: Sent["command"], lines: string[]): void =>
    start.when(placed(time, command)).emitsOf(["REFUSED", "WITHDRAWN", "DUES PAID"], lines);
  start.when(placed("03 10:00", move("Deposit", "d1", owed + 500_00)));
  say("03 10:01", move("Withdraw", "w1", 1), ["REFUSED Withdraw w1 DUES_OWED"]);
  say("03 10:02", move("Withdraw", "w2", 1, { asset: "SBIN" }), ["REFUSED Withdraw w2 DUES_OWED"]);
  say("03 10:02", payDues("HDFC", "asha", "p0", 0), ["REFUSED PayDues p0 VALUE_OUT_OF_RANGE"]);
  say("03 10:03", payDues("HDFC", "asha", "p1", owed - 1), [
    `DUES PAID HDFC/asha ${owed - 1} of ${owed - 1}`,
  ]);
  say("03 10:04", move("Withdraw", "w3", 1), ["REFUSED Withdraw w3 DUES_OWED"]);
  say("03 10:05", payDues("HDFC", "asha", "p2", 1), ["DUES PAID HDFC/asha 1 of 1"]);
  say("03 10:06", move("Withdraw", "w4", 500_00), ["WITHDRAWN HDFC/asha 50000 INR"]);
  say("03 10:07", move("Withdraw", "w5", 100, { asset: "SBIN" }), ["WITHDRAWN HDFC/asha 100 SBIN"]);
  deepEqual(sumsOf(start)["INR"], 0);
});

test("a suspension is not lifted while orders are still being taken out, nor before the pay-out has said who is owed", () => {
  const m1 = { participant: "M1", client: null };
  const resting = Array.from({ length: 1_000 }, (_, number) =>
    placed("01 10:02", buy(`r${number}`, 1, 5, m1)),
  );
  const [first, second, ...later] = defaulted;
  ok(first !== undefined && second !== undefined);
  const start = given([first, second, ...resting, ...later.slice(0, 3)], poor);
  const { suspended, debts } = start.market.clearing.shortfalls;
  const lifted = (time: string, id: string): string[] => {
    const { events } = start.when(placed(time, lift("M1", id)));
    return events.flatMap((event) => ("reason" in event ? [String(event.reason)] : [event.type]));
  };
  start.when(tick("02 10:30"));
  ok(suspended.get("M1")?.isDone === false, "its orders are many");
  deepEqual(lifted("02 10:30", "l1"), ["MEMBER_SUSPENDED"]);
  for (const time of ["02 10:31", "02 10:32", "02 10:33", "02 10:34"]) start.when(tick(time));
  ok(suspended.get("M1")?.isDone === true && !debts.has("M1"), "nobody went without so far");
  deepEqual(lifted("02 10:35", "l2"), ["DUES_OWED"]);
  start.when(tick("02 15:30"));
  start.when(tick("02 15:31"));
  const owed = [...(debts.get("M1")?.values() ?? [])].reduce((sum, paise) => sum + paise, 0);
  equal(owed, 985_00 * 100 - 1_000_00);
  start.when(placed("02 16:00", move("Deposit", "d1", owed, m1)));
  deepEqual(lifted("02 16:01", "l3"), ["DUES_OWED"]);
  start.when(placed("02 16:02", payDues("M1", null, "p1", owed)));
  deepEqual(lifted("02 16:03", "l4"), ["SuspensionLifted"]);
});

test("a member that trades on withdraws nothing while it lacks in a settlement whose pay-out is to come", () => {
  const [rule] = nseClearing.withdrawalRules;
  ok(rule !== undefined && rule.lackPaise > 985_00 * 100, "so small a lack suspends nobody");
  const { clearing } = poor;
  ok(clearing !== null);
  const { withdrawalRules } = nseClearing;
  const start = given(defaulted.slice(0, 7), {
    ...poor,
    clearing: { ...clearing, withdrawalRules, guaranteeFundPaise: paise(0) },
  });
  const { suspended, debts } = start.market.clearing.shortfalls;
  ok(!suspended.has("M1") && !debts.has("M1"), "it lacks, and nobody went without so far");
  const m1 = { participant: "M1", client: null };
  start.when(placed("02 11:00", move("Deposit", "d1", 500_00, m1)));
  start
    .when(placed("02 11:01", move("Withdraw", "w1", 500_00, m1)))
    .emits(["REFUSED Withdraw w1 DUES_OWED"]);
});
