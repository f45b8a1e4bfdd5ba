import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readTerms } from "../../src/cli/market-terms.ts";
import { runService, serviceNames, workingReport } from "../../src/cli/run-service.ts";
import type { ServiceName } from "../../src/cli/run-service.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import type { MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { commandsTopic, eventsTopic, topicSpecs } from "../../src/protocol/topics.ts";
import { Stop } from "../../src/services/stop.ts";

const participants = join(import.meta.dirname, "..", "..", "participants.json");
const internal = topicSpecs.find(({ name }) => name === eventsTopic)?.config ?? {};

/** Runs the service until it reports `until`, by default that it works; then ends it. Rejects with what it threw. */
async function start(
  cluster: MemoryCluster,
  name: ServiceName,
  { mode, until = workingReport[name] }: { mode?: "strict"; until?: string } = {},
): Promise<void> {
  const terms = await readTerms(participants, mode);
  const log = openMemoryLog(cluster, name);
  const ended = new AbortController();
  const report = ({ type }: { type: string }): void => {
    if (type === until) ended.abort();
  };
  await runService(name, { ...terms, log, report }, ended.signal);
}

function stopsWith(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Stop, String(error));
    assert.match(error.message, pattern);
    return true;
  };
}

const wrong: readonly [string, (cluster: MemoryCluster) => void, RegExp][] = [
  [
    "two partitions",
    (cluster) => cluster.createTopic(eventsTopic, 2, internal),
    /sauda\.events.*2/,
  ],
  [
    "compacted",
    (cluster) => cluster.createTopic(eventsTopic, 1, { ...internal, "cleanup.policy": "compact" }),
    /sauda\.events.*cleanup\.policy.*compact/,
  ],
  [
    "seven days",
    (cluster) =>
      cluster.createTopic(commandsTopic, 1, { ...internal, "retention.ms": "604800000" }),
    /sauda\.commands.*retention\.ms.*604800000/,
  ],
];

for (const [what, spoil, says] of wrong) {
  for (const name of serviceNames) {
    test(`R1: ${name} stops at a log with ${what}, and names it`, async () => {
      const cluster = openMemoryCluster(1);
      spoil(cluster);
      await assert.rejects(start(cluster, name), stopsWith(says));
    });
  }
}

test("R2: an exchange with other terms than the log's stops and names the difference", async () => {
  const cluster = openMemoryCluster(1);
  await start(cluster, "exchange");
  await assert.rejects(
    start(cluster, "exchange", { mode: "strict" }),
    stopsWith(/made otherwise: termsDigest/),
  );
});

test("R1: an exchange stops where the commands were made anew under the log", async () => {
  const cluster = openMemoryCluster(1);
  await start(cluster, "exchange");
  cluster.createTopic(commandsTopic, 1, internal);
  await assert.rejects(start(cluster, "exchange"), stopsWith(/made otherwise: commandsTopicId/));
});
