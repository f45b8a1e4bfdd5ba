import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { expiriesMax } from "../../src/domain/decide/tick/expiring.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import { localTerms } from "../../src/domain/facts/terms.ts";
import type { MarketTerms } from "../../src/domain/market.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { logKey, readLogRecord } from "../../src/protocol/log/log-record.ts";
import { realClock, type Clock } from "../../src/services/clock.ts";
import { runExchange } from "../../src/services/exchange.ts";
import type { Reader } from "../../src/services/log.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import { answer, buy } from "../given.ts";
import { logText } from "../steps-record.ts";

/** Moves every two seconds only, so that thousands of answers expire at one moment. */
const coarseClock: Clock = {
  ...realClock,
  nowMs: () => Math.floor(Date.now() / 2_000) * 2_000,
};

test("R11: what is more than one tick does is done by the next ones at once", async () => {
  const count = 3 * expiriesMax;
  const answers = Array.from({ length: count }, (_, n) => answer("CONFIRM", `o${n}`));
  const terms = { ...localTerms, answerWindowMs: 1 };
  const exchange = await decideAll(answers, terms, coarseClock);
  const startedAtMs = Date.now();
  const letters = await untilDead(exchange.events, count);
  await exchange.end();
  equal(letters, count);
  // A tick that is taken for lost is sent again after five seconds.
  const tookMs = Date.now() - startedAtMs;
  ok(tookMs < 5_000, `${tookMs} ms`);
});

test("a backlog is written in many records, so that the first who waited is told before the last is decided", async () => {
  const count = 5_000;
  const orders = Array.from({ length: count }, (_, n) => buy(`order-${n}`, 1, 100_00));
  const exchange = await decideAll(orders, localTerms, realClock);
  const sizes: number[] = [];
  for (let last = 0; last < count;) {
    for (const { value } of (await exchange.events.read(100)).records) {
      const record = readLogRecord(logKey, value);
      if (!record.ok || record.value?.type !== "Steps") continue;
      sizes.push(value?.length ?? 0);
      last = record.value.seq + record.value.steps.length - 1;
    }
  }
  await exchange.end();
  ok(Math.max(...sizes) <= 128 * 1024, `${sizes.join(", ")} bytes`);
  ok(sizes.length > 3, `${sizes.length} records`);
});

/** An exchange that finds these commands when it starts, and a reader of what it writes. */
async function decideAll(commands: readonly Command[], terms: MarketTerms, clock: Clock) {
  const cluster = openMemoryCluster(1);
  const records = commands.map((command) => ({ key: logKey, value: encodeCommand(command) }));
  cluster.partition(commandsTopic, 0).append(records, Date.now());
  const ended = new AbortController();
  const log = openMemoryLog(cluster, "exchange");
  const group = await log.join("exchange", [commandsTopic], "each");
  const running = runExchange(
    {
      log,
      group,
      shard: 0,
      shards: 1,
      terms,
      termsDigest: "test",
      clock,
      randomHex: (bytes) => "ab".repeat(bytes),
      owner: "test",
      report: () => {},
      onSteps: () => {},
    },
    ended.signal,
  );
  const events = await log.reader(eventsTopic, 0, 0);
  return {
    events,
    async end(): Promise<void> {
      ended.abort();
      await running;
      await events.close();
      await group.close();
      await log.close();
    },
  };
}

async function untilDead(events: Reader, count: number): Promise<number> {
  let dead = 0;
  while (dead < count)
    for (const { value } of (await events.read(100)).records)
      dead += logText(value).split("DeadLettered").length - 1;
  return dead;
}
