import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  balances,
  describeMarket,
  evolveStep,
  initialMarket,
  type Market,
} from "../../src/domain/market.ts";
import { isOutside } from "../../src/domain/facts/account.ts";
import { readClearing } from "./naive-clearing.ts";
import { history, runAll, type Run } from "./clearing-histories.ts";

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
          if (!isOutside(name)) ok(free >= 0 && blocked >= 0 && transit >= 0);
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
  for (const live of market.orders.values()) {
    if (live.cover === "margin") continue;
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
  for (const told of fc.sample(history, { numRuns: 1_500, seed: 6 }))
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
  "Deposited",
  "Withdrawn",
  "SuspensionLifted",
  "CancelAllDone",
  "ClearingRequestRejected DUES_OWED",
  "ClearingRequestRejected NOT_SUSPENDED",
  "OrderRejected MEMBER_SUSPENDED",
  "ClearingRequestRejected MEMBER_SUSPENDED",
  "ClearingRequestRejected NO_AUCTION",
  "ClearingRequestRejected DEFAULTING_MEMBER",
  "ClearingRequestRejected PRICE_OUT_OF_BAND",
  "ClearingRequestRejected INSUFFICIENT_HOLDINGS",
  "ClearingRequestRejected INSUFFICIENT_FUNDS",
  "ClearingRequestRejected NOTHING_DUE",
];
