import { createHash } from "node:crypto";
import { describeMarket, evolveStep, initialMarket } from "../../src/domain/market.ts";
import { noFaults } from "../../src/memory/faults.ts";
import { openMemoryCluster, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { readLogRecord } from "../../src/protocol/log/log-record.ts";
import { stepText } from "../../src/protocol/log/order-record.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import { realClock, type Clock } from "../../src/services/clock.ts";
import { runExchange } from "../../src/services/exchange.ts";
import { foldRecord, newLogFold } from "../../src/services/log-fold.ts";
import type { LogRecord, MarketLog } from "../../src/services/log.ts";
import { takeSnapshot } from "../../src/services/snapshots/take-snapshot.ts";
import { openAll } from "../services/snapshot-market.ts";
import type { Recording } from "./recordings.ts";

/** How the commands are decided in a round. */
type Round = {
  /** So many records come with one read at most: of commands, and so steps in a batch. */
  readonly sliceMax: number;
  /**
   * After how many steps of its own a writer ends; the next goes on from a snapshot that was taken
   * then.
   */
  readonly endsAfter: number;
};

/** What a round came to. `digest`: SHA-256 of every step's bytes, and then of the whole market. */
export type Decided = {
  readonly digest: string;
  readonly steps: number;
  readonly records: number;
  readonly claims: number;
  /** How many of the writers went on from a snapshot. */
  readonly restored: number;
  /** The kinds of events. */
  readonly events: ReadonlySet<string>;
};

/** What is decided, on which log in memory, by whose chances; `written` by all writers so far. */
type Deciding = {
  readonly recording: Recording;
  readonly cluster: MemoryCluster;
  /** Shows the moment that `readAt` was told last. */
  readonly clock: Clock;
  readonly readAt: (atMs: number) => void;
  readonly random: Random;
  readonly written: { steps: number; writers: number; restored: number };
};

/**
 * Decides the commands by the exchange itself on a log in memory, then folds what it wrote. Time is
 * as recorded: a writer's clock shows the moment of the command that it read last.
 */
export async function decideAgain(
  recording: Recording,
  { sliceMax, endsAfter }: Round,
): Promise<Decided> {
  const { commands } = recording;
  const recorded = { atMs: commands[0]?.atMs ?? 0 };
  const clock: Clock = { ...realClock, nowMs: () => recorded.atMs };
  const faults = { ...noFaults, sliceMax: () => sliceMax };
  const cluster = openMemoryCluster(1, { clock, faults });
  const partition = cluster.partition(commandsTopic, 0);
  for (const command of commands) partition.append([command], command.atMs);
  const random = new Random(sliceMax);
  const written = { steps: 0, writers: 0, restored: 0 };
  const readAt = (atMs: number): void => void (recorded.atMs = atMs);
  const deciding = { recording, cluster, clock, readAt, random, written };
  while (!isAllDecided(cluster, commands.length)) {
    await runWriter(deciding, endsAfter);
    await snapshot(deciding);
  }
  return foldAll(deciding);
}

/** Whether the log's last step is the whole of the last command. */
function isAllDecided(cluster: MemoryCluster, commands: number): boolean {
  const events = cluster.partition(eventsTopic, 0);
  const [last] = events.slice(Math.max(0, events.end - 1), 1);
  const read = readLogRecord(last?.key ?? null, last?.value ?? null);
  if (!read.ok || read.value?.type !== "Steps") return false;
  const step = read.value.steps.at(-1);
  return step?.cause.offset === commands - 1 && step.last;
}

/** One writer, until it has written so many steps or somewhat more, or all is decided. */
async function runWriter(
  { recording, cluster, clock, readAt, random, written }: Deciding,
  asked: number,
): Promise<void> {
  const log = showingTimes(openMemoryLog(cluster, "exchange"), readAt);
  const commands = recording.commands.length;
  const ended = new AbortController();
  let done = 0;
  const endsAfter = recording.firstWriters[written.writers] ?? asked;
  written.writers += 1;
  const group = await log.join("exchange", [commandsTopic], "each");
  try {
    await runExchange(
      {
        log,
        group,
        shard: 0,
        shards: 1,
        terms: recording.terms,
        termsDigest: "test",
        clock,
        randomHex: (bytes) => random.hex(bytes),
        owner: "test",
        report: (report) => {
          if (report.type === "doubt") throw new Error(report.why);
          if (report.type === "restored") written.restored += 1;
          if (report.type === "claimed" && endsAfter === 0) ended.abort();
        },
        onSteps: (count) => {
          done += count;
          written.steps += count;
          // Asked only where it may be so: to read what is written again would be half the work.
          const isEnd = written.steps >= commands && isAllDecided(cluster, commands);
          if (done >= endsAfter || isEnd) ended.abort();
        },
      },
      ended.signal,
    );
  } finally {
    await group.close();
    await log.close();
  }
}

/**
 * The log to a writer whose clock is set by what it reads, and that sends no ticks: they are
 * recorded too. What the broker's clock says with an append is of no use to it.
 */
function showingTimes(log: MarketLog<string>, readAt: (atMs: number) => void): MarketLog<string> {
  return {
    ...log,
    async reader(topic, partition, from) {
      const reader = await log.reader(topic, partition, from);
      if (topic !== commandsTopic) return reader;
      return {
        ...reader,
        async read(waitMs) {
          const { records, end } = await reader.read(waitMs);
          return { records: records.map((record) => showingTime(record, readAt)), end };
        },
      };
    },
    async appender(topic, partition) {
      const appender = await log.appender(topic, partition);
      return {
        ...appender,
        async append(records) {
          if (topic === commandsTopic)
            return { type: "refused", retriable: true, why: "ticks are recorded" };
          const result = await appender.append(records);
          return result.type === "at" ? { ...result, appendedAtMs: null } : result;
        },
      };
    },
  };
}

/** Whoever reads a command's bytes decides it next. */
function showingTime(record: LogRecord, readAt: (atMs: number) => void): LogRecord {
  return {
    ...record,
    get value() {
      readAt(record.timestampMs);
      return record.value;
    },
  };
}

/** Taken by a follower that goes on from the one before; the next writer starts from it. */
async function snapshot({ cluster, clock, random }: Deciding): Promise<void> {
  const log = openMemoryLog(cluster, "standby");
  const { followed } = await openAll(log);
  const randomHex = (bytes: number): string => random.hex(bytes);
  await takeSnapshot({ log, shard: 0, clock, randomHex }, followed, new AbortController().signal);
  await log.close();
}

async function foldAll({ cluster, written }: Deciding): Promise<Decided> {
  const { end } = cluster.partition(eventsTopic, 0).bounds;
  const log = openMemoryLog(cluster, "follower");
  const reader = await log.reader(eventsTopic, 0, 0);
  const [fold, market, sum] = [newLogFold(), initialMarket(), createHash("sha256")];
  const events = new Set<string>();
  while (fold.offset < end)
    for (const record of (await reader.read(0)).records) {
      const verdict = foldRecord(fold, record);
      if (verdict.type === "stop") throw new Error(verdict.why);
      if (verdict.type !== "steps") continue;
      for (const [index, step] of verdict.steps.entries()) {
        sum.update(stepText(step)).update("\n");
        evolveStep(market, step, verdict.seq + index);
        for (const { type } of step.events) events.add(type);
      }
    }
  await reader.close();
  const described = describeMarket(market);
  const { followed } = await openAll(log);
  if (describeMarket(followed.view.market) !== described)
    throw new Error("who starts from the newest snapshot knows another market");
  await log.close();
  const digest = sum.update(described).digest("hex");
  const { restored } = written;
  return { digest, steps: fold.seq, records: end, claims: fold.epoch, restored, events };
}
