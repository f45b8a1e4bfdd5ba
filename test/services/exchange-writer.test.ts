import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { expiriesMax } from "../../src/domain/decide/tick/expiring.ts";
import { localTerms } from "../../src/domain/facts/terms.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import { realClock, type Clock } from "../../src/services/clock.ts";
import { runExchange } from "../../src/services/exchange.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import { answer } from "../given.ts";
import { logText } from "../steps-record.ts";

/** Moves every two seconds only, so that thousands of answers expire at one moment. */
const coarseClock: Clock = {
  ...realClock,
  nowMs: () => Math.floor(Date.now() / 2_000) * 2_000,
};

test("R11: what is more than one tick does is done by the next ones at once", async () => {
  const cluster = openMemoryCluster(1);
  const count = 3 * expiriesMax;
  const records = Array.from({ length: count }, (_, n) => ({
    key: logKey,
    value: encodeCommand(answer("CONFIRM", `o${n}`)),
  }));
  cluster.partition(commandsTopic, 0).append(records, Date.now());
  const ended = new AbortController();
  const log = openMemoryLog(cluster, "exchange");
  const terms = { ...localTerms, answerWindowMs: 1 };
  const group = await log.join("exchange", [commandsTopic], "each");
  const running = runExchange(
    {
      log,
      group,
      shard: 0,
      shards: 1,
      terms,
      termsDigest: "test",
      clock: coarseClock,
      randomHex: (bytes) => "ab".repeat(bytes),
      owner: "test",
      report: () => {},
      onSteps: () => {},
    },
    ended.signal,
  );
  const startedAtMs = Date.now();
  const letters = await untilDead(log, count);
  ended.abort();
  await running;
  await group.close();
  await log.close();
  equal(letters, count);
  // A tick that is taken for lost is sent again after five seconds.
  const tookMs = Date.now() - startedAtMs;
  ok(tookMs < 5_000, `${tookMs} ms`);
});

async function untilDead(log: ReturnType<typeof openMemoryLog>, count: number): Promise<number> {
  const reader = await log.reader(eventsTopic, 0, 0);
  let dead = 0;
  while (dead < count)
    for (const { value } of (await reader.read(100)).records)
      dead += logText(value).split("DeadLettered").length - 1;
  await reader.close();
  return dead;
}
