import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keyedHash, type HashKey } from "../../src/domain/state/keyed-hash.ts";

/** The algorithm as its authors' reference tells it, on bytes, with any number of rounds. */
function halfSipHash([low, high]: HashKey, bytes: Buffer, before: number, after: number): number {
  const v = [low, high, 0x6c796765 ^ low, 0x74656462 ^ high].map((word) => word >>> 0);
  const [a, b, c, d] = [0, 1, 2, 3];
  const get = (at: number): number => v[at] ?? 0;
  const add = (to: number, what: number): void => void (v[to] = (get(to) + get(what)) >>> 0);
  const xor = (to: number, word: number): void => void (v[to] = (get(to) ^ word) >>> 0);
  const turn = (at: number, bits: number): void =>
    void (v[at] = ((get(at) << bits) | (get(at) >>> (32 - bits))) >>> 0);
  const mix = (one: number, other: number, bits: number): void => {
    add(one, other);
    turn(other, bits);
    xor(other, get(one));
  };
  const round = (): void => {
    mix(a, b, 5);
    turn(a, 16);
    mix(c, d, 8);
    mix(a, d, 7);
    mix(c, b, 13);
    turn(c, 16);
  };
  const rounds = (count: number): void => {
    for (let done = 0; done < count; done += 1) round();
  };
  const padded = Buffer.alloc(Math.floor(bytes.length / 4) * 4 + 4);
  bytes.copy(padded);
  padded[padded.length - 1] = bytes.length & 0xff;
  for (let at = 0; at < padded.length; at += 4) {
    const word = padded.readUInt32LE(at);
    xor(d, word);
    rounds(before);
    xor(a, word);
  }
  xor(c, 0xff);
  rounds(after);
  return (get(b) ^ get(d)) >>> 0;
}

test("the reading of the algorithm gives the first of its authors' test vectors", () => {
  const key: HashKey = [0x03020100, 0x07060504];
  const hash = Buffer.alloc(4);
  hash.writeUInt32LE(halfSipHash(key, Buffer.alloc(0), 2, 4));
  equal(hash.toString("hex"), "a9359f5b");
});

test("property: a text's hash is HalfSipHash-1-3 of its UTF-16 units, halves of pairs too", () => {
  const word = fc.integer({ min: 0, max: 0xffffffff });
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 150 }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  );
  fc.assert(
    fc.property(word, word, texts, (low, high, text) => {
      const wanted = halfSipHash([low, high], Buffer.from(text, "utf16le"), 1, 3);
      equal(keyedHash([low, high], text), wanted);
    }),
    { numRuns: 500 },
  );
});

test("texts chosen to share a bucket under one key are spread under another", () => {
  const bucketOf = (key: HashKey, text: string): number => keyedHash(key, text) >>> 24;
  const chosen: string[] = [];
  for (let n = 0; chosen.length < 500; n += 1)
    if (bucketOf([1, 2], `id-${n}`) === 0) chosen.push(`id-${n}`);
  const counts = new Map<number, number>();
  for (const text of chosen) {
    const bucket = bucketOf([3, 4], text);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  ok(Math.max(...counts.values()) < 12, `${Math.max(...counts.values())} of 500 in one of 256`);
});
