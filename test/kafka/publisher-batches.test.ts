import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { readRecordsBatch, Reader } from "@platformatic/kafka";
import fc from "fast-check";
import type { PartitionBatch } from "../../src/kafka/produce.ts";
import { TransactionLayout } from "../../src/kafka/publisher-batches.ts";
import { batchLayout as at } from "../../src/kafka/record-batch.ts";
import { publicBatchBytesMax } from "../../src/protocol/carriage.ts";
import type { PublicRecord } from "../../src/services/log.ts";
import { wideText } from "../wide-text.ts";

const producer = { id: 7n, epoch: 3 };

const record = fc.record({
  topic: fc.constantFrom("one", "two"),
  partition: fc.nat(1),
  key: fc.option(wideText, { nil: null }),
  // A few hundred thousand bytes make a batch full; one record alone may pass the bound.
  value: fc.oneof(
    { weight: 5, arbitrary: wideText },
    fc.tuple(wideText, fc.nat(400_000)).map(([text, size]) => text.padEnd(size, "a₹")),
    fc.constant("x".repeat(publicBatchBytesMax + 1)),
  ),
  headers: fc.array(fc.tuple(fc.constant("sauda-id"), wideText), { maxLength: 2 }),
});

const transaction = fc.array(record, { maxLength: 30 });

/** The records of a transaction as they lie in its batches, by partition. */
function readBack(batches: readonly PartitionBatch[]): Map<string, string[]> {
  const read = new Map<string, string[]>();
  for (const { topic, partition, batch } of batches) {
    const place = `${topic}/${partition}`;
    const { records } = readRecordsBatch(Reader.from(batch));
    const texts = records.map(({ key, value }) => `${String(key)} ${String(value)}`);
    read.set(place, [...(read.get(place) ?? []), ...texts]);
  }
  return read;
}

function written(records: readonly PublicRecord<string>[]): Map<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const { topic, partition, key, value } of records) {
    const place = `${topic}/${partition}`;
    const text = [key, value].map((one) => (one === null ? "null" : Buffer.from(one)));
    texts.set(place, [...(texts.get(place) ?? []), text.join(" ")]);
  }
  return texts;
}

test("property: transactions laid out in one memory hold each record once, in order, numbered on", () => {
  fc.assert(
    fc.property(fc.array(transaction, { minLength: 1, maxLength: 4 }), (transactions) => {
      const layout = new TransactionLayout();
      const numbers = new Map<string, number>();
      for (const records of transactions) {
        const batches = layout.layOut(records, producer, 5);
        const byPlace = (map: Map<string, string[]>) =>
          [...map].toSorted(([one], [other]) => one.localeCompare(other));
        deepStrictEqual(byPlace(readBack(batches)), byPlace(written(records)));
        for (const { topic, partition, batch } of batches) {
          const place = `${topic}/${partition}`;
          const count = batch.readInt32BE(at.count);
          ok(count === 1 || batch.length <= publicBatchBytesMax, `${batch.length} bytes`);
          strictEqual(batch.readInt32BE(at.baseSequence), numbers.get(place) ?? 0, place);
          numbers.set(place, (numbers.get(place) ?? 0) + count);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("a record is laid out before the next one is made, so that none waits in memory", () => {
  const made = { topic: "one", partition: 0, key: null, value: "", headers: [] };
  const values = ["first", "second", "third"];
  function* makeInOneObject(): Generator<PublicRecord<string>> {
    for (const value of values) {
      made.value = value;
      yield made;
    }
  }
  const batches = new TransactionLayout().layOut(makeInOneObject(), producer, 5);
  deepStrictEqual([...readBack(batches).values()], [values.map((value) => `null ${value}`)]);
});

test("a new epoch of the producer counts from 0 again", () => {
  const layout = new TransactionLayout();
  const records = [{ topic: "one", partition: 0, key: null, value: "v", headers: [] }];
  const firstNumber = () =>
    layout.layOut(records, producer, 5)[0]?.batch.readInt32BE(at.baseSequence);
  deepStrictEqual([firstNumber(), firstNumber()], [0, 1]);
  layout.beginEpoch();
  strictEqual(firstNumber(), 0);
});
