import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { crc32c, createRecordsBatch } from "@platformatic/kafka";
import { BatchWalk, type WalkedBatch, type WalkedRecord } from "../../src/kafka/batch-walk.ts";
import { unpackLz4 } from "../../src/kafka/lz4.ts";
import { freeUnpacked } from "../../src/kafka/unpack.ts";
import { batchLayout as at } from "../../src/kafka/record-batch.ts";
import { unpackedBytesMax } from "../../src/protocol/carriage.ts";
import { unpackable } from "../../src/protocol/unreadable.ts";

// Kafka's brokers let through what Java's readers take: bytes behind the end of a gzip member, a
// wrong checksum in LZ4. No such batch may stop its source for ever, or cost memory.

const values = ["one", "two", "three"].map((text) => Buffer.from(text));

/**
 * The batch with other packed records, as a sender with a right checksum would have made it, at
 * an offset.
 */
function withPacked(batch: Buffer, packed: Buffer, offset: number): Buffer<ArrayBuffer> {
  const made = Buffer.concat([batch.subarray(0, at.records), packed]);
  made.writeBigInt64BE(BigInt(offset));
  made.writeInt32BE(made.length - at.leaderEpoch, at.length);
  made.writeUInt32BE(crc32c(made.subarray(at.attributes)), at.crc);
  return made;
}

function batchOf(compression: "none" | "gzip" | "lz4" | "snappy" | "zstd"): Buffer {
  return createRecordsBatch(
    values.map((value) => ({ topic: "", value })),
    { compression },
  ).buffer;
}

function takeAll(bytes: Buffer, from: number): (WalkedRecord | WalkedBatch)[] {
  const walk = new BatchWalk(bytes, from);
  const taken: (WalkedRecord | WalkedBatch)[] = [];
  for (let next = walk.take(); next !== null; next = walk.take()) taken.push(next);
  return taken;
}

const textOf = (each: WalkedRecord | WalkedBatch): string =>
  "packed" in each
    ? `packed ${each.packed.firstOffset}-${each.packed.lastOffset}`
    : `${each.offset} ${String(each.value)}`;

for (const codec of ["gzip", "lz4", "snappy", "zstd"] as const) {
  test(`${codec}: a batch that is not packed as it says is left packed, and the next one is read`, () => {
    const batch = batchOf(codec);
    const packed = batch.subarray(at.records);
    const broken = withPacked(batch, packed.subarray(0, packed.length - 7), 10);
    const taken = takeAll(Buffer.concat([broken, withPacked(batch, packed, 13)]), 11);
    deepStrictEqual(taken.map(textOf), ["packed 11-12", "13 one", "14 two", "15 three"]);
  });
}

test("bytes behind a gzip member that begin as another one: one dead letter that says why", () => {
  const batch = batchOf("gzip");
  const more = Buffer.concat([batch.subarray(at.records), Buffer.from([0x1f, 0x8b])]);
  const [left, ...others] = takeAll(withPacked(batch, more, 4), 0);
  deepStrictEqual(others, []);
  ok(left !== undefined && "packed" in left);
  const { fault, ...cut } = left.packed;
  match(String(fault), /not packed as it says/);
  const source = { topicId: "t", topic: "buy-orders", partition: 0, offset: 6, timestampMs: 0 };
  const letter = unpackable(cut, fault, source);
  strictEqual(letter.reason, "NOT_UNPACKED");
  match(letter.detail, /3 records from offset 4 on.*end of file.*another client/);
});

test("records that go on past the end of what was unpacked are left packed from there on", () => {
  const batch = batchOf("none");
  const short = withPacked(batch, batch.subarray(at.records, batch.length - 2), 20);
  deepStrictEqual(takeAll(short, 0).map(textOf), ["20 one", "21 two", "packed 22-22"]);
  deepStrictEqual(takeAll(short, 22).map(textOf), ["packed 22-22"]);
});

/**
 * A frame of LZ4: the header as Java writes it, blocks of at most 64 KiB of literals, the
 * checksum last.
 */
function frameOf(flags: number, blocks: readonly Buffer[], tail: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x04, 0x22, 0x4d, 0x18, flags, 0x40, 0])];
  for (const block of blocks) {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(block.length);
    parts.push(head, block);
  }
  return Buffer.concat([...parts, Buffer.alloc(4), tail]);
}

test("LZ4 with a wrong checksum of its content is read as Java reads it, without a byte of memory kept", () => {
  // One literal, then a match one byte back, 255 bytes of it for each byte of its length.
  const runs = Buffer.alloc(32_800, 255);
  const block = Buffer.concat([Buffer.from([0x1f, 0x20, 1, 0]), runs, Buffer.from([0])]);
  const frame = frameOf(0b0110_0100, [block], Buffer.from("nope"));
  const before = process.memoryUsage().rss;
  for (let times = 0; times < 100; times += 1) {
    const all = unpackLz4(frame, unpackedBytesMax);
    strictEqual(all?.length, 1 + 15 + 4 + 32_800 * 255);
    strictEqual(all.at(-1), 0x20);
    freeUnpacked(all);
  }
  const moreMb = (process.memoryUsage().rss - before) / 1e6;
  ok(moreMb < 200, `${moreMb} MB more`);
});

test("LZ4: a match before the beginning, and a block or a frame that is cut off, are refused", () => {
  const refused = [
    [frameOf(0x60, [Buffer.from([0x1f, 0x20, 2, 0, 0])], Buffer.alloc(0)), /match/],
    [frameOf(0x60, [Buffer.from([0x50, 0x20])], Buffer.alloc(0)), /cut off/],
    [frameOf(0x60, [], Buffer.alloc(0)).subarray(0, 9), /without its end/],
    [Buffer.from("what"), /not a frame/],
  ] as const;
  for (const [frame, why] of refused) throws(() => unpackLz4(frame, unpackedBytesMax), why);
});
