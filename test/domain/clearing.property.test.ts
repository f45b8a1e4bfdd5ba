import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Command } from "../../src/domain/command.ts";
import type { MarketEvent } from "../../src/domain/event.ts";
import {
  balances,
  describeMarket,
  evolveStep,
  initialMarket,
  nextDueMs,
  openOrders,
} from "../../src/domain/market.ts";
import type { Market, MarketTerms } from "../../src/domain/market.ts";
import { nseClearing } from "../../src/domain/clearing-terms.ts";
import { account, clearingTerms } from "../clearing-given.ts";
import { paise } from "../../src/domain/units.ts";
import { readClearing } from "./naive-clearing.ts";
import { newSource, play, playOne } from "../given.ts";
import type { Played } from "../given.ts";

/** Wednesday before a bank holiday, 18 March 2026, 09:00 in India; an exchange holiday follows on the 26th. */
const startMs = Date.parse("2026-03-18T09:00:00+05:30");
const minuteMs = 60_000;

/** Little cash and few shares, so that everything lacks at times. SBIN is T+1, ZED trade for trade, FAST T+0. */
function scarce(fundPaise: number, collateralPaise: number): MarketTerms {
  const terms = clearingTerms({
    symbols: new Map([
      ["ZED", { settlement: "T+1", series: "BE" }],
      ["FAST", { settlement: "T+0", series: "EQ" }],
      ["NOW", { settlement: "instant", series: "EQ" }],
    ]),
    accounts: new Map([
      ["A/x", account("margin", 300, { SBIN: 3, ZED: 2, FAST: 2, NOW: 3 })],
      ["A/y", account("full", 900, { SBIN: 9, ZED: 9, FAST: 9, NOW: 9 })],
      ["B/x", account("margin", 100, { SBIN: 1 })],
      ["B/z", account("margin", 0)],
      ["C/y", account("full", 2_000, { SBIN: 20, ZED: 20, FAST: 20, NOW: 9 })],
      ["A", account("full", 400, { SBIN: 4 })],
      ["B", account("margin", 150, { SBIN: 2 })],
      ["C", account("full", 1_000, { SBIN: 10, ZED: 10, FAST: 10, NOW: 10 })],
    ]),
    collateral: new Map([["B", paise(collateralPaise)]]),
    guaranteeFundPaise: paise(fundPaise),
    shortageRates: [
      {
        ...nseClearing.shortageRates[1],
        auctionBandPercent: 60,
      } as (typeof nseClearing.shortageRates)[0],
    ],
  });
  return { ...terms, confirmationWindowMs: 30 * minuteMs, answerWindowMs: minuteMs };
}

const holder = fc.constantFrom(
  ...(
    [
      ["A", "x"],
      ["A", "y"],
      ["A", null],
      ["B", "x"],
      ["B", "z"],
      ["B", null],
      ["C", "y"],
      ["C", null],
    ] as const
  ).map(([participant, client]) => ({ participant, client })),
);
const symbol = fc.constantFrom("SBIN", "SBIN", "SBIN", "ZED", "FAST", "NOW");
const price = fc.constantFrom(20, 25, 30, 30, 30, 35, 40, 60);
const shares = fc.integer({ min: 1, max: 9 });

const order = fc
  .record({ holder, symbol, side: fc.constantFrom("BUY" as const, "SELL" as const), shares, price })
  .map((said) => ({
    type: "PlaceOrder" as const,
    ...said.holder,
    symbol: said.symbol,
    symbolAsSent: said.symbol,
    side: said.side,
    quantity: said.shares,
    pricePaise: said.price,
  }));

const negotiated = fc
  .record({ holder, symbol, counterparty: fc.constantFrom("A", "B", "C"), shares, price })
  .map((said) => ({ ...said, type: "Negotiate" as const }));

const action = fc.oneof(
  { weight: 30, arbitrary: order },
  { weight: 3, arbitrary: negotiated },
  { weight: 2, arbitrary: fc.constant({ type: "Cancel" as const }) },
  {
    weight: 6,
    arbitrary: fc
      .record({ holder, shares, price })
      .map((said) => ({ type: "Offer" as const, ...said })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ debtor: fc.nat({ max: 9 }), amount: fc.constantFrom(1, 10, 50, 300) })
      .map((said) => ({ type: "Pay" as const, ...said })),
  },
  {
    weight: 6,
    arbitrary: fc
      .array(fc.record({ holder, shares, price }), { maxLength: 4 })
      .map((offers) => ({ type: "Auction" as const, offers })),
  },
  {
    weight: 14,
    arbitrary: fc
      .constantFrom(1, 30, 60, 120, 240, 360, 900, 1_440)
      .map((minutes) => ({ type: "Wait" as const, minutes })),
  },
);
type Action = typeof action extends fc.Arbitrary<infer One> ? One : never;

const history = fc.record({
  actions: fc.array(action, { minLength: 1, maxLength: 80, size: "max" }),
  fundPaise: fc.constantFrom(0, 50, 400, 5_000),
  collateralPaise: fc.constantFrom(0, 100),
});
type History = typeof history extends fc.Arbitrary<infer One> ? One : never;

type Run = Played & { readonly terms: MarketTerms; ids: number };

function begin({ fundPaise, collateralPaise }: History): Run {
  const terms = scarce(fundPaise, collateralPaise);
  return { ...play([], terms), nowMs: startMs, terms, ids: 0 };
}

function send(run: Run, command: Command): readonly MarketEvent[] {
  return playOne(run, { command, atMs: run.nowMs }, run.terms);
}

function act(run: Run, said: Action, check: (run: Run) => void): void {
  run.ids += 1;
  const clientOrderId = `c${run.ids}`;
  const source = newSource();
  switch (said.type) {
    case "PlaceOrder":
      send(run, {
        ...said,
        clientOrderId,
        counterparty: null,
        custodian: null,
        unfit: null,
        source,
      });
      break;
    case "Negotiate": {
      const { holder: of, symbol: name, counterparty, shares: quantity, price: pricePaise } = said;
      const own = { ...of, clientOrderId, symbol: name, symbolAsSent: name, side: "BUY" } as const;
      const terms = { quantity, pricePaise, counterparty, custodian: null, unfit: null, source };
      send(run, { type: "PlaceOrder", ...own, ...terms });
      const original = { keyBase64: null, valueBase64: "eA==" };
      const answer = {
        participant: counterparty,
        clientOrderId: null,
        orderId: null,
        symbol: null,
      };
      send(run, {
        type: "AnswerOrder",
        answer: "CONFIRM",
        ...answer,
        source: newSource(),
        original,
      });
      break;
    }
    case "Cancel": {
      const live = openOrders(run.market)[0];
      if (live === undefined) return;
      const { participant, orderId, symbol: name } = live;
      const of = { participant, clientOrderId, origClientOrderId: orderId, symbol: name };
      send(run, { type: "CancelOrder", ...of, source });
      break;
    }
    case "Offer": {
      const { holder: of, shares: quantity, price: pricePaise } = said;
      send(run, {
        type: "OfferInAuction",
        ...of,
        clientOrderId,
        symbol: "SBIN",
        quantity,
        pricePaise,
        source,
      });
      break;
    }
    case "Pay": {
      const debtors = [...run.market.clearing.shortfalls.debts.keys()].toSorted();
      const [participant = "A", client = null] = (
        debtors[said.debtor % debtors.length] ?? "A"
      ).split("/");
      send(run, {
        type: "PayDues",
        participant,
        client,
        clientOrderId,
        amountPaise: said.amount,
        source,
      });
      break;
    }
    case "Auction":
      toAuction(run, check);
      for (const each of said.offers) act(run, { type: "Offer", ...each }, check);
      return;
    case "Wait":
      wait(run, said.minutes, check);
      break;
  }
  check(run);
}

/** Time passes until an auction is open, at most two days. */
function toAuction(run: Run, check: (run: Run) => void): void {
  const untilMs = run.nowMs + 2_880 * minuteMs;
  for (;;) {
    const [auction] = run.market.clearing.shortfalls.auctions.values();
    const dueMs = nextDueMs(run.market);
    const nextMs = auction === undefined || auction.isEnded ? dueMs : auction.opensAtMs;
    if (nextMs === null || nextMs > untilMs) return;
    wait(run, Math.max(0, nextMs - run.nowMs) / minuteMs, check);
    if (nextMs === auction?.opensAtMs) return;
  }
}

/** Time passes, with a tick wherever something is due; sometimes late, as after a stop. */
function wait(run: Run, minutes: number, check: (run: Run) => void): void {
  const untilMs = run.nowMs + minutes * minuteMs;
  for (;;) {
    const dueMs = nextDueMs(run.market);
    if (dueMs === null || dueMs > untilMs) break;
    run.nowMs = minutes === 900 ? untilMs : Math.max(run.nowMs, dueMs);
    const events = send(run, { type: "Tick" });
    ok(events.length > 0, "a tick that is due does something");
    check(run);
  }
  run.nowMs = Math.max(run.nowMs, untilMs);
}

/** Everybody takes its orders back, and all that is due happens. */
function finish(run: Run, check: (run: Run) => void): void {
  for (;;) {
    const before = openOrders(run.market).length;
    act(run, { type: "Cancel" }, check);
    if (openOrders(run.market).length === before) break;
  }
  while (nextDueMs(run.market) !== null) wait(run, 1_440, check);
}

function runAll(told: History, check: (run: Run) => void): Run {
  const run = begin(told);
  for (const each of told.actions) act(run, each, check);
  finish(run, check);
  return run;
}

const nothing = (): void => {};
const runs = { numRuns: Number(process.env["SAUDA_TEST_RUNS"] ?? 300) };

test("property: shares and cash are conserved in a cycle too, and only what is due is negative", () => {
  fc.assert(
    fc.property(history, (told) => {
      runAll(told, ({ market }) => {
        const sums = new Map<string, number>();
        const dues = new Map<string, number>();
        for (const { account: name, asset, free, blocked, transit, due } of balances(market)) {
          sums.set(asset, (sums.get(asset) ?? 0) + free + blocked + transit);
          dues.set(asset, (dues.get(asset) ?? 0) + due);
          if (!name.startsWith("opening:")) ok(free >= 0 && blocked >= 0 && transit >= 0);
        }
        for (const sum of [...sums.values(), ...dues.values()]) equal(sum, 0);
      });
    }),
    runs,
  );
});

test("property: what is blocked is what orders, settlements, offers and debts need", () => {
  fc.assert(
    fc.property(history, (told) => {
      runAll(told, ({ market }) => {
        const needed = neededBlocks(market);
        for (const { account: name, asset, blocked } of balances(market)) {
          // What a margin blocks is told by the tests of margins.
          const isOnMargin = asset === "INR" && ["A/x", "B/x", "B/z", "B"].includes(name);
          if (isOnMargin || name === "clearing:ccp") continue;
          equal(blocked, needed.get(`${name} ${asset}`) ?? 0, `${name} ${asset}`);
        }
      });
    }),
    runs,
  );
});

test("property: when all is over, every due is zero or a debt, and nothing is on its way", () => {
  fc.assert(
    fc.property(history, (told) => {
      const { market } = runAll(told, nothing);
      const owed = new Map<string, number>();
      for (const [debtor, creditors] of market.clearing.shortfalls.debts)
        for (const [creditor, amount] of creditors) {
          owed.set(debtor, (owed.get(debtor) ?? 0) - amount);
          owed.set(creditor, (owed.get(creditor) ?? 0) + amount);
        }
      for (const { account: name, asset, transit, due } of balances(market)) {
        equal(transit, 0, `${name} ${asset} transit`);
        equal(due, asset === "INR" ? (owed.get(name) ?? 0) : 0, `${name} ${asset} due`);
      }
      for (const { account: name, asset, blocked } of balances(market))
        equal(blocked, heldFor(market, name, asset), `${name} ${asset} blocked`);
      equal(market.clearing.settlements.size, 0);
      equal(market.clearing.shortfalls.lots.size, 0);
      equal(market.clearing.shortfalls.auctions.size, 0);
    }),
    runs,
  );
});

function neededBlocks(market: Market): Map<string, number> {
  const needed = new Map<string, number>();
  const need = (name: string, amount: number): void =>
    void needed.set(name, (needed.get(name) ?? 0) + amount);
  for (const live of market.orders) {
    if (live === undefined || live.isClosed || live.cover === "margin") continue;
    const { account: name, side, symbol: of, leavesQuantity: left, pricePaise } = live;
    if (side === "BUY") need(`${name} INR`, left * (pricePaise ?? Number.NaN));
    else need(`${name} ${of}`, left);
  }
  const { settlements, shortfalls } = market.clearing;
  for (const { members, trades } of settlements.values()) {
    for (const { accounts } of members.values())
      for (const { account: name, assets } of accounts.values())
        for (const [asset, { blocked }] of assets) need(`${name} ${asset}`, blocked);
    for (const { buyer, seller, symbol: of } of trades.values()) {
      need(`${keyOf(buyer)} INR`, buyer.blocked);
      need(`${keyOf(seller)} ${of}`, seller.blocked);
    }
  }
  for (const { symbol: of, offers } of shortfalls.auctions.values())
    for (const each of offers.values()) need(`${keyOf(each)} ${of}`, each.leavesQuantity);
  for (const [owner, held] of shortfalls.unpaidShares)
    for (const [of, { Account, Fund }] of held) {
      need(`${owner} ${of}`, Account);
      need(`clearing:guarantee-fund ${of}`, Fund);
    }
  return needed;
}

function keyOf({ participant, client }: { participant: string; client: string | null }): string {
  return client === null ? participant : `${participant}/${client}`;
}

/** Shares an account, or the fund for it, may hold at the end: those of accounts that owe. */
function heldFor({ clearing }: Market, name: string, asset: string): number {
  let sum = 0;
  for (const [owner, held] of clearing.shortfalls.unpaidShares) {
    const { Account = 0, Fund = 0 } = held.get(asset) ?? {};
    if (owner === name) sum += Account;
    if (name === "clearing:guarantee-fund") sum += Fund;
    ok(clearing.shortfalls.debts.has(owner), `${owner} owes nothing and its shares are held`);
  }
  return sum;
}

test("property: the events folded give the same market as deciding", () => {
  fc.assert(
    fc.property(history, (told) => {
      const run = runAll(told, nothing);
      const folded = initialMarket();
      for (const [index, step] of (JSON.parse(JSON.stringify(run.steps)) as Run["steps"]).entries())
        evolveStep(folded, step, index + 1);
      equal(describeMarket(folded), describeMarket(run.market));
    }),
    runs,
  );
});

test("property: a naive reading agrees: nets are sums, none receives early, nothing settles twice", () => {
  fc.assert(
    fc.property(history, (told) => {
      const { steps } = runAll(told, nothing);
      deepEqual(readClearing(steps.flatMap(({ events }) => events)), []);
    }),
    runs,
  );
});

test("property: the histories contain every event, status and reason of clearing", () => {
  const seen = new Set<string>();
  for (const told of fc.sample(history, { numRuns: 600, seed: 5 }))
    for (const event of runAll(told, nothing).steps.flatMap((step) => step.events)) {
      const reason = "reason" in event ? ` ${event.reason}` : "";
      const status = "status" in event ? ` ${event.status}` : "";
      seen.add(`${event.type}${status}${reason}`);
    }
  const missing = expected.filter((each) => !seen.has(each));
  deepEqual(missing, [], [...seen].toSorted().join(", "));
});

const expected = [
  "SettlementOpened",
  "TradeNovated",
  "TradingDayOpened",
  "TradingDayClosed",
  "SettlementStageBegun",
  "SettlementWorkDone",
  "ObligationDetermined Provisional",
  "ObligationDetermined Final",
  "MemberObligationDetermined Final",
  "InstructionUpdated Settled null",
  "InstructionUpdated PartiallySettled LACK",
  "InstructionUpdated PartiallySettled CLAC",
  "InstructionUpdated PartiallySettled MONY",
  "InstructionUpdated PartiallySettled CMON",
  "InstructionUpdated Failing LACK",
  "InstructionUpdated Failing MONY",
  "InstructionUpdated Failing CMON",
  "TradeDelivered",
  "MemberPaid",
  "SettlementCompleted",
  "DebtIncurred MONY",
  "DebtIncurred LACK",
  "DebtIncurred FUND",
  "DebtIncurred CMON",
  "DebtPaid",
  "MemberCovered",
  "MemberDefaulted",
  "SuspensionDone",
  "UnpaidSharesHeld",
  "UnpaidSharesFreed",
  "ShortageFound",
  "AuctionCalled",
  "AuctionOffered",
  "BoughtIn",
  "AuctionOfferEnded",
  "AuctionEnded",
  "ClosedOut",
  "TradeClosedOut",
  "TradeFailed MONY",
  "DuesPaid",
  "OrderRejected MEMBER_SUSPENDED",
  "ClearingRequestRejected MEMBER_SUSPENDED",
  "ClearingRequestRejected NO_AUCTION",
  "ClearingRequestRejected DEFAULTING_MEMBER",
  "ClearingRequestRejected PRICE_OUT_OF_BAND",
  "ClearingRequestRejected INSUFFICIENT_HOLDINGS",
  "ClearingRequestRejected INSUFFICIENT_FUNDS",
  "ClearingRequestRejected NOTHING_DUE",
];
