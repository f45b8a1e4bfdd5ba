import { openKafkaLog, type KafkaLog } from "../src/kafka/kafka-log.ts";
import { readKey } from "../src/services/snapshots/manifest.ts";
import { readSnapshotRecords } from "../src/services/snapshots/snapshot-topic.ts";
import { snapshotsTopic } from "../src/protocol/topics.ts";

/** What a standby has just written of a snapshot. */
export type SnapshotRecord = "piece" | "manifest" | "deletion";

/** Follows the topic of snapshots, so that somebody can die over one. */
export type SnapshotWatch = {
  /** The id of the first snapshot that such a record comes of; null: none within so long. */
  await(what: SnapshotRecord, withinMs: number): Promise<string | null>;
  /** Those of the ids that no manifest was ever written of. */
  findWithoutManifest(ids: ReadonlySet<string>): Promise<string[]>;
  close(): Promise<void>;
};

const readWaitMs = 250;

/** Opens it. */
export function openSnapshotWatch(bootstrap: string): SnapshotWatch {
  const log = openKafkaLog({ bootstrap, clientId: "snapshot-watch" });
  return {
    async await(what, withinMs) {
      const untilMs = performance.now() + withinMs;
      while (performance.now() < untilMs) {
        // Kafka may be away
        const id = await awaitOne(log, what, untilMs).catch(() => null);
        if (id !== null) return id;
      }
      return null;
    },
    async findWithoutManifest(ids) {
      const left = new Set(ids);
      const { start, end } = await log.bounds(snapshotsTopic, 0);
      for await (const { key, value } of readSnapshotRecords(log, 0, start, end)) {
        const read = readKey(key);
        if (read?.number === null && value !== null) left.delete(read.id);
      }
      return [...left];
    },
    close: () => log.close(),
  };
}

async function awaitOne(
  log: KafkaLog,
  what: SnapshotRecord,
  untilMs: number,
): Promise<string | null> {
  const { end } = await log.bounds(snapshotsTopic, 0);
  const reader = await log.reader(snapshotsTopic, 0, end);
  try {
    while (performance.now() < untilMs)
      for (const { key, value } of (await reader.read(readWaitMs)).records) {
        const read = readKey(key);
        if (read === null) continue;
        const seen = value === null ? "deletion" : read.number === null ? "manifest" : "piece";
        if (seen === what) return read.id;
      }
    return null;
  } finally {
    await reader.close();
  }
}
