import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { crc32c, createRecordsBatch, readRecordsBatch, Reader } from "@platformatic/kafka";
import fc from "fast-check";
import { BatchWalk } from "../../src/kafka/batch-walk.ts";
import { batchLayout, encodeBatch } from "../../src/kafka/record-batch.ts";
import { unpack } from "../../src/kafka/unpack.ts";
import { unpackedBytesMax } from "../../src/protocol/carriage.ts";
import type { LogRecord } from "../../src/services/log.ts";
import { wideText } from "../wide-text.ts";

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  fc.constantFrom(63, 64, 8191, 8192, 70_000).map((size) => Buffer.alloc(size, 5)),
);
const field = fc.option(bytes, { nil: null });
const headers = fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 3 });
const records = fc.array(
  fc.record({ key: field, value: field, headers }, { noNullPrototype: true }),
  { minLength: 1, maxLength: 80 },
);

function readAll(batches: Buffer, from: number): LogRecord[] {
  const read: LogRecord[] = [];
  const walk = new BatchWalk(batches, from);
  for (let found = walk.take(); found !== null; found = walk.take()) {
    if ("packed" in found) throw new Error("a batch that is not unpacked");
    const { offset, timestampMs, key, value, isControl } = found;
    read.push({ offset, timestampMs, key, value, isControl });
  }
  return read;
}

/** The batch as a leader would store it: only the base offset is its own, outside the checksum. */
function storedAt(offset: number, batch: Buffer): Buffer {
  batch.writeBigInt64BE(BigInt(offset));
  return batch;
}

test("property: what is laid out here, the client reads as it was", () => {
  fc.assert(
    fc.property(records, fc.nat(2 ** 40), (list, nowMs) => {
      const read = readRecordsBatch(Reader.from(encodeBatch(list, nowMs)));
      strictEqual(Number(read.firstTimestamp), nowMs);
      const same = read.records.map((each) => ({
        key: each.key,
        value: each.value,
        headers: each.headers.map(([name, value]) => [name?.toString(), value?.toString()]),
      }));
      deepStrictEqual(same, list);
    }),
    { numRuns: 200 },
  );
});

test("property: text is laid out as its UTF-8, at every length where a length takes a byte more", () => {
  const longer = fc
    .tuple(wideText, fc.constantFrom(31, 32, 63, 64, 4095, 4096, 8191, 8192))
    .map(([text, length]) => text.padEnd(length, "a₹"));
  const text = fc.option(fc.oneof(wideText, longer), { nil: null });
  const named = fc.array(fc.tuple(wideText, fc.oneof(wideText, longer)), { maxLength: 3 });
  const list = fc.array(fc.record({ key: text, value: text, headers: named }), { minLength: 1 });
  fc.assert(
    fc.property(list, (texts) => {
      const bytesOf = (one: string | null) => (one === null ? null : Buffer.from(one));
      const same = texts.map(({ key, value, headers }) => {
        return { key: bytesOf(key), value: bytesOf(value), headers };
      });
      deepStrictEqual(encodeBatch(texts, 1), encodeBatch(same, 1));
      const read = readRecordsBatch(Reader.from(encodeBatch(texts, 1))).records;
      const values = read.map((each) => each.value);
      deepStrictEqual(
        values,
        same.map(({ value }) => value),
      );
    }),
    { numRuns: 300 },
  );
});

test("property: what the client lays out is read here as it was, from any offset, however cut off", () => {
  // The client itself writes distances of 2^31 ms and more wrongly (it shifts by 31, not by 63).
  const timestamp = fc.bigInt(2n ** 40n, 2n ** 40n + 2n ** 31n - 1n);
  const stamped = fc.array(fc.record({ key: bytes, value: bytes, timestamp }), {
    minLength: 1,
    maxLength: 50,
  });
  const base = fc.nat(2 ** 48);
  fc.assert(
    fc.property(stamped, base, fc.nat(120), fc.nat(200), (list, first, skipped, cutOff) => {
      const half = () => createRecordsBatch(list.map((each) => ({ topic: "", ...each }))).buffer;
      const whole = [storedAt(first, half()), storedAt(first + list.length, half())];
      const batches = Buffer.concat([...whole, half().subarray(0, cutOff % half().length)]);
      const expected = [...list, ...list].map((each, index) => ({
        offset: first + index,
        timestampMs: Number(each.timestamp),
        key: each.key,
        value: each.value,
        isControl: false,
      }));
      deepStrictEqual(readAll(batches, first + skipped), expected.slice(skipped));
    }),
    { numRuns: 200 },
  );
});

test("a batch with a changed byte is not read", () => {
  const batch = encodeBatch([{ key: null, value: Buffer.from("100") }], 0);
  batch[batch.length - 2] = 57;
  throws(() => readAll(batch, 0), /checksum is wrong/);
});

/** The batch with its sum made right again after a change. */
function summed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(batchLayout.attributes)), batchLayout.crc);
  return batch;
}

test("a time that no safe integer can be is read as the nearest one", () => {
  for (const [written, read] of [
    [-(2n ** 60n), Number.MIN_SAFE_INTEGER],
    [2n ** 62n, Number.MAX_SAFE_INTEGER],
    [-5n, -5],
  ] as const) {
    const batch = encodeBatch([{ key: null, value: Buffer.from("100") }], 0);
    batch.writeBigInt64BE(written, batchLayout.baseTimestamp);
    strictEqual(readAll(summed(batch), 0)[0]?.timestampMs, read);
  }
});

const codecs = ["gzip", "snappy", "lz4", "zstd"] as const;
const record = (value: Buffer) => ({ topic: "", key: Buffer.from("k"), value });

/** What the client's producer makes of one record with this codec. */
function packedBy(compression: (typeof codecs)[number], value: Buffer): Buffer {
  return createRecordsBatch([record(value)], { compression }).buffer;
}

for (const codec of codecs) {
  test(`${codec}: a batch is unpacked up to the bound, and not a byte beyond it`, () => {
    const body = (bytes: number): Buffer => Buffer.alloc(bytes, " ");
    const all = (batch: Buffer): Buffer => unpackWhole(batch, 2 * unpackedBytesMax) ?? noBytes;
    const own = all(packedBy(codec, body(unpackedBytesMax))).length - unpackedBytesMax;
    const fits = packedBy(codec, body(unpackedBytesMax - own));
    strictEqual(all(fits).length, unpackedBytesMax);
    strictEqual(readAll(fits, 0)[0]?.value?.length, unpackedBytesMax - own);
    const above = storedAt(70, packedBy(codec, body(unpackedBytesMax - own + 1)));
    const walk = new BatchWalk(above, 0);
    const found = walk.take();
    strictEqual(found !== null && "packed" in found ? found.packed.lastOffset : null, 70);
    strictEqual(walk.next, 71);
    strictEqual(walk.take(), null);
  });

  test(`${codec}: what does not pack well is unpacked as it was`, () => {
    const value = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at * 31) % 251));
    deepStrictEqual(readAll(packedBy(codec, value), 0)[0]?.value, value);
  });

  test(`${codec}: what was unpacked is given back once it was taken, without the garbage collector`, () => {
    const large = packedBy(codec, Buffer.alloc(7_000_000, " "));
    const before = process.memoryUsage().arrayBuffers;
    for (let times = 0; times < 20; times += 1) {
      const walk = new BatchWalk(large, 0);
      const found = walk.take();
      strictEqual(found !== null && "value" in found ? found.value?.length : null, 7_000_000);
      walk.free();
      const moreMiB = (process.memoryUsage().arrayBuffers - before) / 1024 ** 2;
      ok(moreMiB < 12, `after ${times + 1}: ${moreMiB} MiB more`);
    }
  });

  test(`${codec}: a small batch keeps no more memory than twice its size`, () => {
    const [record] = readAll(packedBy(codec, Buffer.alloc(70_000, " ")), 0);
    ok((record?.value?.buffer.byteLength ?? Infinity) <= 2 * 70_100);
  });

  test(`${codec}: a bomb takes no more memory than the bound`, () => {
    const bomb = packedBy(codec, Buffer.alloc(codec === "snappy" ? 60_000_000 : 200_000_000, " "));
    const before = process.memoryUsage();
    for (let times = 0; times < 20; times += 1)
      strictEqual(unpackWhole(bomb, unpackedBytesMax), null);
    const { rss } = process.memoryUsage();
    ok(rss - before.rss < 100 * 1024 * 1024, `${(rss - before.rss) / 1e6} MB more`);
  });
}

const noBytes = Buffer.alloc(0);

function unpackWhole(batch: Buffer, bytesMax: number): Buffer | null {
  const kind = batch.readInt16BE(batchLayout.attributes) & 7;
  return unpack(kind, batch.subarray(batchLayout.records), bytesMax);
}
