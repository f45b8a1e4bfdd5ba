import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isOutside } from "../../src/domain/facts/account.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import type { MarketEvent, Step } from "../../src/domain/facts/event.ts";
import {
  balances,
  decide,
  describeMarket,
  evolveStep,
  initialMarket,
  nextDueMs,
  openOrders,
  type Market,
} from "../../src/domain/market.ts";
import { newSource, play, playOne } from "../given.ts";
import { scarce, history } from "./market-histories.ts";

const runs = { numRuns: 300 };

test("property: shares and cash are conserved, and nothing but what is outside is negative", () => {
  everyStep((market) => {
    const sums = new Map<string, number>();
    for (const { account, asset, free, blocked, transit, due } of balances(market)) {
      sums.set(asset, (sums.get(asset) ?? 0) + free + blocked + transit);
      equal(due, 0);
      if (!isOutside(account)) ok(free >= 0 && blocked >= 0 && transit >= 0);
    }
    for (const sum of sums.values()) equal(sum, 0);
  });
});

test("property: what is blocked is what the open orders need", () => {
  everyStep((market) => {
    const needed = new Map<string, number>();
    for (const order of openOrders(market)) {
      const account =
        order.client === null ? order.participant : `${order.participant}/${order.client}`;
      const isBuy = order.side === "BUY";
      const key = `${account} ${isBuy ? "INR" : order.symbol}`;
      const need = order.leavesQuantity * (isBuy ? (order.pricePaise ?? Number.NaN) : 1);
      needed.set(key, (needed.get(key) ?? 0) + need);
    }
    for (const { account, asset, blocked } of balances(market))
      equal(blocked, needed.get(`${account} ${asset}`) ?? 0);
  });
});

test("property: no book is crossed, and no unpriced sell rests while a buy does", () => {
  everyStep((market) => {
    for (const name of ["SBIN", "ZED"]) {
      const resting = openOrders(market).filter(
        (o) => o.symbol === name && o.counterparty === null,
      );
      const buys = resting.filter(({ side }) => side === "BUY");
      const sells = resting.filter(({ side }) => side === "SELL");
      const bestBuy = Math.max(...buys.map(({ pricePaise }) => pricePaise ?? Number.NaN));
      const bestSell = Math.min(...sells.map(({ pricePaise }) => pricePaise ?? -Infinity));
      ok(bestBuy < bestSell || buys.length === 0 || sells.length === 0);
    }
  });
});

test("R10 property: every command has exactly one outcome, and none answers for another", () => {
  everyStep((_market, command, events) => {
    const own = events.filter((event) => "source" in event && isOutcomeOf(event, command));
    equal(own.length, command.type === "Tick" ? 0 : 1);
  });
});

test("property: every trade settles once, by four postings, and no order is filled beyond its size", () => {
  fc.assert(
    fc.property(history, (all) => {
      const events = play(all, scarce).steps.flatMap((step) => step.events);
      const trades = events.filter((event) => event.type === "TradeExecuted");
      const settled = events.filter((event) => event.type === "TradeSettled");
      const journals = events.flatMap((e) => (e.type === "JournalPosted" ? [e.journal] : []));
      const dvps = journals.filter(({ kind }) => kind === "DVP");
      const ids = trades.map(({ tradeId }) => tradeId);
      equal(new Set(ids).size, ids.length);
      equal(new Set(journals.map(({ journalId }) => journalId)).size, journals.length);
      deepEqual(
        settled.map(({ tradeId }) => tradeId),
        ids,
      );
      deepEqual(
        dvps.map(({ reference }) => reference),
        ids,
      );
      deepEqual(
        dvps.map(({ journalId }) => journalId),
        settled.map(({ journalId }) => journalId),
      );
      ok(dvps.every(({ postings }) => postings.length === 4));
      const filled = new Map<string, number>();
      for (const { buy, sell, quantity } of trades)
        for (const { orderId, orderQuantity, cumQuantity, leavesQuantity } of [buy, sell]) {
          if (orderId === null) continue;
          const sum = (filled.get(orderId) ?? 0) + quantity;
          filled.set(orderId, sum);
          equal(sum, cumQuantity);
          equal(orderQuantity - sum, leavesQuantity);
        }
    }),
    runs,
  );
});

test("R5 property: a log read back at any place gives the same market, and it goes on the same way", () => {
  fc.assert(
    fc.property(history, fc.nat(), (all, cut) => {
      const at = cut % (all.length + 1);
      const whole = play(all, scarce);
      const upTo = play(all.slice(0, at), scarce);
      const folded = initialMarket();
      for (const [index, step] of asRead(upTo.steps).entries()) evolveStep(folded, step, index + 1);
      equal(describeMarket(folded), describeMarket(upTo.market));
      const later = { market: folded, steps: upTo.steps, nowMs: upTo.nowMs };
      for (const each of all.slice(at)) playOne(later, each, scarce);
      equal(describeMarket(folded), describeMarket(whole.market));
      deepEqual(asRead(later.steps), asRead(whole.steps));
    }),
    runs,
  );
});

test("R11 property: ticks end all that is due, and the clock never goes back", () => {
  fc.assert(
    fc.property(history, (all) => {
      const { market, steps } = play(all, scarce);
      for (const [index, { at }] of steps.entries()) ok(at >= (steps[index - 1]?.at ?? 0));
      const due = nextDueMs(market);
      if (due === null) return;
      const context = { at: due, shard: 0, offset: steps.length, seq: steps.length + 1 };
      ok(decide(market, { type: "Tick" }, context, scarce).length > 0);
      ok((nextDueMs(market) ?? Infinity) > due);
    }),
    runs,
  );
});

test("property: when all orders are canceled and all waiting is over, nothing of them is left", () => {
  fc.assert(
    fc.property(history, (all) => {
      const played = play(all, scarce);
      for (const [n, { orderId, participant: owner, symbol: name }] of openOrders(
        played.market,
      ).entries())
        playOne(played, canceling(owner, `z${n}`, orderId, name), scarce);
      playOne(played, { command: { type: "Tick" }, atMs: played.nowMs + 1_000 }, scarce);
      const left =
        /^(bid|ask|waits|place|kept|kept place) |^(orders due|answers due|unpriced) .*\[.+\]/;
      deepEqual(
        describeMarket(played.market)
          .split("\n")
          .filter((line) => left.test(line)),
        [],
      );
    }),
    runs,
  );
});

test("property: the histories contain every outcome and every reason this market can give", () => {
  const seen = new Set<string>();
  for (const all of fc.sample(history, { numRuns: 3_000, seed: 11 }))
    for (const event of play(all, scarce).steps.flatMap((step) => step.events))
      seen.add("reason" in event ? `${event.type} ${event.reason}` : event.type);
  const missing = expected.filter((each) => !seen.has(each));
  deepEqual(missing, [], [...seen].toSorted().join(", "));
});

const expected = [
  "InstrumentListed",
  "JournalPosted",
  "OrderAccepted",
  "TradeExecuted",
  "TradeSettled",
  "OrderCanceled",
  "OrderExpired",
  "CancelAllDone",
  "Deposited",
  "Withdrawn",
  "ClearingRequestRejected VALUE_OUT_OF_RANGE",
  "ClearingRequestRejected INSUFFICIENT_FUNDS",
  "ClearingRequestRejected INSUFFICIENT_HOLDINGS",
  "ClearingRequestRejected NOT_SUSPENDED",
  "ClearingRequestRejected DUPLICATE_ID",
  "ClearingRequestRejected DEADLINE_PASSED",
  "OrderDeclined null",
  "OrderDeclined INSUFFICIENT_HOLDINGS",
  "AnswerKept",
  "AnswerAccepted",
  "Repeated",
  "OrderRejected RESERVED_ID",
  "OrderRejected DUPLICATE_ID",
  "OrderRejected DEADLINE_PASSED",
  "OrderRejected QUANTITY_OUT_OF_RANGE",
  "OrderRejected PRICE_MISSING",
  "OrderRejected PRICE_OUT_OF_RANGE",
  "OrderRejected PRICE_OFF_TICK",
  "OrderRejected COUNTERPARTY_NOT_ALLOWED",
  "OrderRejected INSUFFICIENT_FUNDS",
  "OrderRejected INSUFFICIENT_HOLDINGS",
  "RequestRejected RESERVED_ID",
  "RequestRejected DUPLICATE_ID",
  "RequestRejected DEADLINE_PASSED",
  "RequestRejected UNKNOWN_ORDER",
  "RequestRejected ORDER_CLOSED",
  "RequestRejected NOT_YOUR_ORDER",
  "DeadLettered TOMBSTONE",
  "DeadLettered NO_ORDER_WAITING",
  "DeadLettered ANSWER_REPEATED",
  "DeadLettered NOT_YOUR_ORDER",
  "DeadLettered ORDER_CLOSED",
];

function canceling(owner: string, id: string, orderId: string, name: string): Command {
  return {
    type: "CancelOrder",
    participant: owner,
    clientOrderId: id,
    origClientOrderId: orderId,
    symbol: name,
    source: newSource({ topicId: "cancels" }),
  };
}

function everyStep(
  check: (market: Market, command: Command, events: readonly MarketEvent[]) => void,
): void {
  fc.assert(
    fc.property(history, (all) => {
      const played = play([], scarce);
      for (const each of all) check(played.market, each.command, playOne(played, each, scarce));
    }),
    runs,
  );
}

function isOutcomeOf(event: { readonly source: unknown }, command: Command): boolean {
  const wanted = command.type === "Tick" ? "none" : JSON.stringify(command.source);
  return JSON.stringify(event.source) === wanted;
}

/**
 * The steps as they come out of the log: plain data, sharing nothing with the market that
 * made them.
 */
function asRead(steps: readonly Step[]): Step[] {
  return JSON.parse(JSON.stringify(steps)) as Step[];
}
