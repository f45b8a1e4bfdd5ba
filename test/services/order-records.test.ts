import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import {
  findOrderRecord,
  newOrderRecords,
  noteOrderEvent,
} from "../../src/services/records/order-records.ts";
import type { MarketEvent } from "../../src/domain/facts/event.ts";
import { localTerms } from "../../src/domain/facts/terms.ts";
import { placeOf } from "../../src/services/step-place.ts";
import { buy, given, sell } from "../given.ts";

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
  equal(records.byClientId.get("HDFC")?.size, 4);
});

test("an order that trades without end keeps its newest thousand trades, and all that it filled", () => {
  const records = newOrderRecords(10);
  const market = given([sell("offer", 2_000, 100)]);
  const note = (events: readonly MarketEvent[], seq: number): void => {
    const place = { shard: 0, seq, commandOffset: seq, part: 0, logOffset: seq, atMs: 0 };
    for (const event of events) noteOrderEvent(records, event, place);
  };
  for (const [seq, { events }] of market.steps.entries()) note(events, seq);
  const traded: string[] = [];
  for (let each = 0; each < 1_500; each += 1) {
    const { events } = market.when(buy(`b${each}`, 1, 100));
    traded.push(
      ...events.flatMap((event) => (event.type === "TradeExecuted" ? event.tradeId : [])),
    );
    note(events, each + 1);
  }
  const offer = findOrderRecord(records, "SELLER", "offer");
  deepEqual(offer?.tradeIds, traded.slice(-1000));
  equal(offer?.cumQuantity, 1_500);
});

test("of an order that is let go of, the part of a command that filled it is known", () => {
  const records = newOrderRecords(0);
  const resting = [1, 2, 3, 4, 5].map((number) => sell(`s${number}`, 1, 100));
  const market = given(resting, localTerms, {}, { fillsMax: 2 });
  market.when(buy("b", 5, 100));
  const seen: unknown[] = [];
  for (const [index, step] of market.steps.entries()) {
    const place = placeOf(step, 0, index + 1, index);
    for (const event of step.events) noteOrderEvent(records, event, place);
    if (step.part > 0 || !step.last) seen.push(records.forgotten.get(0)?.changed);
  }
  deepEqual(
    seen,
    [0, 1, 2].map((part) => ({ commandOffset: 5, part })),
  );
});
