import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { cycleSymbolsMax } from "../../src/domain/decide/listing.ts";
import type { MoveFunds } from "../../src/domain/facts/clearing-command.ts";
import type { MarketEvent, Step } from "../../src/domain/facts/event.ts";
import type { ShortfallEvent } from "../../src/domain/facts/shortfall-event.ts";
import { failInvariant, paise, timeMs } from "../../src/domain/facts/units.ts";
import {
  balances,
  describeMarket,
  evolveStep,
  initialMarket,
  nextDueMs,
  type Market,
  type MarketTerms,
} from "../../src/domain/market.ts";
import { evolveShortfall } from "../../src/domain/state/shortfall.ts";
import { account, at, clearingTerms, noMargin, payDues, tick } from "../clearing-given.ts";
import { atDoor, buy, cancel, given, lineOf, sell, type Sent } from "../given.ts";

type Started = ReturnType<typeof given>;

/** Ticks at a moment until that is so, at most a hundred times. */
function runUntil(start: Started, time: string, isSo: () => boolean): void {
  for (let ticks = 0; ticks < 100; ticks += 1) {
    start.when(tick(time));
    if (isSo()) return;
  }
  throw new Error(`not so after a hundred ticks at ${time}`);
}

function freedBy(events: readonly MarketEvent[]): number {
  return events.filter(({ type }) => type === "UnpaidSharesFreed").length;
}

function deposit(participant: string, client: string, amount: number): MoveFunds {
  const source = atDoor({ deadlineMs: Number.MAX_SAFE_INTEGER });
  const own = { participant, client, clientOrderId: "d" };
  return { type: "Deposit", ...own, asset: "INR", amount, source };
}

function withShares(terms: MarketTerms, member: string, shares: number): MarketTerms {
  const accounts = new Map(terms.clearing?.accounts);
  accounts.set(member, account("full", 0, { SBIN: shares }));
  return clearingTerms({ ...terms.clearing, accounts });
}

/** The market as a reader of the log has it. */
function folded(steps: readonly Step[]): Market {
  const market = initialMarket();
  for (const [index, step] of steps.entries()) evolveStep(market, step, index + 1);
  return market;
}

function placed(time: string, command: Sent["command"]): Sent {
  return { command, atMs: at(time) };
}

test("margin that lacks is blocked for a bounded number of accounts by one tick, and for all in the end", () => {
  const clients = Array.from({ length: 1_200 }, (_, index) => `c${index}`);
  const terms = clearingTerms({
    accounts: new Map(clients.map((client) => [`HDFC/${client}`, account("margin", 1_000_00)])),
    symbols: new Map([["NOW", { settlement: "instant", series: "EQ" }]]),
  });
  const now = { symbol: "NOW", symbolAsSent: "NOW" };
  // Each sells a share at 985.00 and ties up the rest of its cash; then the share is
  // worth 1,400.00.
  const start = given(
    [
      placed("01 10:00", buy("all", 1_200, 985_00, { participant: "M1" })),
      ...clients.flatMap((client) => [
        placed("01 10:00", sell(`s${client}`, 1, 985_00, { participant: "HDFC", client })),
        placed("01 10:00", buy(`n${client}`, 1, 800_00, { client, ...now })),
      ]),
      placed("01 15:20", sell("up", 1, 1_400_00)),
      placed("01 15:20", buy("up", 1, 1_400_00)),
    ],
    terms,
  );
  while ((nextDueMs(start.market) ?? Infinity) <= at("01 15:30")) start.when(tick("01 15:30"));
  const { short } = start.market.clearing.margins;
  equal(short.size, 1_200);
  for (const client of clients)
    start.when(placed("01 15:31", cancel(`x${client}`, `n${client}`, { symbol: "NOW" })));
  ok(start.when(tick("01 15:32")).events.length <= 1_000);
  while (short.size > 0) start.when(tick("01 15:33"));
});

test("margins of many securities are counted anew and closed in steps that the log takes", () => {
  const clients = Array.from({ length: 160 }, (_, index) => `c${index}`);
  const symbols = Array.from({ length: 150 }, (_, index) => `WITH-A-LONG-NAME-${100 + index}`);
  const terms = clearingTerms({
    accounts: new Map(clients.map((client) => [`HDFC/${client}`, account("margin", 1e13)])),
  });
  const sent = symbols.flatMap((symbol) => {
    const named = { symbol, symbolAsSent: symbol };
    return [
      placed("01 10:00", sell(`s${symbol}`, clients.length, 985_00, named)),
      ...clients.map((client) =>
        placed("01 10:00", buy(`b${symbol}${client}`, 1, 985_00, { client, ...named })),
      ),
      placed("01 15:20", sell(`t${symbol}`, 1, 1_400_00, named)),
      placed("01 15:20", buy(`u${symbol}`, 1, 1_400_00, named)),
    ];
  });
  const start = given(sent, terms);
  let revalued = 0;
  let closed = 0;
  for (const time of ["01 15:30", "02 08:30", "02 10:30"])
    while ((nextDueMs(start.market) ?? Infinity) <= at(time)) {
      const { events } = start.when(tick(time));
      const bytes = Buffer.byteLength(JSON.stringify(events));
      ok(bytes < 1_500_000, `${bytes} bytes at ${time}`);
      for (const event of events)
        if (event.type === "MarginRequired") revalued += event.securities.length;
        else if (event.type === "MarginPositionsClosed") closed += 1;
    }
  ok(revalued >= 2 * clients.length * symbols.length, "at the close and at the pay-in");
  equal(closed, clients.length);
});

test("a payment frees the shares of any number of securities in steps that the log takes", () => {
  const symbols = Array.from({ length: 2_000 }, (_, index) => `WITH-A-LONG-NAM-${1000 + index}`);
  const client = "a client with a code as long as codes are";
  const terms = clearingTerms({
    accounts: new Map([[`M1/${client}`, account("margin", 0)]]),
    marginRates: noMargin,
  });
  const start = given(
    symbols.flatMap((symbol) => {
      const named = { symbol, symbolAsSent: symbol };
      return [
        placed("01 10:00", sell(`s${symbol}`, 1, 10, named)),
        placed("01 10:00", buy(`b${symbol}`, 1, 10, { participant: "M1", client, ...named })),
      ];
    }),
    terms,
  );
  const { shortfalls } = start.market.clearing;
  runUntil(start, "02 15:30", () => nextDueMs(start.market) === null);
  const key = `M1/${client}`;
  equal(shortfalls.unpaidShares.get(key)?.size, symbols.length);
  start.when(placed("03 10:00", deposit("M1", client, 200_00)));
  const first = start.when(placed("03 10:01", payDues("M1", client, "p", 200_00))).events;
  let freed = freedBy(first);
  ok(first.length <= 600, `${first.length} events of one payment`);
  ok(freed > 0 && freed < symbols.length);
  deepEqual([...shortfalls.toFree.keys()], [key]);
  runUntil(start, "03 10:02", () => {
    freed += freedBy(start.steps.at(-1)?.events ?? []);
    return shortfalls.toFree.size === 0;
  });
  equal(freed, symbols.length);
  equal(shortfalls.unpaidShares.size, 0);
  const free = balances(start.market).filter((each) => each.account === key && each.free > 0);
  equal(free.length, symbols.length);
  equal(describeMarket(folded(start.steps)), describeMarket(start.market));
});

test("shares that a payment left to be freed are held again once their account owes again", () => {
  const { shortfalls } = initialMarket().clearing;
  const holder = { participant: "M1", client: "c" };
  const debt = { debtor: "M1/c", creditor: "M1", paise: 5 };
  const context = {
    settlementOf: () => failInvariant("none is asked for"),
    seq: 1,
    nowMs: timeMs(7),
  };
  const emit = (event: ShortfallEvent): void => evolveShortfall({ shortfalls, ...context }, event);
  const incurred = { ...debt, reason: "MONY", settlementNumber: "M2026001" } as const;
  emit({ type: "DebtIncurred", ...incurred });
  emit({ type: "UnpaidSharesHeld", ...holder, symbol: "SBIN", quantity: 3, heldBy: "Account" });
  emit({ type: "DebtPaid", ...debt });
  deepEqual([...shortfalls.toFree], [["M1/c", 7]]);
  emit({ type: "DebtIncurred", ...incurred });
  equal(shortfalls.toFree.size, 0);
  emit({ type: "DebtPaid", ...debt });
  equal(shortfalls.toFree.size, 1);
});

test("cash that thousands of defaulters owe one receiver is said in steps that the log takes", () => {
  const members = Array.from({ length: 3_000 }, (_, index) => `MEMBER${index}`);
  const terms = clearingTerms({
    accounts: new Map(members.map((member) => [member, account("margin", 0)])),
    marginRates: noMargin,
    guaranteeFundPaise: paise(0),
    collateral: new Map(),
  });
  const start = given(
    [
      placed("01 10:00", sell("s", members.length, 100, { participant: "RECEIVER" })),
      ...members.map((participant) => placed("01 10:00", buy("b", 1, 100, { participant }))),
    ],
    withShares(terms, "RECEIVER", members.length),
  );
  let count = 0;
  const instructions: string[] = [];
  runUntil(start, "02 15:30", () => {
    const { events = [] } = start.steps.at(-1) ?? {};
    ok(events.length <= 1_600, `${events.length} events`);
    for (const event of events)
      if (event.type === "DebtIncurred") count += event.paise;
      else if (event.type === "InstructionUpdated" && event.participant === "RECEIVER")
        instructions.push(`${event.asset} ${event.settledAmount} ${event.status}`);
    return nextDueMs(start.market) === null;
  });
  equal(count, members.length * 100);
  deepEqual(instructions, [`SBIN ${members.length} Settled`, "INR 0 Failing"]);
  equal(describeMarket(folded(start.steps)), describeMarket(start.market));
});

test("no more symbols are listed in a cycle than one day's close may hold", () => {
  const named = (index: number): { symbol: string; symbolAsSent: string } => ({
    symbol: `S${index}`,
    symbolAsSent: `S${index}`,
  });
  const listed = Array.from({ length: cycleSymbolsMax }, (_, index) =>
    placed("01 10:00", sell(`s${index}`, 1, 100, named(index))),
  );
  const start = given(listed, clearingTerms());
  const [refused] = start.when(placed("01 10:01", sell("more", 1, 100, named(-1)))).events;
  equal(refused === undefined ? "" : lineOf(refused), "REJECTED O-0-10000 more UNKNOWN_SYMBOL");
  const [known] = start.when(placed("01 10:02", sell("known", 1, 100, named(7)))).events;
  equal(known?.type, "OrderAccepted");
});
