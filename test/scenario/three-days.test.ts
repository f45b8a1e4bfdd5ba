import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import type { MarketEvent } from "../../src/domain/facts/event.ts";
import { openOrders } from "../../src/domain/market.ts";
import { readGood, runScenarioText, type Ran } from "./run-text.ts";

const source = readFileSync(
  join(import.meta.dirname, "..", "..", "examples", "scenarios", "three-days.yaml"),
  "utf8",
);

let ran: Ran;
let events: readonly MarketEvent[];
let tookMs: number;

before(() => {
  const startMs = performance.now();
  ran = runScenarioText(source);
  tookMs = performance.now() - startMs;
  events = ran.taken.flatMap((step) => step.events);
});

test("20 members, 200 clients, a third on margin, ten securities, 10,000 trades, in under 60 s", () => {
  const { accounts } = readGood(source);
  const clients = accounts.filter(({ client }) => client !== null);
  equal(new Set(accounts.map(({ participant }) => participant)).size, 20);
  equal(clients.length, 200);
  equal(clients.filter(({ cover }) => cover === "margin").length, 67);
  const trades = events.filter((event) => event.type === "TradeExecuted");
  ok(trades.length >= 10_000, `${trades.length} trades`);
  equal(new Set(trades.map(({ symbol }) => symbol)).size, 10);
  ok(tookMs < 60_000, `${tookMs} ms`);
});

test("everything that it expects comes, and every asset sums to zero", () => {
  deepEqual(ran.unmet, []);
  equal(ran.balances.length, 11);
  for (const { asset, total } of ran.balances) equal(total, 0n, asset);
});

test("two settlements complete on the Thursday after the holiday, none on the holiday", () => {
  const completed = ran.taken.flatMap(({ at, events: caused }) =>
    caused
      .filter((event) => event.type === "SettlementCompleted")
      .map(
        ({ settlementNumber }) => `${new Date(at).toISOString().slice(0, 10)} ${settlementNumber}`,
      ),
  );
  deepEqual(completed, [
    "2026-08-25 M2026159",
    "2026-08-27 A2026159",
    "2026-08-27 M2026160",
    "2026-08-27 M2026161",
  ]);
});

test("nothing is left: no order lives, no settlement is open, every instruction has an end or a reason", () => {
  deepEqual(openOrders(ran.market), []);
  equal(ran.market.clearing.settlements.size, 0);
  const last = new Map(
    events
      .filter((event) => event.type === "InstructionUpdated")
      .map((event) => [event.instructionId, event]),
  );
  ok(last.size > 1_000, `${last.size} instructions`);
  const ended = lotsByInstruction();
  for (const { instructionId, status, reason, amount, settledAmount } of last.values()) {
    if (status === "Settled") continue;
    ok(reason !== null, `${instructionId} is ${status} for no reason`);
    // What did not move was bought in or closed out to the last share; cash that lacked is owed.
    if (reason === "LACK" || reason === "CLAC")
      equal(settledAmount + (ended.get(instructionId) ?? 0), amount, instructionId);
  }
});

test("one delivery is bought in, one closed out, one member defaults, one trade devolves, and no other", () => {
  const endOf = (type: "BoughtIn" | "ClosedOut"): string[] => [
    ...new Set(
      events.flatMap((event) =>
        event.type === type ? [event.deliveryId.replace(/.*-M/, "M")] : [],
      ),
    ),
  ];
  deepEqual(endOf("BoughtIn"), ["M04/C004-SBIN"]);
  deepEqual(endOf("ClosedOut"), ["M07/C007-TCS"]);
  deepEqual(
    events.flatMap((event) => (event.type === "MemberDefaulted" ? [event.participant] : [])),
    ["M10"],
  );
  deepEqual(
    events.flatMap((event) => (event.type === "TradeDevolved" ? [event.reason] : [])),
    ["CUT_OFF"],
  );
});

test("what is still due is what debts say, to the paisa", () => {
  const owed = new Map<string, number>();
  const add = (account: string, paise: number): void => {
    owed.set(account, (owed.get(account) ?? 0) + paise);
  };
  for (const event of events) {
    if (event.type !== "DebtIncurred" && event.type !== "DebtPaid") continue;
    const sign = event.type === "DebtIncurred" ? 1 : -1;
    add(event.debtor, 0 - sign * event.paise);
    add(event.creditor, sign * event.paise);
  }
  deepEqual(
    ran.open.map(({ account, amount }) => `${account} ${amount}`),
    [...owed]
      .filter(([, paise]) => paise !== 0)
      .map(([account, paise]) => `${account} ${paise}`)
      .toSorted(),
  );
});

test("netting saves most of the cash of each crowd's day, and says how much", () => {
  const saved = ran.completed.filter(({ trades }) => trades > 100);
  equal(saved.length, 3);
  for (const { settlementNumber, grossPaise, netPaise, savedBasisPoints } of saved) {
    ok(savedBasisPoints >= 8_500, `${settlementNumber} saved ${savedBasisPoints}`);
    equal(savedBasisPoints, Math.floor(((grossPaise - netPaise) * 10_000) / grossPaise));
  }
});

test("members pay in as much as members are paid out, and nobody is paid before", () => {
  for (const { settlementNumber, netPaise } of ran.completed.filter(({ trades }) => trades > 100)) {
    const paid = (direction: "PayIn" | "PayOut"): number =>
      events
        .filter((event) => event.type === "MemberPaid")
        .filter((event) => event.settlementNumber === settlementNumber)
        .filter((event) => event.direction === direction)
        .reduce((sum, event) => sum + event.paidPaise, 0);
    equal(paid("PayIn"), netPaise);
    equal(paid("PayOut"), netPaise);
    const places = events.map((event) =>
      event.type === "MemberPaid" && event.settlementNumber === settlementNumber
        ? event.direction
        : null,
    );
    ok(places.lastIndexOf("PayIn") < places.indexOf("PayOut"), settlementNumber);
  }
});

/** Shares bought in or closed out, by the instructions that ended so. */
function lotsByInstruction(): ReadonlyMap<string, number> {
  const ended = new Map<string, number>();
  for (const event of events) {
    if (event.type !== "BoughtIn" && event.type !== "ClosedOut") continue;
    for (const id of [event.deliveryId, event.receiptId])
      ended.set(id, (ended.get(id) ?? 0) + event.quantity);
  }
  return ended;
}
