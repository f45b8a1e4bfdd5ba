import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import { describeMarket, evolveStep, initialMarket } from "../../src/domain/market.ts";
import { paise, timeMs } from "../../src/domain/facts/units.ts";
import { scenarioTerms } from "../../src/scenario/terms.ts";
import { trialBalance, uneven } from "../../src/services/trial-balance.ts";
import {
  foldsTheSame,
  openVirtualMarket,
  passTime,
  send,
} from "../../src/scenario/virtual-market.ts";
import { buy, negotiate } from "../given.ts";
import { readGood, runScenarioText } from "./run-text.ts";

/** Two members, and these lines as the steps of two days; the first step is on line 9. */
function scenarioOf(...steps: readonly string[]): string {
  return [
    "name: A test",
    "teaches: nothing",
    "accounts:",
    "  HDFC: { cash: 100000.00 }",
    "  SELLER: { holdings: { SBIN: 100 } }",
    "days:",
    "  - date: 2026-06-01",
    "    steps:",
    ...steps.map((step) => `      - ${step}`),
    "  - date: 2026-06-02",
    "    steps:",
    "      - { at: 15:00, expect: [{ event: TradeExecuted, times: 1 }] }",
  ].join("\n");
}

const sell = "{ at: 09:15, account: SELLER, sell: 100 SBIN @ 985.00, as: s1 }";
const buys = "{ at: 09:16, account: HDFC, buy: 60 SBIN @ 985.00, as: b1 }";

test("a scenario plays its lines at their time in India, and what it expects is compared", () => {
  const { taken, unmet, expectations } = runScenarioText(
    scenarioOf(
      sell,
      buys,
      "{ at: 09:17, expect: [{ order: s1, status: PartiallyFilled, filled: 60 }, " +
        "{ cash: HDFC, free: 40900.00 }] }",
      "{ at: 09:18, cancel: s1 }",
      "{ at: 09:19, expect: [{ order: s1, status: Canceled }, { shares: SELLER, symbol: SBIN, " +
        "free: 40, blocked: 0 }] }",
    ),
  );
  deepEqual(unmet, []);
  equal(expectations, 5);
  deepEqual(
    taken.map(({ at }) => new Date(at).toISOString()),
    ["2026-06-01T03:45:00.000Z", "2026-06-01T03:46:00.000Z", "2026-06-01T03:48:00.000Z"],
  );
});

test("an expectation that is not met names its line, what was expected and what was", () => {
  const { unmet } = runScenarioText(
    scenarioOf(
      sell,
      buys,
      "{ at: 09:17, expect: [{ cash: HDFC, free: 40900.01 }] }",
      "{ at: 09:17, expect: [{ order: s1, status: Filled, filled: 100 }] }",
      "{ at: 09:17, expect: [{ shares: HDFC, symbol: TCS, free: 1 }] }",
      "{ at: 09:17, expect: [{ event: TradeExecuted, times: 2, where: { price: 985.00 } }] }",
      "{ at: 09:17, expect: [{ event: TradeExecuted, where: { buy.participant: SELLER } }] }",
      "{ at: 09:17, expect: [{ order: s1, status: PartiallyFilled, reason: X }] }",
      "{ at: 09:17, expect: [{ event: TradeExecuted, times: 0 }] }",
    ),
  );
  deepEqual(
    unmet.map(({ line, expected, was }) => `${line}: ${expected} | ${was}`),
    [
      "11: cash of HDFC: free 40900.01 | cash of HDFC: free 40900.00",
      "12: order s1: Filled, filled 100 | order s1: PartiallyFilled, filled 60",
      "13: TCS of HDFC: free 1 | TCS of HDFC: never touched",
      "14: TradeExecuted price 985.00: 2 times | 1 times; 1 TradeExecuted (price 985.00)",
      "15: TradeExecuted buy.participant SELLER: at least once | 0 times; " +
        "1 TradeExecuted (buy.participant HDFC)",
      "16: order s1: PartiallyFilled, reason X | order s1: PartiallyFilled, reason none",
      "17: TradeExecuted: 0 times | 1 times; 1 TradeExecuted",
    ],
  );
});

test("an obligation is an account's or a member's, and a day's charges are that day's", () => {
  const { unmet } = runScenarioText(
    [
      "name: A test",
      "teaches: nothing",
      "market: { settlement: T+1 }",
      "accounts:",
      "  HDFC: { cash: 100000.00 }",
      "  HDFC/asha: { cash: 100000.00 }",
      "  SELLER: { holdings: { SBIN: 100 } }",
      "days:",
      "  - date: 2026-06-01",
      "    steps:",
      "      - { at: 09:15, account: SELLER, sell: 30 SBIN @ 985.00 }",
      "      - { at: 09:16, account: HDFC, buy: 10 SBIN @ 985.00 }",
      "      - { at: 09:16, account: HDFC/asha, buy: 20 SBIN @ 985.00 }",
      "      - at: 21:30",
      "        expect:",
      "          - { obligation: HDFC, in: M2026100, cash: -9850.00 }",
      "          - { obligation: HDFC/asha, in: M2026100, cash: -19700.00 }",
      "          - { member: HDFC, in: M2026100, cash: -29550.00 }",
      "          - { member: HDFC, in: M2026100, symbol: SBIN, shares: 30 }",
      "          - { instruction: HDFC, in: M2026100, symbol: SBIN, shares: 10, status: Settled }",
      "  - date: 2026-06-02",
      "    steps:",
      "      - { at: 09:15, account: SELLER, sell: 10 SBIN @ 985.00 }",
      "      - { at: 09:16, account: HDFC, buy: 10 SBIN @ 985.00 }",
      "      - at: 21:30",
      "        expect:",
      "          - { charges: HDFC, on: 2026-06-01, total: 11.37, net: -9861.37 }",
      "          - { charges: HDFC/asha, on: 2026-06-02, total: 0.00 }",
    ].join("\n"),
  );
  deepEqual(
    unmet.map(({ line, was }) => `${line}: ${was}`),
    ["20: instruction of HDFC in M2026100: none yet"],
  );
});

test("holidays of the file come on top of NSE's: nothing settles on either kind", () => {
  const { unmet } = runScenarioText(
    [
      "name: A test",
      "teaches: nothing",
      "market: { settlement: T+1, holidays: { exchange: [2026-06-02], bank: [2026-06-03] } }",
      "accounts: { HDFC: { cash: 100000.00 }, SELLER: { holdings: { SBIN: 100 } } }",
      "days:",
      ...["01", "02", "03"].flatMap((day) => [
        `  - date: 2026-06-${day}`,
        "    steps:",
        "      - { at: 09:15, account: SELLER, sell: 10 SBIN @ 985.00 }",
        "      - { at: 09:16, account: HDFC, buy: 10 SBIN @ 985.00 }",
      ]),
      "      - at: 23:00",
      "        expect:",
      "          - { event: SettlementOpened, times: 2 }",
      "          - { event: SettlementOpened, where: { tradeDate: 2026-06-01, " +
        "settlementDate: 2026-06-04 } }",
      // What is traded on the exchange's holiday belongs to the next day it trades.
      "          - { event: SettlementOpened, where: { tradeDate: 2026-06-03, " +
        "settlementDate: 2026-06-04 } }",
    ].join("\n"),
  );
  deepEqual(unmet, []);
});

test("what becomes due between two lines is done at its own time", () => {
  const { taken, unmet } = runScenarioText(
    scenarioOf(
      "{ at: 09:15, account: HDFC, buy: 10 SBIN @ 985.00, as: n1, counterparty: SELLER }",
      "{ at: 09:16, account: HDFC, buy: 10 SBIN @ 985.00, as: n2, counterparty: SELLER }",
      "{ at: 09:17, confirm: n2 }",
    ),
  );
  deepEqual(unmet, []);
  const expired = taken.find(({ events }) => events.some(({ type }) => type === "OrderExpired"));
  equal(expired?.at, Date.parse("2026-06-02T09:15:00+05:30"));
});

test("the same scenario makes the same steps, and their fold is its market", () => {
  const source = scenarioOf(sell, buys, "{ at: 09:18, cancel: s1 }");
  const [one, other] = [runScenarioText(source), runScenarioText(source)];
  equal(JSON.stringify(one.taken), JSON.stringify(other.taken));
  const folded = initialMarket();
  for (const [index, step] of one.taken.entries()) evolveStep(folded, step, index + 1);
  equal(describeMarket(folded), describeMarket(one.market));
});

test("the trial balance is zero for every asset, whoever holds it", () => {
  const { market } = runScenarioText(scenarioOf(sell, buys));
  deepEqual(
    trialBalance(market).map(({ asset, amounts, total }) => [asset, [...amounts], total]),
    [
      [
        "INR",
        [
          ["members", 10_000_000n],
          ["openings", -10_000_000n],
        ],
        0n,
      ],
      [
        "SBIN",
        [
          ["members", 100n],
          ["openings", -100n],
        ],
        0n,
      ],
    ],
  );
});

test("cash and shares come and go, all orders are canceled in a line, and a lift is refused by name", () => {
  const { unmet, market } = runScenarioText(
    scenarioOf(
      sell,
      buys,
      "{ at: 09:17, account: HDFC, deposit: 500.50 }",
      "{ at: 09:17, account: HDFC, withdraw: 99999.00 }",
      "{ at: 09:18, account: SELLER, deposit_shares: 7 SBIN }",
      "{ at: 09:18, account: HDFC, withdraw_shares: 60 SBIN }",
      "{ at: 09:19, cancel_all: SELLER }",
      "{ at: 09:20, lift_suspension: SELLER }",
      "{ at: 09:21, expect: [{ cash: HDFC, free: 41400.50 }, { shares: HDFC, symbol: SBIN, " +
        "free: 0 }, { shares: SELLER, symbol: SBIN, free: 47, blocked: 0 }] }",
      "{ at: 09:21, expect: [{ event: ClearingRequestRejected, " +
        "where: { reason: INSUFFICIENT_FUNDS } }, { event: ClearingRequestRejected, " +
        "where: { reason: NOT_SUSPENDED } }, { event: CancelAllDone, where: { canceled: 1, " +
        "orders: 1 } }, { order: s1, status: Canceled }] }",
    ),
  );
  deepEqual(unmet, []);
  deepEqual(
    trialBalance(market).map(({ asset, amounts, total }) => [asset, amounts.get("outside"), total]),
    [
      ["INR", -50_050n, 0n],
      ["SBIN", 53n, 0n],
    ],
  );
});

test("a share or a paisa too much is found, and stops the run", () => {
  const terms = { ...scenarioTerms(readGood(scenarioOf(sell))), openingCashPaise: paise(0) };
  const virtual = openVirtualMarket(terms, () => {});
  send(virtual, buy("b1", 1, 98_500), 1_000);
  const cash = virtual.market.accounts.get("HDFC")?.get("INR");
  ok(cash !== undefined);
  cash.free += 1;
  deepEqual(uneven(virtual.market, new Set(["INR", "SBIN"])), ["INR sums to 1"]);
  throws(() => send(virtual, buy("b2", 1, 98_500), 2_000), /step 2: INR sums to 1/);
});

test("a market that differs from the fold of its steps is found", () => {
  const terms = scenarioTerms(readGood(scenarioOf(sell)));
  const virtual = openVirtualMarket(terms, () => {});
  send(virtual, negotiate("n1", 1, 98_500, { counterparty: "SELLER" }), 1_000);
  ok(foldsTheSame(virtual));
  virtual.folded.clockMs = timeMs(999);
  ok(!foldsTheSame(virtual));
});

test("time passes without steps while nothing is due", () => {
  const virtual = openVirtualMarket(scenarioTerms(readGood(scenarioOf(sell))), () => {});
  passTime(virtual, Number.MAX_SAFE_INTEGER);
  equal(virtual.steps, 0);
});
