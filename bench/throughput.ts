import { encodeCommand } from "../src/protocol/log/command-record.ts";
import { logKey } from "../src/protocol/log/log-record.ts";
import { commandsTopic, eventsTopic } from "../src/protocol/topics.ts";
import { localTerms } from "../src/domain/facts/terms.ts";
import type { KafkaLog } from "../src/kafka/kafka-log.ts";
import { realClock } from "../src/services/clock.ts";
import { runExchange } from "../src/services/exchange.ts";
import type { OutRecord } from "../src/services/log.ts";
import { makeOrders } from "./orders.ts";

/** One round: orders per second of the market and of the copy loop, on the same bytes. */
type ThroughputRound = { readonly market: number; readonly copy: number };

const batchRecords = 2000;

/**
 * Fills `sauda.commands` with `count` orders, lets the real exchange decide them, and then lets a
 * plain loop read the same commands and write the same bytes again, record by record as the
 * exchange wrote them, with one request in flight. The market is made anew for each round.
 */
export async function measureThroughput(log: KafkaLog, count: number): Promise<ThroughputRound> {
  await log.deleteMarket(["sauda-bench"]);
  await log.createTopics(1);
  await fill(log, count);
  const market = await timeMarket(log, count);
  const copy = await timeCopy(log, count);
  return { market, copy };
}

/** Appends so many orders to `sauda.commands`. */
export async function fill(log: KafkaLog, count: number): Promise<void> {
  await log.bounds(commandsTopic, 0); // a topic just made is led by nobody for a moment
  const appender = await log.appender(commandsTopic, 0);
  const records = makeOrders(count).map((order) => ({ key: logKey, value: encodeCommand(order) }));
  for (let from = 0; from < count; from += batchRecords) {
    await append(appender, records.slice(from, from + batchRecords));
  }
  await appender.close();
}

async function append(
  appender: Awaited<ReturnType<KafkaLog["appender"]>>,
  records: readonly OutRecord[],
): Promise<void> {
  const result = await appender.append(records);
  if (result.type !== "at") throw new Error(`append ${result.type}: ${result.why}`);
}

/** From the claim to the acknowledgement of the last step. */
async function timeMarket(log: KafkaLog, count: number): Promise<number> {
  const group = await log.join("sauda-bench", [commandsTopic], "each");
  const ended = new AbortController();
  while (!group.has(commandsTopic, 0)) await group.changed(ended.signal);
  let startedAtMs = 0;
  let steps = 0;
  const { promise: decided, resolve } = Promise.withResolvers<void>();
  const running = runExchange(
    {
      log,
      group,
      shard: 0,
      shards: 1,
      terms: localTerms,
      termsDigest: "bench",
      clock: realClock,
      randomHex: (bytes) => "ab".repeat(bytes),
      owner: "bench",
      report: (report) => {
        if (report.type === "claimed") startedAtMs = performance.now();
        else throw new Error(JSON.stringify(report));
      },
      onSteps: (done) => {
        steps += done;
        if (steps >= count) resolve();
      },
    },
    ended.signal,
  );
  await Promise.race([decided, running]);
  const seconds = (performance.now() - startedAtMs) / 1000;
  ended.abort();
  await running;
  await group.close();
  return count / seconds;
}

/** The same reads and the same writes, with nothing decided in between. */
async function timeCopy(log: KafkaLog, count: number): Promise<number> {
  const written = await readAll(log, eventsTopic);
  // Behind the market's own: no other topic takes records as large, and nobody reads on.
  const out = await log.appender(eventsTopic, 0);
  const commands = await log.reader(commandsTopic, 0, 0);
  const startedAtMs = performance.now();
  let read = 0;
  let sent = 0;
  let sending: Promise<void> = Promise.resolve();
  while (read < count) {
    const { records } = await commands.read(500);
    read += records.length;
    while (sent < Math.floor((written.length * read) / count)) {
      const value = written[sent];
      sent += 1;
      await sending;
      if (value !== undefined) sending = append(out, [{ key: logKey, value }]);
    }
  }
  await sending;
  const seconds = (performance.now() - startedAtMs) / 1000;
  await Promise.all([out.close(), commands.close()]);
  return count / seconds;
}

async function readAll(log: KafkaLog, topic: string): Promise<Buffer[]> {
  const { end } = await log.bounds(topic, 0);
  const reader = await log.reader(topic, 0, 0);
  const values: Buffer[] = [];
  for (let next = 0; next < end;) {
    for (const { value, offset } of (await reader.read(500)).records) {
      if (value !== null) values.push(Buffer.from(value));
      next = offset + 1;
    }
  }
  await reader.close();
  return values;
}
