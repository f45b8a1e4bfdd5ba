import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { measurePublished, measureStep, newMeasures } from "../../src/http/measures/measures.ts";
import { newMeters } from "../../src/http/measures/meters.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { realClock } from "../../src/services/clock.ts";
import { newGateway } from "../../src/services/gateway.ts";
import { buy, given, sell } from "../given.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import { timeMs } from "../../src/domain/facts/units.ts";
import { until } from "../acceptance/market-process.ts";

test("what became public is measured once, whichever is heard of first: the step or its publisher", async () => {
  const gateway = newGateway({
    log: openMemoryLog(openMemoryCluster(1), "gateway"),
    shards: 1,
    clock: realClock,
    report: () => {},
    pendingMax: 1,
    answerTimeoutMs: 1,
  });
  const ended = new AbortController();
  const running = gateway.run(ended.signal);
  await until("the gateway has caught up", () => gateway.isCaughtUp());
  const { events } = given([sell("s", 1, 500)]).when(buy("b", 1, 500));
  const measures = newMeasures(newMeters());
  const stepAt = (logOffset: number): void => {
    const cause = { offset: logOffset, digest: "" };
    const step: Step = { cause, part: 0, last: true, at: timeMs(5), events };
    const place = {
      shard: 0,
      seq: logOffset,
      commandOffset: logOffset,
      part: 0,
      logOffset,
      atMs: 5,
    };
    measureStep(measures, gateway, { step, changes: [], place, appendedAtMs: 5 });
  };
  const published = (next: number, timestampMs: number): void =>
    measurePublished(measures, { shard: 0, next, timestampMs });
  const measuredMs = (): readonly number[] => measures.eventToPublic.samplesMs;
  stepAt(1);
  deepEqual(measuredMs(), [], "nobody said that it is public");
  published(1, 7);
  deepEqual(measuredMs(), [], "up to it, without it");
  published(2, 9);
  deepEqual(measuredMs(), [4]);
  published(4, 15);
  published(5, 25);
  stepAt(3);
  deepEqual(measuredMs(), [4, 10], "by the first word that it is public, heard before the step");
  stepAt(4);
  deepEqual(measuredMs(), [4, 10, 20]);
  stepAt(5);
  deepEqual(measuredMs(), [4, 10, 20]);
  ended.abort();
  await running;
});
