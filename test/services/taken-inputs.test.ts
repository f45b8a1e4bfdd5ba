import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { isAtDoor } from "../../src/domain/facts/origin.ts";
import { localTerms } from "../../src/domain/facts/terms.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { Stop } from "../../src/services/stop.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { newTakenReading, readTaken } from "../../src/services/taken-inputs.ts";
import { answer, atDoor, buy, newSource, play } from "../given.ts";
import { clusterOf, logOf } from "../postgres/market-log.ts";
import { openSnapshotMarket, recordedSteps } from "./snapshot-market.ts";

const never = new AbortController().signal;
const report = (): void => {};

/**
 * Orders of two partitions of a source, one that is refused, one at a door, and an answer that
 * is kept.
 */
function logOfInputs() {
  const source = (partition: number, offset: number) =>
    newSource({ topicId: "orders", partition, offset });
  const commands = [
    buy("a", 1, 500, { source: source(0, 3) }),
    buy("b", 0, 500, { source: source(0, 7) }),
    buy("c", 1, 500, { source: source(1, 2) }),
    buy("d", 1, 500, { source: atDoor() }),
    answer("CONFIRM", "unknown", { source: newSource({ topicId: "answers", offset: 9 }) }),
  ];
  return logOf(new Random(3), play(commands, localTerms).steps);
}

test("what the log has taken of a source is its last record of each partition, whatever came of it", async () => {
  const log = openMemoryLog(clusterOf(logOfInputs()), "intake");
  const taken = await readTaken({ log, shards: 1, report }, never);
  deepEqual([taken("orders", 0), taken("orders", 1), taken("answers", 0)], [7, 2, 9]);
  deepEqual([taken("orders", 2), taken("made anew", 0)], [undefined, undefined]);
});

test("of a log that is not whole nothing is said: it stops", async () => {
  const cluster = clusterOf(logOfInputs());
  cluster
    .partition(eventsTopic, 0)
    .append([{ key: Buffer.from("sauda"), value: Buffer.from("x") }], 0);
  const log = openMemoryLog(cluster, "intake");
  await rejects(readTaken({ log, shards: 1, report }, never), Stop);
});

test("it is read from the newest snapshot on, and once for all sources that ask meanwhile", async () => {
  const steps = recordedSteps();
  const market = await openSnapshotMarket(steps);
  await market.write(150);
  const { offset } = await market.take();
  await market.write(50);
  const begunAt: number[] = [];
  const log: MarketLog = {
    ...market.log,
    reader(topic, partition, from) {
      if (topic === eventsTopic) begunAt.push(from);
      return market.log.reader(topic, partition, from);
    },
  };
  const last = new Map<string, number>();
  for (const { events } of steps.slice(0, 200))
    for (const event of events) {
      if (!("source" in event) || event.source === null || isAtDoor(event.source)) continue;
      const { topicId, partition, offset: taken } = event.source;
      const place = `${topicId}/${partition}`;
      last.set(place, Math.max(last.get(place) ?? -1, taken));
    }
  ok(last.size > 0);
  const read = newTakenReading({ log, shards: 1, report }, never);
  const [taken, sameTaken] = await Promise.all([read(), read()]);
  equal(taken, sameTaken);
  const found = [...last.keys()].map((place) => {
    const [topicId = "", partition] = place.split("/");
    return taken(topicId, Number(partition));
  });
  deepEqual(found, [...last.values()]);
  ok(Math.min(...begunAt) > offset - 10, `the log was read from ${begunAt.join(", ")}`);
  const once = begunAt.length;
  await read();
  equal(begunAt.length, 2 * once);
});
