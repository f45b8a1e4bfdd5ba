import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Command } from "../../src/domain/facts/command.ts";
import { localTerms, openOrders } from "../../src/domain/market.ts";
import type { MarketEvent } from "../../src/domain/facts/event.ts";
import type { TradeExecuted } from "../../src/domain/facts/trade-event.ts";
import { buy, cancel, given, order, play, playOne, sell, type Played } from "../given.ts";
import { NaiveBook } from "./naive-book.ts";

const traded = ["TRADE"];

test("the resting price is the trade price, best price first", () => {
  given([sell("s1", 5, 98_600), sell("s2", 5, 98_500), sell("s3", 5, 98_700)])
    .when(buy("b", 12, 98_600))
    .emitsOf(traded, [
      "TRADE T-0-3-0-0 5 @ 985.00 O-0-3 O-0-1",
      "TRADE T-0-3-0-1 5 @ 986.00 O-0-3 O-0-0",
    ]);
});

test("at one price the older order trades first", () => {
  given([buy("b1", 5, 98_500), buy("b2", 5, 98_500, { participant: "SELLER" })])
    .when(sell("s", 7, 98_500))
    .emitsOf(traded, [
      "TRADE T-0-2-0-0 5 @ 985.00 O-0-0 O-0-2",
      "TRADE T-0-2-0-1 2 @ 985.00 O-0-1 O-0-2",
    ]);
});

test("a partial fill keeps its place in time", () => {
  given([sell("s1", 10, 98_500), sell("s2", 10, 98_500), buy("b1", 4, 98_500)])
    .when(buy("b2", 7, 98_500))
    .emitsOf(traded, [
      "TRADE T-0-3-0-0 6 @ 985.00 O-0-3 O-0-0",
      "TRADE T-0-3-0-1 1 @ 985.00 O-0-3 O-0-1",
    ]);
});

test("an offer of 1000 serves a buy of 100 and keeps 900", () => {
  const { market } = given([sell("s", 1_000, null)]).when(buy("b", 100, 88_500));
  deepEqual(
    openOrders(market).map(({ clientOrderId, filledQuantity, leavesQuantity, status }) => ({
      clientOrderId,
      filledQuantity,
      leavesQuantity,
      status,
    })),
    [{ clientOrderId: "s", filledQuantity: 100, leavesQuantity: 900, status: "PartiallyFilled" }],
  );
});

test("an unpriced sell counts as priced at the buy's limit: after better prices, by time at it", () => {
  const resting = [sell("s1", 1, 98_500), sell("u1", 1, null), sell("s2", 1, 98_500)];
  const better = [sell("s3", 1, 98_400), sell("u2", 1, null), sell("s4", 1, 98_505)];
  given([...resting, ...better])
    .when(buy("b", 9, 98_500))
    .emitsOf(traded, [
      "TRADE T-0-6-0-0 1 @ 984.00 O-0-6 O-0-3",
      "TRADE T-0-6-0-1 1 @ 985.00 O-0-6 O-0-0",
      "TRADE T-0-6-0-2 1 @ 985.00 O-0-6 O-0-1",
      "TRADE T-0-6-0-3 1 @ 985.00 O-0-6 O-0-2",
      "TRADE T-0-6-0-4 1 @ 985.00 O-0-6 O-0-4",
    ]);
});

test("an incoming unpriced sell takes resting buys at their prices, best first, and rests", () => {
  given([buy("b1", 2, 98_400), buy("b2", 2, 98_500)])
    .when(sell("u", 5, null))
    .emitsOf(traded, [
      "TRADE T-0-2-0-0 2 @ 985.00 O-0-1 O-0-2",
      "TRADE T-0-2-0-1 2 @ 984.00 O-0-0 O-0-2",
    ]);
});

test("an order may meet one of the same account", () => {
  given([sell("s", 5, 98_500, { participant: "HDFC" })])
    .when(buy("b", 5, 98_500))
    .emitsOf(traded, ["TRADE T-0-1-0-0 5 @ 985.00 O-0-1 O-0-0"]);
});

test("1,000 resting orders are taken in one step, without a word of parts", () => {
  const sells = Array.from({ length: 1_000 }, (_, n) =>
    sell(`s${n}`, 1, n % 2 === 0 ? 98_500 : null),
  );
  const { events } = given(sells).when(buy("b", 1_000, 98_500));
  equal(events.filter(isTrade).length, 1_000);
  ok(events.every(({ type }) => !type.startsWith("Sweep")));
});

test("property: the book trades as the naive book does, order by order, in however small parts", () => {
  const actions = fc.array(action, { minLength: 1, maxLength: 60, size: "max" });
  const fillsMax = fc.constantFrom(1, 2, 3, Infinity);
  fc.assert(fc.property(actions, fillsMax, inLockstep), { numRuns: 600 });
});

test("property: the oracle meets unpriced sells, partial fills and cancels", () => {
  let seen = { trades: 0, cancels: 0, unpriced: 0 };
  for (const actions of fc.sample(fc.array(action, { minLength: 30, maxLength: 60 }), {
    numRuns: 50,
    seed: 7,
  })) {
    const { steps } = play(actions.map(toCommand), localTerms);
    for (const event of steps.flatMap(({ events }) => events)) {
      if (isTrade(event)) seen = { ...seen, trades: seen.trades + 1 };
      if (event.type === "OrderCanceled") seen = { ...seen, cancels: seen.cancels + 1 };
      if (isTrade(event) && event.sell.orderPricePaise === null)
        seen = { ...seen, unpriced: seen.unpriced + 1 };
    }
  }
  ok(seen.trades > 200 && seen.cancels > 20 && seen.unpriced > 50, JSON.stringify(seen));
});

type Action =
  | { readonly side: "BUY" | "SELL"; readonly quantity: number; readonly price: number | null }
  | { readonly cancels: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        side: fc.constantFrom("BUY" as const, "SELL" as const),
        quantity: fc.integer({ min: 1, max: 6 }),
        price: fc.option(fc.integer({ min: 1, max: 5 }), { freq: 4 }),
      })
      .map((fields) => (fields.side === "BUY" ? { ...fields, price: fields.price ?? 3 } : fields)),
  },
  { weight: 1, arbitrary: fc.record({ cancels: fc.nat({ max: 40 }) }) },
);

function inLockstep(actions: readonly Action[], fillsMax: number): void {
  const played: Played = play([], localTerms, {}, { fillsMax });
  const naive = new NaiveBook();
  for (const [index, each] of actions.entries()) {
    const events = playOne(played, toCommand(each, index), localTerms);
    if ("cancels" in each) {
      const wasThere = naive.cancel(`o${each.cancels}`);
      equal(
        events.some(({ type }) => type === "OrderCanceled"),
        wasThere,
      );
    } else {
      const { side, price, quantity } = each;
      const trades = naive.place({ id: `o${index}`, side, price, left: quantity });
      deepEqual(events.filter(isTrade).map(tradeOf), trades);
    }
    deepEqual(
      openOrders(played.market).map(({ clientOrderId, leavesQuantity }) => ({
        clientOrderId,
        leavesQuantity,
      })),
      naive.orders.map(({ id, left }) => ({ clientOrderId: id, leavesQuantity: left })),
    );
  }
}

function toCommand(each: Action, index: number): Command {
  const over = { symbol: "ZED", participant: "HDFC" };
  if ("cancels" in each) return cancel(`c${index}`, `o${each.cancels}`, over);
  return order(each.side, `o${index}`, each.quantity, each.price, over);
}

function isTrade(event: MarketEvent): event is TradeExecuted {
  return event.type === "TradeExecuted";
}

function tradeOf({ buy: b, sell: s, quantity, pricePaise }: TradeExecuted) {
  return { buy: b.clientOrderId, sell: s.clientOrderId, shares: quantity, price: pricePaise };
}
