import { createHash } from "node:crypto";
import { makeOrders } from "../../bench/orders.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import { describeMarket, evolveStep, initialMarket, localTerms } from "../../src/domain/market.ts";
import { noFaults } from "../../src/memory/faults.ts";
import { openMemoryCluster, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { logKey, readLogRecord } from "../../src/protocol/log/log-record.ts";
import { stepText } from "../../src/protocol/log/order-record.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import { realClock, type Clock } from "../../src/services/clock.ts";
import { runExchange } from "../../src/services/exchange.ts";
import { foldRecord, newLogFold } from "../../src/services/log-fold.ts";
import type { OutRecord } from "../../src/services/log.ts";
import { takeSnapshot } from "../../src/services/snapshots/take-snapshot.ts";
import { openAll } from "../services/snapshot-market.ts";

/** A writer's clock that stands still: steps bear its time, so two rounds must have one. */
const stillClock: Clock = { ...realClock, nowMs: () => Date.parse("2026-06-01T10:00:00+05:30") };

/**
 * Recorded commands, the same for the same count: orders around a price, cancels of them, some
 * that wait for a yes and answers to them, requests to cancel all, and bytes nobody can read.
 */
export function recordedCommands(count: number): OutRecord[] {
  return makeOrders(count).map((order, offset) => {
    if (offset % 101 === 100) return { key: logKey, value: Buffer.from(`{"type":${offset}`) };
    return { key: logKey, value: encodeCommand(commandAt(order, offset)) };
  });
}

function commandAt(order: ReturnType<typeof makeOrders>[number], offset: number): Command {
  const { participant, symbol, source } = order;
  const asked = { participant, clientOrderId: `request-${offset}`, source };
  if (offset % 997 === 996) return { type: "CancelAll", ...asked, client: null, symbol: null };
  if (offset % 12 === 5)
    return { type: "CancelOrder", ...asked, origClientOrderId: `order-${offset - 3}`, symbol };
  if (offset % 40 === 7) return { ...order, side: "BUY", counterparty: "M1" };
  if (offset % 40 !== 9) return order;
  const original = { keyBase64: null, valueBase64: null };
  const word = { answer: "CONFIRM", orderId: null, symbol: null, original } as const;
  return { type: "AnswerOrder", ...asked, participant: "M1", clientOrderId: null, ...word };
}

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
};

/** Decides the commands by the exchange itself on a log in memory, then folds what it wrote. */
export async function decideAgain(
  commands: readonly OutRecord[],
  { sliceMax, endsAfter }: Round,
): Promise<Decided> {
  const faults = { ...noFaults, sliceMax: () => sliceMax };
  const cluster = openMemoryCluster(1, { clock: stillClock, faults });
  cluster.partition(commandsTopic, 0).append(commands, stillClock.nowMs());
  const random = new Random(sliceMax);
  const written = { steps: 0, restored: 0 };
  while (!isAllDecided(cluster, commands.length)) {
    await runWriter(cluster, random, endsAfter, written);
    await snapshot(cluster, random);
  }
  return foldAll(cluster, written);
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
  cluster: MemoryCluster,
  random: Random,
  endsAfter: number,
  written: { steps: number; restored: number },
): Promise<void> {
  const log = openMemoryLog(cluster, "exchange");
  const commands = cluster.partition(commandsTopic, 0).end;
  const ended = new AbortController();
  let done = 0;
  const group = await log.join("exchange", [commandsTopic], "each");
  try {
    await runExchange(
      {
        log,
        group,
        shard: 0,
        shards: 1,
        terms: localTerms,
        termsDigest: "test",
        clock: stillClock,
        randomHex: (bytes) => random.hex(bytes),
        owner: "test",
        report: (report) => {
          if (report.type === "doubt") throw new Error(report.why);
          if (report.type === "restored") written.restored += 1;
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

/** Taken by a follower that goes on from the one before; the next writer starts from it. */
async function snapshot(cluster: MemoryCluster, random: Random): Promise<void> {
  const log = openMemoryLog(cluster, "standby");
  const { followed } = await openAll(log);
  const parts = {
    log,
    shard: 0,
    clock: stillClock,
    randomHex: (bytes: number) => random.hex(bytes),
  };
  await takeSnapshot(parts, followed, new AbortController().signal);
  await log.close();
}

async function foldAll(
  cluster: MemoryCluster,
  { restored }: { readonly restored: number },
): Promise<Decided> {
  const { end } = cluster.partition(eventsTopic, 0).bounds;
  const log = openMemoryLog(cluster, "follower");
  const reader = await log.reader(eventsTopic, 0, 0);
  const [fold, market, sum] = [newLogFold(), initialMarket(), createHash("sha256")];
  while (fold.offset < end)
    for (const record of (await reader.read(0)).records) {
      const verdict = foldRecord(fold, record);
      if (verdict.type === "stop") throw new Error(verdict.why);
      if (verdict.type !== "steps") continue;
      for (const [index, step] of verdict.steps.entries()) {
        sum.update(stepText(step)).update("\n");
        evolveStep(market, step, verdict.seq + index);
      }
    }
  await reader.close();
  const described = describeMarket(market);
  const { followed } = await openAll(log);
  if (describeMarket(followed.view.market) !== described)
    throw new Error("who starts from the newest snapshot knows another market");
  await log.close();
  const digest = sum.update(described).digest("hex");
  return { digest, steps: fold.seq, records: end, claims: fold.epoch, restored };
}
