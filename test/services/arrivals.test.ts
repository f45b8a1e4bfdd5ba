import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  arriveAt,
  departFrom,
  newestFirst,
  type Arrived,
  type ArrivalsByKey,
} from "../../src/services/records/arrivals.ts";
import { newOrderRecords, noteOrderEvent } from "../../src/services/records/order-records.ts";
import { newTradeRecords, noteTrades } from "../../src/services/records/trade-records.ts";
import { placeOf } from "../../src/services/step-place.ts";
import { buy, given, sell } from "../given.ts";

const members = ["HDFC", "SELLER", "THIRD"];
const symbols = ["SBIN", "ITC"];
const someOrders = fc.array(
  fc.record({
    isBuy: fc.boolean(),
    participant: fc.constantFrom(...members),
    symbol: fc.constantFrom(...symbols),
    quantity: fc.integer({ min: 1, max: 5 }),
    // Rs 0 is refused: such an order is over when it comes.
    pricePaise: fc.constantFrom(0, 40_000, 40_100, 40_200),
  }),
  { minLength: 1, maxLength: 60 },
);

test("a list that is begun at a value goes on from there, wherever it stands", () => {
  const byKey: ArrivalsByKey<Arrived> = new Map();
  const values = Array.from({ length: 9 }, (_, arrival) => ({ arrival }));
  for (const value of values) arriveAt(byKey, "all", value);
  for (const gone of [values[8], values[4], values[0]]) if (gone) departFrom(byKey, "all", gone);
  const left = [7, 6, 5, 3, 2, 1];
  for (const value of values) {
    const at = left.indexOf(value.arrival);
    deepEqual(
      [...newestFirst(byKey.get("all"), value)].map(({ arrival }) => arrival),
      left.slice(Math.max(0, at)),
    );
  }
});

test("what is listed newest first is what a scan of all that is kept finds", () => {
  fc.assert(
    fc.property(someOrders, fc.integer({ min: 1, max: 8 }), (orders, keptMax) => {
      const kept = { orders: newOrderRecords(keptMax), trades: newTradeRecords(keptMax) };
      const market = given([]);
      for (const [index, { isBuy, quantity, pricePaise, ...over }] of orders.entries()) {
        const send = isBuy ? buy : sell;
        const { events } = market.when(send(`id-${index}`, quantity, pricePaise, over));
        const step = market.steps.at(-1);
        if (step === undefined) throw new Error("a command makes a step");
        const place = placeOf(step, 0, index + 1, index);
        for (const event of events) noteOrderEvent(kept.orders, event, place);
        noteTrades(kept.trades, step, place);
        agreesWithScan(kept);
      }
    }),
  );
});

function agreesWithScan({ orders, trades }: Kept): void {
  const scanned = [...orders.byId.values()].toReversed();
  const traded = [...trades.byId.values()].toReversed();
  deepEqual([...newestFirst(trades.all)], traded);
  for (const member of members) {
    const own = scanned.filter(({ participant }) => participant === member);
    deepEqual([...newestFirst(orders.ofParticipant.get(member))], own);
    deepEqual(
      [...newestFirst(orders.livingOf.get(member))],
      own.filter(({ leavesQuantity }) => leavesQuantity > 0),
    );
    deepEqual(
      [...newestFirst(trades.ofParticipant.get(member))],
      traded.filter(({ trade }) =>
        [trade.buy.participant, trade.sell.participant].includes(member),
      ),
    );
  }
  for (const symbol of symbols)
    deepEqual(
      [...newestFirst(trades.ofSymbol.get(symbol))],
      traded.filter(({ trade }) => trade.symbol === symbol),
    );
}

type Kept = {
  readonly orders: ReturnType<typeof newOrderRecords>;
  readonly trades: ReturnType<typeof newTradeRecords>;
};

test("whatever leaves, the others stay in the order they came; a key without values is let go of", () => {
  const moves = fc.array(
    fc.record({
      key: fc.constantFrom("a", "b"),
      leaves: fc.option(fc.nat(), { nil: null, freq: 2 }),
    }),
    { maxLength: 300, size: "max" },
  );
  fc.assert(
    fc.property(moves, (all) => {
      const byKey: ArrivalsByKey<Arrived> = new Map();
      const naive: Record<string, Arrived[]> = { a: [], b: [] };
      for (const [arrival, { key, leaves }] of all.entries()) {
        const value = { arrival };
        const own = naive[key] ?? [];
        if (leaves === null) {
          arriveAt(byKey, key, value);
          own.push(value);
        } else if (own.length > 0) {
          const [gone = value] = own.splice(leaves % own.length, 1);
          departFrom(byKey, key, gone);
        } else departFrom(byKey, key, value);
        deepEqual([...newestFirst(byKey.get(key))], own.toReversed());
        equal(byKey.has(key), own.length > 0);
      }
    }),
  );
});

test("the newest of very many are found without a look at the others", () => {
  const byKey: ArrivalsByKey<Arrived> = new Map();
  for (let arrival = 0; arrival < 1_000; arrival += 1) arriveAt(byKey, "a", { arrival });
  let looks = 0;
  const isEven = ({ arrival }: Arrived): boolean => {
    looks += 1;
    return arrival % 2 === 0;
  };
  const even = newestFirst(byKey.get("a")).filter(isEven).take(3);
  deepEqual(
    [...even].map(({ arrival }) => arrival),
    [998, 996, 994],
  );
  equal(looks, 6);
});
