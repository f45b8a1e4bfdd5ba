import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/memory/random.ts";
import { VirtualClock } from "../../src/memory/virtual-clock.ts";
import type { Failure } from "../../src/services/failures.ts";
import { keepRunning, runOnce, type Work } from "../../src/services/keep-running.ts";
import { Away } from "../../src/services/log-errors.ts";
import { Stop } from "../../src/services/stop.ts";

/**
 * One life: how long it works before it throws or, where it throws nothing, ends. `isWork`:
 * something was done.
 */
type Life = { readonly ms?: number; readonly throws?: unknown; readonly isWork?: boolean };
/** What became of some lives: when each began, what failures were told, and how the work ended. */
type Told = { readonly began: number[]; readonly failures: Failure[]; readonly end: unknown };

async function live(
  lives: readonly Life[],
  { run = keepRunning, ...parts }: Partial<Work<unknown>> & { run?: typeof keepRunning } = {},
): Promise<Told> {
  const clock = new VirtualClock(new Random(1), 0);
  const ended = new AbortController();
  const began: number[] = [];
  const failures: Failure[] = [];
  const work: Work<unknown> = {
    clock,
    backoff: { first: 100, most: 5000 },
    live: async (worked) => {
      const life = lives[began.length];
      began.push(clock.nowMs());
      await clock.sleep(life?.ms ?? 0, ended.signal);
      if (life === undefined) return ended.abort();
      if (life.isWork === true) worked();
      if (life.throws !== undefined) throw life.throws;
    },
    position: () => "here",
    onFailure: (failure) => void failures.push(failure),
    ...parts,
  };
  let end: unknown = "running";
  void run(work, ended.signal).then(
    () => (end = "over"),
    (error: unknown) => (end = error),
  );
  await clock.run(() => false, 100_000);
  return { began, failures, end };
}

const away: Life = { throws: new Away("the broker is away") };
const wrong: Life = { throws: new Error("it is wrong") };

test("a loop that fails begins anew after waits that double to the most", async () => {
  const { began, failures, end } = await live(Array.from({ length: 8 }, () => away));
  assert.deepEqual(began, [0, 100, 300, 700, 1500, 3100, 6300, 11300, 16300]);
  assert.deepEqual(
    failures.map(({ before, isStuck }) => [before, isStuck]),
    Array.from({ length: 8 }, (_, before) => [before, false]),
  );
  assert.equal(end, "over");
});

test("what is wrong is tried once more soon, then once a second at most", async () => {
  const { began, failures } = await live([wrong, wrong, wrong]);
  assert.deepEqual(began, [0, 100, 1100, 2100]);
  assert.deepEqual(
    failures.map(({ times, isStuck }) => [times, isStuck]),
    [
      [1, false],
      [2, false],
      [3, true],
    ],
  );
});

test("work that was done makes a loop forget the failures before", async () => {
  const { began, failures } = await live([away, away, { ...away, isWork: true }, wrong, wrong]);
  assert.deepEqual(began, [0, 100, 300, 400, 1400, 2400]);
  assert.deepEqual(
    failures.map(({ before }) => before),
    [0, 1, 0, 1, 2],
  );
});

test("a life that ends well is followed by the next one at once", async () => {
  const { began } = await live([{ ms: 7 }, { ms: 7 }, away, { ms: 7 }]);
  assert.deepEqual(began, [0, 7, 14, 114, 121]);
});

test("what only a person may decide ends a loop, as does what the hearer of failures throws", async () => {
  const stop = new Stop("the log is not whole");
  const stopped = await live([away, { throws: stop }, away]);
  assert.deepEqual([stopped.end, stopped.began.length], [stop, 2]);
  const enough = new Error("enough");
  const given = await live([away, away], {
    onFailure: ({ before }) => {
      if (before === 1) throw enough;
    },
  });
  assert.deepEqual([given.end, given.began.length], [enough, 2]);
});

test("a failure after the signal is nobody's, and nothing is waited for", async () => {
  const clock = new VirtualClock(new Random(1), 0);
  const ended = new AbortController();
  const told: unknown[] = [];
  const work: Work<unknown> = {
    clock,
    backoff: { first: 100, most: 5000 },
    live: async () => {
      ended.abort();
      throw new Error("cut off");
    },
    position: () => 0,
    onFailure: (failure) => void told.push(failure),
  };
  await keepRunning(work, ended.signal);
  assert.deepEqual([told, clock.nowMs()], [[], 0]);
});

test("who wants the work done once has it from the first life that does not fail", async () => {
  const { began, end } = await live([away, away, { ms: 1 }, away], {
    run: async (work, signal) => void (await runOnce(work, signal)),
  });
  assert.deepEqual([began, end], [[0, 100, 300], "over"]);
});
