import { randomBytes } from "node:crypto";
import type { Step } from "../../src/domain/facts/event.ts";
import { describeMarket } from "../../src/domain/market.ts";
import { openMemoryCluster, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import type { StoredRecord } from "../../src/memory/partition.ts";
import { encodeClaim, logKey, marketRules } from "../../src/protocol/log/log-record.ts";
import { digestOf } from "../../src/protocol/snapshot/digest.ts";
import { eventsTopic, snapshotsTopic } from "../../src/protocol/topics.ts";
import { realClock } from "../../src/services/clock.ts";
import { readerStateOf } from "../../src/services/log-fold.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { waysIn } from "../../src/services/records/market-records.ts";
import { takeSlice } from "../../src/services/shard-view.ts";
import { noteSeen, type FollowedState } from "../../src/services/snapshots/followed-state.ts";
import { openFollowed, type SnapshotReport } from "../../src/services/snapshots/snapshotter.ts";
import { encodeState } from "../../src/services/snapshots/state.ts";
import { takeSnapshot, type TakenSnapshot } from "../../src/services/snapshots/take-snapshot.ts";
import { genesis } from "../genesis.ts";
import { recordedMarkets } from "../replay/markets.ts";
import { encodeSteps } from "../steps-record.ts";

/** A market with a settlement cycle in which everything happens, step by step. */
export function recordedSteps(name = "clearing-crowd-5"): Step[] {
  const steps: Step[] = [];
  const found = recordedMarkets().find((market) => market.name === name);
  found?.play({ onCommand: () => {}, onStep: (step) => steps.push(step) });
  return steps;
}

/** A market whose log grows as a test says, with records in it that do not count. */
export type SnapshotMarket = {
  readonly cluster: MemoryCluster;
  readonly log: MarketLog;
  /** Follows the log as a standby does. */
  readonly followed: FollowedState;
  readonly write: (steps: number) => Promise<void>;
  readonly take: () => Promise<TakenSnapshot>;
};

/** A log with its claim. */
export async function openSnapshotMarket(all: readonly Step[]): Promise<SnapshotMarket> {
  const cluster = openMemoryCluster(1);
  const log: MarketLog = openMemoryLog(cluster, "test");
  const events = await log.appender(eventsTopic, 0);
  const head = { type: "Claim", format: 1, rules: marketRules, epoch: 1 } as const;
  await events.append([
    { key: logKey, value: encodeClaim({ ...head, nonce: "n", owner: "test", genesis }) },
  ]);
  const { followed } = await openAll(log);
  let written = 0;
  return {
    cluster,
    log,
    followed,
    async write(steps) {
      await follow(log, followed);
      for (const step of all.slice(written, written + steps)) {
        const { seq, chain } = followed.view.fold;
        const value = encodeSteps(1, seq + 1, chain, [step]);
        await events.append([{ key: logKey, value }]);
        if (seq % 7 === 0) await events.append([{ key: logKey, value }]); // a repeat
        if (seq % 11 === 0) await events.append([{ key: Buffer.from("stranger"), value }]);
        await follow(log, followed);
      }
      written += steps;
    },
    take: () =>
      takeSnapshot(
        {
          log,
          shard: 0,
          clock: realClock,
          randomHex: (bytes) => randomBytes(bytes).toString("hex"),
        },
        followed,
        new AbortController().signal,
      ),
  };
}

/** The same log, in which no snapshot is found while `isHidden`. */
export function hidingSnapshots(log: MarketLog, isHidden: () => boolean): MarketLog {
  return {
    ...log,
    bounds: async (topic, partition) =>
      topic === snapshotsTopic && isHidden() ? { start: 0, end: 0 } : log.bounds(topic, partition),
  };
}

/** What a process that starts now knows at the log's end, and what it says on the way. */
export async function openAll(
  log: MarketLog,
): Promise<{ readonly followed: FollowedState; readonly heard: SnapshotReport[] }> {
  const heard: SnapshotReport[] = [];
  const followed = await openFollowed({ log, shard: 0, report: (each) => heard.push(each) });
  await follow(log, followed);
  return { followed, heard };
}

async function follow(log: MarketLog, { view, records }: FollowedState): Promise<void> {
  const { end } = await log.bounds(eventsTopic, 0);
  const reader = await log.reader(eventsTopic, 0, view.fold.offset);
  while (view.fold.offset < end)
    for (const seen of takeSlice(view, await reader.read(0))) noteSeen(records, 0, seen);
  await reader.close();
}

/** All that is known, as text: two that are the same go on the same. */
export function described({ view, records }: FollowedState): string[] {
  const reader = JSON.stringify(readerStateOf(view.fold));
  const standing = JSON.stringify([view.lastValid, view.appendedAtMs, view.writer]);
  const known = [
    digestOf(encodeState("ways", waysIn(records, 0))),
    digestOf(encodeState("checkpoints", view.checkpoints)),
    digestOf(encodeState("records", records)),
  ];
  return [reader, standing, ...known, ...describeMarket(view.market).split("\n")];
}

/** Writes the topic of snapshots anew: each record as it is, changed, or left out. */
export function rewrite(
  cluster: MemoryCluster,
  change: (record: StoredRecord) => Pick<StoredRecord, "key" | "value"> | null,
): void {
  const partition = cluster.partition(snapshotsTopic, 0);
  const { start } = partition.bounds;
  const records = partition.slice(start, Infinity);
  partition.deleteTail(start);
  for (const record of records) {
    const changed = change(record);
    // A record that was compacted away leaves its offset.
    partition.append([changed === null ? hole : { headers: [], ...changed }], 0);
  }
}

const hole = { key: null, value: null, headers: [] };
