import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "../../../src/domain/facts/command.ts";
import type { LiftHalt } from "../../../src/domain/facts/clearing-command.ts";
import { timeMs } from "../../../src/domain/facts/units.ts";
import {
  decide,
  describeMarket,
  evolveStep,
  hasPartsLeft,
  initialMarket,
  localTerms,
  nextDueMs,
  refuseUndecided,
  type Market,
} from "../../../src/domain/market.ts";
import {
  answer,
  atDoor,
  buy,
  cancel,
  cancelAll,
  given,
  lineOf,
  modify,
  negotiate,
  newSource,
  playOne,
  play,
  sell,
} from "../../given.ts";

const own = { participant: "HDFC", client: null, clientOrderId: "r", source: atDoor() };
const record = { keyBase64: null, valueBase64: "bm8=" };

/** What is said of the command, on a market where nothing happened. */
function refused(command: Command, market: Market = initialMarket(), part = 0): string[] {
  const context = { at: timeMs(9), shard: 0, offset: 90, seq: market.seq + 1, part };
  return refuseUndecided(market, command, context, localTerms).map(lineOf);
}

const lift = (symbol: string | null): LiftHalt => ({
  type: "LiftHalt",
  participant: "*",
  clientOrderId: `lift ${symbol}`,
  symbol,
  source: atDoor(),
});

test("each kind of command in quarantine is refused as that kind is, and halts its book", () => {
  const missing = { from: 1, to: 2, source: newSource() };
  const funds = { ...own, asset: "INR", amount: 5 };
  const trade = { tradeId: "T-0-7-0-0", side: "BUY", symbol: "SBIN", reason: null } as const;
  const cases: readonly (readonly [Command, readonly string[]])[] = [
    [buy("b", 1, 100_00), ["REJECTED O-0-90 b QUARANTINED", "QUARANTINED PlaceOrder of SBIN"]],
    [cancel("c", "b"), ["REFUSED Cancel c QUARANTINED", "QUARANTINED CancelOrder of SBIN"]],
    [modify("m", "b"), ["REFUSED Modify m QUARANTINED", "QUARANTINED ModifyOrder of SBIN"]],
    [cancelAll("a"), ["REFUSED CancelAll a QUARANTINED", "QUARANTINED CancelAll of null"]],
    [answer("CONFIRM"), ["DEAD QUARANTINED", "QUARANTINED AnswerOrder of null"]],
    [
      { ...answer("REJECT"), clientOrderId: "w", symbol: "SBIN" },
      ["REFUSED Reject w QUARANTINED", "QUARANTINED AnswerOrder of SBIN"],
    ],
    [
      { ...own, ...trade, type: "AffirmTrade", answer: "AFFIRM" },
      ["REFUSED Affirm r QUARANTINED", "QUARANTINED AffirmTrade of null"],
    ],
    [
      { ...own, type: "OfferInAuction", symbol: "SBIN", quantity: 1, pricePaise: 1 },
      ["REFUSED OfferInAuction r QUARANTINED", "QUARANTINED OfferInAuction of null"],
    ],
    [
      { ...own, type: "PayDues", amountPaise: 5 },
      ["REFUSED PayDues r QUARANTINED", "QUARANTINED PayDues of null"],
    ],
    [
      { ...own, type: "PayInEarly", settlementNumber: "M1", symbol: "SBIN", quantity: 1 },
      ["REFUSED PayInEarly r QUARANTINED", "QUARANTINED PayInEarly of null"],
    ],
    [
      { ...funds, type: "Deposit" },
      ["REFUSED Deposit r QUARANTINED", "QUARANTINED Deposit of null"],
    ],
    [
      { ...funds, type: "Withdraw" },
      ["REFUSED Withdraw r QUARANTINED", "QUARANTINED Withdraw of null"],
    ],
    [
      { ...own, type: "LiftSuspension" },
      ["REFUSED LiftSuspension r QUARANTINED", "QUARANTINED LiftSuspension of null"],
    ],
    [lift("SBIN"), ["REFUSED LiftHalt lift SBIN QUARANTINED", "QUARANTINED LiftHalt of null"]],
    [
      { type: "InputsMissing", ...missing },
      ["MISSING 1 to 2", "QUARANTINED InputsMissing of null"],
    ],
    [
      {
        type: "Unreadable",
        reason: "NOT_JSON",
        detail: "no",
        source: newSource(),
        original: record,
      },
      ["DEAD NOT_JSON", "QUARANTINED Unreadable of null"],
    ],
    [
      { type: "Unreadable", reason: "NOT_JSON", detail: "no", source: null, original: record },
      ["DEAD NOT_JSON", "QUARANTINED null of null"],
    ],
    [{ type: "Tick" }, ["QUARANTINED Tick of null"]],
  ];
  for (const [command, lines] of cases) deepEqual(refused(command), lines, command.type);
});

test("a symbol that is halted takes no new orders; the others do, and cancels go on", () => {
  const market = given([sell("resting", 5, 100_00)]);
  deepEqual(refused(buy("poison", 5, 100_00), market.market).slice(-1), [
    "QUARANTINED PlaceOrder of SBIN",
  ]);
  market.when(buy("late", 5, 100_00)).emits(["REJECTED O-0-1 late SYMBOL_HALTED"]);
  const other = { symbol: "TCS", symbolAsSent: "TCS" };
  market
    .when(buy("other", 5, 100_00, other))
    .emitsOf(["ACCEPTED"], ["ACCEPTED O-0-2 other BUY 5 TCS"]);
  market
    .when({ ...cancel("c", "resting"), participant: "SELLER" })
    .emitsOf(["CANCELED"], ["CANCELED O-0-0 by c filled 0"]);
});

test("the id of a command in quarantine was never used: it may be sent again after the halt", () => {
  const market = given([]);
  refused(buy("poison", 5, 100_00), market.market);
  market.when(lift("TCS")).emits(["REFUSED LiftHalt lift TCS NOT_HALTED"]);
  market.when(lift("SBIN")).emits(["HALT LIFTED of SBIN"]);
  market.when(lift("SBIN")).emits(["REPEATED lift SBIN of 2"]);
  market.when(buy("poison", 5, 100_00)).emitsOf(["ACCEPTED"], ["ACCEPTED O-0-3 poison BUY 5 SBIN"]);
});

test("a tick in quarantine halts the clock: nothing is due until it is lifted, then all is", () => {
  const played = play([negotiate("n", 5, 100_00)], localTerms);
  const dueMs = nextDueMs(played.market);
  refused({ type: "Tick" }, played.market);
  equal(nextDueMs(played.market), null);
  const late = { command: { type: "Tick" }, atMs: localTerms.confirmationWindowMs * 2 } as const;
  deepEqual(playOne(played, late, localTerms), []);
  const source = atDoor({ deadlineMs: Number.MAX_SAFE_INTEGER });
  deepEqual(playOne(played, { ...lift(null), source }, localTerms).map(lineOf), [
    "HALT LIFTED of null",
  ]);
  equal(nextDueMs(played.market), dueMs);
  deepEqual(playOne(played, { type: "Tick" }, localTerms).map(lineOf).slice(0, 1), [
    "EXPIRED O-0-0",
  ]);
});

test("a cancel-all that breaks between its parts says what it did, and others go on", () => {
  const orders = Array.from({ length: 300 }, (_, index) => buy(`b${index}`, 1, 100_00));
  const { market } = play(orders, localTerms);
  const command = cancelAll("all");
  const context = { at: timeMs(9), shard: 0, offset: 90, seq: market.seq + 1, part: 0 };
  decide(market, command, context, localTerms);
  equal(hasPartsLeft(market), true);
  deepEqual(refused(command, market, 1), [
    "CANCELED ALL all 250 of 300",
    "QUARANTINED CancelAll of null",
  ]);
  equal(hasPartsLeft(market), false);
});

test("what a quarantine leaves is what the log says: a fold of its events is the same market", () => {
  const market = initialMarket();
  const command = buy("poison", 5, 100_00);
  const context = { at: timeMs(9), shard: 0, offset: 0, seq: 1 };
  const events = refuseUndecided(market, command, context, localTerms);
  const folded = initialMarket();
  const cause = { offset: 0, digest: "d".repeat(64) };
  evolveStep(folded, { cause, part: 0, last: true, at: timeMs(9), events }, 1);
  equal(describeMarket(folded), describeMarket(market));
});
