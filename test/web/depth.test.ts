import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { depthChange } from "../../src/http/stream/depth-change.ts";
import type { DepthJson, OrderJson } from "../../src/http/schemas.ts";
import { depthCurve, priceAt } from "../../web/src/market/depth-curve.ts";
import { findFault, mergeDelta } from "../../web/src/market/depth-picture.ts";
import { ladderOf, ownInBook } from "../../web/src/market/ladder-rows.ts";

const rest = {
  unpriced_quantity: 0,
  total_buy_quantity: 0,
  total_sell_quantity: 0,
  last_price_paise: null,
  last_quantity: 0,
  last_at: null,
  open_paise: null,
  high_paise: null,
  low_paise: null,
  close_paise: null,
  volume: 0,
};

function level(price_paise: number, quantity: number): DepthJson["bids"][number] {
  return { price_paise, quantity, orders: 1 };
}

function depth(bids: DepthJson["bids"], asks: DepthJson["asks"], seq = 1): DepthJson {
  return { symbol: "SBIN", bids, asks, ...rest, seq };
}

test("a delta changes, adds and takes out prices, and leaves the rest", () => {
  const before = depth([level(100, 5), level(99, 7)], [level(101, 3), level(102, 1)]);
  const after = mergeDelta(before, {
    type: "delta",
    id: 1,
    n: 1,
    symbol: "SBIN",
    bids: [level(100, 0), level(98, 4)],
    asks: [level(101, 9)],
    rest: { ...rest, volume: 12, seq: 8 },
  });
  assert.deepEqual(after.bids, [level(99, 7), level(98, 4)]);
  assert.deepEqual(after.asks, [level(101, 9), level(102, 1)]);
  assert.equal(after.volume, 12);
  assert.equal(after.seq, 8);
});

test("whatever books follow each other, the gateway's deltas bring the page to the last one", () => {
  const side = fc.uniqueArray(
    fc.record({ at: fc.nat(40), quantity: fc.integer({ min: 1, max: 9 }) }),
    {
      selector: ({ at }) => at,
      maxLength: 20,
    },
  );
  const book = fc.record({ bids: side, asks: side }).map(({ bids, asks }) =>
    depth(
      bids.toSorted((a, b) => b.at - a.at).map(({ at, quantity }) => level(1_000 + at, quantity)),
      asks.toSorted((a, b) => a.at - b.at).map(({ at, quantity }) => level(2_000 + at, quantity)),
    ),
  );
  fc.assert(
    fc.property(fc.array(book, { minLength: 2, maxLength: 12 }), (books) => {
      let [shown] = books;
      let [told] = books;
      assert.ok(shown !== undefined && told !== undefined);
      for (const next of books.slice(1)) {
        const change = depthChange(told, next);
        told = next;
        if (change === null) continue;
        shown = mergeDelta(shown, { type: "delta", id: 1, n: 1, ...change });
        assert.equal(findFault(shown, 20), null);
      }
      assert.deepEqual([shown.bids, shown.asks], [told.bids, told.asks]);
    }),
  );
});

test("a picture that cannot be is a fault: crossed, or deeper than asked for", () => {
  assert.equal(findFault(depth([level(100, 1)], [level(101, 1)]), 5), null);
  assert.match(findFault(depth([level(101, 1)], [level(101, 1)]), 5) ?? "", /not below/);
  const six = Array.from({ length: 6 }, (_, index) => level(100 - index, 1));
  assert.match(findFault(depth(six, []), 5) ?? "", /more than 5/);
});

test("the ladder counts from the best price outwards and marks what is ours", () => {
  const own = { symbol: "SBIN", side: "BUY", counterparty: null } as const;
  const orders = [
    { ...own, price_paise: 99, leaves_qty: 4, status: "New" },
    { ...own, price_paise: 99, leaves_qty: 2, status: "PartiallyFilled" },
    { ...own, price_paise: 99, leaves_qty: 9, status: "Filled" },
    { ...own, price_paise: 99, leaves_qty: 9, status: "New", symbol: "TCS" },
    { ...own, price_paise: 99, leaves_qty: 9, status: "AwaitingConfirmation", counterparty: "X" },
  ] as unknown as OrderJson[];
  const book = depth([level(100, 5), level(99, 7)], [level(101, 3), level(103, 3)]);
  const { asks, bids, spreadPaise, midPaise } = ladderOf(book, 5, ownInBook("SBIN", orders));
  assert.deepEqual(
    asks.map(({ pricePaise, cumulative }) => [pricePaise, cumulative]),
    [
      [103, 6],
      [101, 3],
    ],
  );
  assert.deepEqual(
    bids.map(({ cumulative, own: mine, part }) => [cumulative, mine, part]),
    [
      [5, 0, 5 / 12],
      [12, 6, 1],
    ],
  );
  assert.deepEqual([spreadPaise, midPaise], [1, 100.5]);
});

test("a click on the depth chart is a price on the tick", () => {
  const curve = depthCurve(depth([level(98_500, 5)], [level(98_600, 7)]));
  assert.ok(curve !== null);
  const price = priceAt(curve, 0.4, 5);
  assert.equal(price % 5, 0);
  assert.ok(price > 98_500 && price < 98_600);
  assert.equal(depthCurve(depth([], [])), null);
});
