import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as pause } from "node:timers/promises";
import type { Step } from "../../../src/domain/facts/event.ts";
import { Random } from "../../../src/memory/random.ts";
import { digestOf } from "../../../src/protocol/snapshot/digest.ts";
import { mayBeForgotten } from "../../../src/services/records/forgotten.ts";
import {
  keptRecords,
  newMarketRecords,
  noteStep,
  waysIn,
  type MarketRecords,
} from "../../../src/services/records/market-records.ts";
import { decodeState, encodeState } from "../../../src/services/snapshots/state.ts";
import { placeOf } from "../../../src/services/step-place.ts";
import { recordedMarkets } from "../../replay/markets.ts";

/** Records that come back from their own bytes, as a gateway that starts has them. */
function restored(records: MarketRecords): MarketRecords {
  const again = decodeState("records", encodeState("records", records));
  again.ways.set(0, decodeState("ways", encodeState("ways", waysIn(records, 0))));
  return again;
}

const digest = (records: MarketRecords): string => digestOf(encodeState("records", records));

for (const name of [/crowd/, /yaml|strangers/])
  test(`records that are restored between any two steps are the same at the end (${name})`, async () => {
    let restores = 0;
    for (const market of recordedMarkets().filter((each) => name.test(each.name))) {
      const chance = new Random(7);
      let next = chance.between(1, 20);
      let [whole, again] = [newMarketRecords(), newMarketRecords()];
      market.play({
        onCommand: () => {},
        onStep(step, seq) {
          if (seq === 1) [whole, again] = [newMarketRecords(), newMarketRecords()];
          noteStep(whole, step, placeOf(step, 0, seq, seq));
          noteStep(again, step, placeOf(step, 0, seq, seq));
          if (seq < next) return;
          next = seq + chance.between(1, seq);
          again = restored(again);
          restores += 1;
        },
      });
      equal(digest(again), digest(whole), market.name);
      await pause(); // so that this process says that it is at work
    }
    ok(restores > 50, `${restores} restores`);
  });

/** An order that is refused: one that has ended. */
function refusedOrder(offset: number): Step {
  const order = {
    participant: "M",
    client: null,
    clientOrderId: `own-${offset}`,
    symbol: "SBIN",
    symbolAsSent: "SBI",
    side: "BUY" as const,
    quantity: 1,
    pricePaise: 100,
    counterparty: null,
    custodian: null,
    product: "CNC" as const,
    unfit: null,
    source: { topicId: "t", topic: "buy-orders", partition: 0, offset, timestampMs: 5 },
  };
  return {
    cause: { offset, digest: "" },
    part: 0,
    last: true,
    at: 1_700_000_000_000 as Step["at"],
    events: [
      {
        type: "OrderRejected",
        orderId: `O-0-${offset}`,
        reason: "INSUFFICIENT_FUNDS",
        text: "no cash",
        ...order,
      },
    ],
  };
}

test("where more has ended than is kept, a restored ring lets go of the same ones and knows what is gone", () => {
  const ended = keptRecords.endedOrders + 2_000;
  const whole = newMarketRecords();
  let again = newMarketRecords();
  for (let offset = 0; offset < ended; offset += 1) {
    const step = refusedOrder(offset);
    for (const records of [whole, again])
      noteStep(records, step, placeOf(step, 0, offset + 1, offset));
    if (offset === keptRecords.endedOrders + 1_000) again = restored(again);
  }
  equal(digest(again), digest(whole));
  const { byId, forgotten, ended: line, ofParticipant } = again.orders;
  equal(byId.size, keptRecords.endedOrders);
  equal(line.size, keptRecords.endedOrders);
  equal(ofParticipant.get("M")?.size, keptRecords.endedOrders);
  ok(!byId.has("O-0-1999") && mayBeForgotten(forgotten, "O-0-1999"));
  ok(byId.has("O-0-2000") && !mayBeForgotten(forgotten, "O-0-2000"));
});
