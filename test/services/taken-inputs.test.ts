import { deepEqual, rejects } from "node:assert/strict";
import { test } from "node:test";
import { localTerms } from "../../src/domain/facts/terms.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { Stop } from "../../src/services/stop.ts";
import { readTaken } from "../../src/services/taken-inputs.ts";
import { answer, atDoor, buy, newSource, play } from "../given.ts";
import { clusterOf, logOf } from "../postgres/market-log.ts";

const never = new AbortController().signal;

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
  const taken = await readTaken(log, 1, never);
  deepEqual([taken("orders", 0), taken("orders", 1), taken("answers", 0)], [7, 2, 9]);
  deepEqual([taken("orders", 2), taken("made anew", 0)], [undefined, undefined]);
});

test("of a log that is not whole nothing is said: it stops", async () => {
  const cluster = clusterOf(logOfInputs());
  cluster
    .partition(eventsTopic, 0)
    .append([{ key: Buffer.from("sauda"), value: Buffer.from("x") }], 0);
  await rejects(readTaken(openMemoryLog(cluster, "intake"), 1, never), Stop);
});
