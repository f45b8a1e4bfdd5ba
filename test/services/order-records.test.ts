import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import {
  findOrderRecord,
  newOrderRecords,
  noteOrderEvent,
} from "../../src/services/records/order-records.ts";
import { buy, given } from "../given.ts";

test("ended orders are let go of one for one, oldest first; living ones stay", () => {
  const records = newOrderRecords(3);
  const place = { shard: 0, seq: 1, commandOffset: 0, part: 0, logOffset: 0, atMs: 0 };
  const market = given([]);
  const send = (id: string, pricePaise: number | null): void => {
    const { events } = market.when(buy(id, 1, pricePaise));
    for (const event of events) noteOrderEvent(records, event, place);
  };
  send("living", 500);
  for (let count = 0; count < 20; count += 1) {
    send(`refused-${count}`, null);
    equal(records.byId.size, 1 + Math.min(3, count + 1));
  }
  deepEqual(
    [...records.byId.values()].map(({ clientOrderId }) => clientOrderId),
    ["living", "refused-17", "refused-18", "refused-19"],
  );
  equal(findOrderRecord(records, "HDFC", "refused-16"), undefined);
  equal(findOrderRecord(records, "HDFC", "refused-17")?.status, "Rejected");
  equal(records.byClientId.size, 4);
});
