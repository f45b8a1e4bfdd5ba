import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StateReader, StateWriter } from "../../src/protocol/snapshot/state-bytes.ts";
import {
  list,
  map,
  orNull,
  queue,
  record,
  shared,
  text,
  whole,
  type Shape,
} from "../../src/protocol/snapshot/shape.ts";
import { emptyQueue, join, valuesOf } from "../../src/domain/state/queue.ts";

function write<Value>(shape: Shape<Value>, value: Value): Buffer[] {
  const writer = new StateWriter();
  shape.write(writer, value);
  return writer.close();
}

function read<Value>(shape: Shape<Value>, chunks: readonly Buffer[]): Value {
  const reader = new StateReader(Buffer.concat(chunks));
  const value = shape.read(reader);
  reader.close();
  return value;
}

const edges = [0, 1, -1, 63, 64, -64, 127, 128, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 1 - 2 ** 53];

test("property: every safe integer and every text comes back as it was", () => {
  const numbers = list(whole());
  deepEqual(read(numbers, write(numbers, edges)), edges);
  fc.assert(
    fc.property(fc.array(fc.maxSafeInteger()), (values) => {
      deepEqual(read(numbers, write(numbers, values)), values);
    }),
  );
  const texts = map(text, orNull(text));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.option(fc.string()))),
      (entries) => {
        const value = new Map(entries);
        deepEqual([...read(texts, write(texts, value))], [...value]);
      },
    ),
  );
});

test("half a surrogate pair, and every other unit that a text may hold, comes back as it was", () => {
  const texts = list(text);
  const values = [
    "\ud800",
    "a\udc00b",
    "é",
    "\u0100",
    "नमस्ते",
    "€".repeat(100),
    `${"x".repeat(100)}\ud800`,
  ];
  deepEqual(read(texts, write(texts, values)), values);
});

test("what is no safe integer is not written", () => {
  for (const value of [Number.NaN, 0.5, 2 ** 53, Infinity])
    throws(() => write(whole(), value), /no safe integer/);
});

test("a state is written in pieces of about 1 MiB, and a text that is longer in one of its own", () => {
  const texts = list(text);
  const values = Array.from({ length: 50_000 }, (_, each) => `text number ${each} of many, €`);
  values.splice(100, 0, "x".repeat(3_000_000));
  const chunks = write(texts, values);
  ok(chunks.length >= 3);
  ok(chunks.filter(({ length }) => length > 1024 * 1024).length === 1);
  deepEqual(read(texts, chunks), values);
});

test("an object that stood in two places stands in two places, and is one", () => {
  const pair = record<{ one: { n: number }; other: { n: number } }>({
    one: shared(record<{ n: number }>({ n: whole() })),
    other: shared(record<{ n: number }>({ n: whole() })),
  });
  const same = { n: 5 };
  const back = read(pair, write(pair, { one: same, other: same }));
  equal(back.one, back.other);
  const apart = read(pair, write(pair, { one: { n: 5 }, other: { n: 5 } }));
  ok(apart.one !== apart.other);
});

test("a line comes back in its order, and each value hears where it stands", () => {
  const line = emptyQueue<number>();
  for (const value of [3, 1, 2]) join(line, value);
  const heard: number[] = [];
  const shape = queue(whole(), ({ value }) => heard.push(value));
  deepEqual(valuesOf(read(shape, write(shape, line))), [3, 1, 2]);
  deepEqual(heard, [3, 1, 2]);
});

test("bytes that break off, or go on, are an error and no state", () => {
  const texts = list(text);
  const [whole = Buffer.alloc(0)] = write(texts, ["one", "two", "three"]);
  for (let length = 0; length < whole.length; length += 1)
    throws(() => read(texts, [whole.subarray(0, length)]), /break off or are others/);
  throws(() => read(texts, [whole, Buffer.from("x")]), /break off or are others/);
});
