import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Fifo, NewestMap } from "../../src/services/fifo.ts";

test("first in is first out, however many came and left", () => {
  const fifo = new Fifo<number>();
  equal(fifo.shift(), undefined);
  for (let each = 0; each < 10_000; each += 1) {
    fifo.push(each);
    if (each >= 100) equal(fifo.shift(), each - 100);
    equal(fifo.size, Math.min(each + 1, 100));
  }
});

test("a map of the newest keys keeps so many, each as old as when it came first", () => {
  const map = new NewestMap<string, number>(3);
  for (const [value, key] of ["a", "b", "c", "a", "d"].entries()) map.set(key, value);
  deepEqual(
    ["a", "b", "c", "d"].map((key) => map.get(key)),
    [undefined, 1, 2, 4],
  );
  deepEqual([map.size, map.has("a"), map.has("d")], [3, false, true]);
});

test("letting go of the oldest key costs the same after many have left", () => {
  const map = new NewestMap<number, true>(100_000);
  const usOf = (from: number): number => {
    const before = process.threadCpuUsage();
    for (let key = from; key < from + 100_000; key += 1) map.set(key, true);
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 100_000;
  };
  const each = Array.from({ length: 6 }, (_, turn) => usOf(turn * 100_000));
  // A Map that is asked for its oldest key needs 30 to 200 us for each from the second turn on.
  ok(
    each.every((us) => us < 15),
    each.map((us) => us.toFixed(2)).join(" us, "),
  );
});
