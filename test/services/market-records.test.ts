import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { nextDueMs } from "../../src/domain/market.ts";
import {
  keptRecords,
  newMarketRecords,
  noteStep,
  type MarketRecords,
} from "../../src/services/records/market-records.ts";
import { placeOf } from "../../src/services/step-place.ts";
import { at, clearingTerms } from "../clearing-given.ts";
import { atDoor, buy, cancel, given, sell } from "../given.ts";

const kept = {
  ...keptRecords,
  endedOrders: 50,
  refusedRequests: 20,
  requests: 20,
  trades: 40,
  instructions: 10,
  marks: { dates: 3, closes: 100 },
};

/** How much each kind of record holds, places that stay empty for a while included. */
function sizes({ orders, trades, refusedRequests, instructions, marks }: MarketRecords) {
  const lines = [orders.ofParticipant, orders.livingOf, trades.ofParticipant, trades.ofSymbol];
  const places = lines.flatMap((line) => [...line.values()].map((own) => own.places.length));
  return {
    orders: orders.byId.size,
    ownIds: [...orders.byClientId.values()].reduce((sum, own) => sum + own.size, 0),
    trades: trades.byId.size,
    refused: refusedRequests.size,
    instructions: instructions.byId.size,
    dates: Math.max(...[...marks.shards.values()].map(({ dates }) => dates.size)),
    settlements: Math.max(...[...marks.shards.values()].map((own) => own.settlements.size)),
    places: Math.max(...places, trades.all.places.length),
  };
}

test("a gateway's records hold no more after many days than after a few, but for what lives", () => {
  const market = given([], clearingTerms());
  const records = newMarketRecords(kept);
  let noted = 0;
  const note = (): void => {
    for (const step of market.steps.slice(noted)) {
      noted += 1;
      noteStep(records, step, placeOf(step, 0, noted, noted - 1));
    }
  };
  const playDay = (day: number): void => {
    const startMs = at("01 10:00") + day * 86_400_000;
    for (let each = 0; each < 100; each += 1) {
      const [id, atMs] = [`${day}-${each}`, startMs + each * 1_000];
      market.when({ command: sell(`s${id}`, 1, 98_500), atMs });
      market.when({ command: buy(`b${id}`, 1, 98_500), atMs });
      market.when({ command: buy(`r${id}`, 1, 98_400), atMs });
      market.when({ command: cancel(`c${id}`, `r${id}`), atMs });
      market.when({ command: cancel(`n${id}`, "nobody", { source: atDoor() }), atMs });
    }
    // All that is due before the next day: obligations, pay-in, pay-out.
    for (;;) {
      const dueMs = nextDueMs(market.market);
      if (dueMs === null || dueMs >= startMs + 86_400_000) break;
      market.when({ command: { type: "Tick" }, atMs: dueMs });
    }
    note();
  };
  for (let day = 0; day < 7; day += 1) playDay(day);
  const few = sizes(records);
  for (let day = 7; day < 21; day += 1) playDay(day);
  const many = sizes(records);
  deepEqual({ ...many, places: 0 }, { ...few, places: 0 });
  const { orders, trades, refused, instructions, dates } = many;
  deepEqual([orders, trades, refused, instructions, dates], [50, 40, 20, 10, 3]);
  ok(many.places <= 2 * 50 + 32, `${many.places} places for 50 orders`);
});
