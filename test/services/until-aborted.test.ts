import { equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { eventsTopic, sourceTopics } from "../../src/protocol/topics.ts";
import { runBooks } from "../../src/services/books.ts";
import { realClock } from "../../src/services/clock.ts";
import { runIntake } from "../../src/services/intake.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { runPublisher } from "../../src/services/publisher.ts";
import { firstToAbort, unlessAborted } from "../../src/services/until-aborted.ts";
import { inTime } from "../acceptance/market-process.ts";
import { clusterOf, makeMarketLog } from "../postgres/market-log.ts";
import { everything } from "../postgres/everything.ts";
import { NaiveBooks } from "./naive-books.ts";

/** The log, whose reads never end once there is nothing more; `onWait` is told of each. */
function endless(log: MarketLog, onWait: () => void): MarketLog {
  const unlessEmpty = <Slice>(slice: Slice, isEmpty: boolean): Promise<Slice> | Slice => {
    if (!isEmpty) return slice;
    onWait();
    return new Promise<Slice>(() => {});
  };
  return {
    ...log,
    async reader(...args) {
      const reader = await log.reader(...args);
      const read = async (waitMs: number) => {
        const slice = await reader.read(waitMs);
        return unlessEmpty(slice, slice.records.length === 0);
      };
      return { ...reader, read };
    },
    async sourceReader(...args) {
      const reader = await log.sourceReader(...args);
      const read = async (waitMs: number) => {
        const slice = await reader.read(waitMs);
        return unlessEmpty(slice, slice.entries.length === 0);
      };
      return { ...reader, read };
    },
  };
}

/** Runs a service until a read of its own waits for ever, and ends it. */
async function endWhileItWaits(
  run: (log: MarketLog, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const waiting = Promise.withResolvers<void>();
  const own = openMemoryLog(clusterOf(makeMarketLog(5, 20).records), "idle");
  const ended = new AbortController();
  const running = run(endless(own, waiting.resolve), ended.signal);
  await inTime("a read that waits", Promise.race([waiting.promise, running]));
  ended.abort();
  await inTime("the service's end", running);
  await own.close();
}

const shared = { clock: realClock, report: () => {}, shard: 0 };

test("a publisher that waits for the log ends when it is told to, not when the read does", () =>
  endWhileItWaits(async (log, signal) => {
    const group = await log.join("sauda-publisher", [eventsTopic], "each");
    await runPublisher({ ...shared, log, group }, signal);
  }));

test("books that wait for the log end when they are told to, not when the read does", () =>
  endWhileItWaits(async (log, signal) => {
    const calm = { clock: realClock, random: new Random(1), isStormy: () => false };
    const store = new NaiveBooks().over(calm);
    await runBooks({ ...shared, log, store, group: everything }, signal);
  }));

test("an intake that waits for its sources ends when it is told to, not when the reads do", () =>
  endWhileItWaits(async (log, signal) => {
    const group = await log.join("sauda-intake", sourceTopics, "one");
    await runIntake({ ...shared, log, group, shards: 1 }, signal);
  }));

test("what the work brings or throws before the signal is handed on", async () => {
  const { signal } = new AbortController();
  equal(await unlessAborted(Promise.resolve(7), signal), 7);
  await rejects(unlessAborted(Promise.reject(new Error("broken")), signal), /broken/);
  equal(await unlessAborted(Promise.resolve(7), AbortSignal.abort()), null);
});

/** What this process no longer needs is collected now, and again after what that lets go. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  for (let again = 0; again < 3; again += 1) {
    (runInNewContext("gc") as () => void)();
    await sleep(10);
  }
}

test("a signal of several is aborted also when what aborted it was collected before anybody looked", async () => {
  const outer = new AbortController();
  const aborted = (): AbortSignal => {
    const inner = new AbortController();
    const first = firstToAbort([outer.signal, inner.signal]);
    inner.abort();
    return first;
  };
  const first = aborted();
  await collectGarbage();
  equal(first.aborted, true);
});

test("a timeout that nobody holds but a signal of several still ends it", async () => {
  const first = firstToAbort([new AbortController().signal, AbortSignal.timeout(100)]);
  await collectGarbage();
  await sleep(200);
  await collectGarbage();
  equal(first.aborted, true);
});
