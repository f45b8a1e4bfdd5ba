import assert from "node:assert/strict";
import { setTimeout as realSleep } from "node:timers/promises";
import { test } from "node:test";
import { Random } from "../../src/memory/random.ts";
import { VirtualClock } from "../../src/memory/virtual-clock.ts";
import { withoutRealTime } from "./real-time.ts";

/** The order in which sleepers of a clock wake, by name. */
async function order(seed: number, sleeps: readonly (readonly [string, number])[]) {
  const clock = new VirtualClock(new Random(seed), 1000);
  const woken: string[] = [];
  for (const [name, ms] of sleeps)
    void clock.sleep(ms).then(() => woken.push(`${name}@${clock.nowMs()}`));
  await clock.run(() => false, 10_000);
  return woken;
}

test("sleepers wake in the order of time, and the clock stands where they wake", async () => {
  const woken = await order(1, [
    ["c", 30],
    ["a", 10],
    ["d", 31],
    ["b", 20],
  ]);
  assert.deepEqual(woken, ["a@1010", "b@1020", "c@1030", "d@1031"]);
});

test("chance decides between sleepers of one moment, the same chance for the same seed", async () => {
  const names = ["a", "b", "c", "d", "e"];
  const sleeps = names.map((name) => [name, 5] as const);
  const seen = new Set<string>();
  for (let seed = 1; seed <= 20; seed += 1) {
    const woken = await order(seed, sleeps);
    assert.deepEqual(woken, await order(seed, sleeps));
    assert.equal(woken.length, names.length);
    seen.add(woken.join());
  }
  assert.ok(seen.size > 10, `${seen.size} orders in 20 seeds`);
});

test("everything that a waking sleeper sets off is done before the next one wakes", async () => {
  const clock = new VirtualClock(new Random(1), 0);
  const done: string[] = [];
  async function chain(name: string): Promise<void> {
    await clock.sleep(1);
    for (let step = 0; step < 1000; step += 1) await Promise.resolve();
    await new Promise((resolve) => process.nextTick(resolve));
    done.push(`${name} ends`);
  }
  void chain("one");
  void chain("two");
  void clock.sleep(2).then(() => done.push("later"));
  await clock.run(() => false, 10);
  assert.deepEqual(done.toSorted().slice(-2), ["one ends", "two ends"]);
  assert.equal(done.at(-1), "later");
});

test("a sleep ends at once when its signal is aborted, and leaves no time behind", async () => {
  const clock = new VirtualClock(new Random(1), 0);
  const ended = new AbortController();
  const sleep = clock.sleep(5000, ended.signal).then(() => clock.nowMs());
  void clock.sleep(7).then(() => ended.abort());
  await clock.run(() => false, 100);
  assert.equal(await sleep, 7);
  assert.equal(clock.fired, 1);
  await clock.sleep(5000, ended.signal);
});

test("a simulation has no real time and no chance of its own", async () => {
  const chances = (): Promise<number[]> =>
    withoutRealTime(
      new Random(7),
      () => {},
      () => Promise.resolve([Math.random(), Math.random()]),
    );
  assert.deepEqual(await chances(), await chances());
  const reach = (work: () => unknown): Promise<unknown> =>
    withoutRealTime(
      new Random(7),
      () => {},
      async () => work(),
    );
  await assert.rejects(
    reach(() => Date.now()),
    /Date.now in a simulation/,
  );
  await assert.rejects(
    reach(() => setTimeout(() => {}, 1)),
    /setTimeout in a simulation/,
  );
  const ended = new AbortController();
  await assert.rejects(
    reach(() => void realSleep(1000, undefined, ended).catch(() => {})),
    /a real timer was started/,
  );
  ended.abort();
});

test("a rejection nobody waits for is reported, and does not end the test's process", async () => {
  const reasons: unknown[] = [];
  await withoutRealTime(
    new Random(1),
    (reason) => reasons.push(reason),
    async () => {
      void Promise.reject(new Error("lost"));
      await new Promise((resolve) => setImmediate(resolve));
    },
  );
  assert.match(String(reasons), /lost/);
});
