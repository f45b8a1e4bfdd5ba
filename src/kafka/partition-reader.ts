import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { compressionsAlgorithmsByBitmask } from "@platformatic/kafka";
import { type LogRecord, OutsideLog, type Reader, type Slice } from "../services/log.ts";
import { type Cluster, openLeaderLink, patienceMs } from "./cluster.ts";
import { isRefusal, refusalOf } from "./errors.ts";
import { type Fetched, fetchOne } from "./fetch.ts";
import type { Link } from "./link.ts";
import { readBatches } from "./record-batch.ts";

/** Kafka sends a batch that is larger than this all the same when it is the first one. */
const fetchBytes = 2 * 1024 * 1024;
/** A read with no wait still gives the broker this long to look. */
const minWaitMs = 1;
const retryMs = 50;

/** Errors that a new look at the cluster's metadata can heal. */
const staleLeader = [
  "NOT_LEADER_OR_FOLLOWER",
  "LEADER_NOT_AVAILABLE",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "UNKNOWN_TOPIC_ID",
  "INCONSISTENT_TOPIC_ID",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "REPLICA_NOT_AVAILABLE",
  "OFFSET_NOT_AVAILABLE",
  "KAFKA_STORAGE_ERROR",
];

/**
 * Reads a partition from `from` on (R4): uncommitted, never jumping. The topic's id is fixed here; a
 * topic made anew under the name is outside the log. Keys and values are views of the answer's
 * bytes (about 2 MiB): who keeps one keeps all of it, who keeps many should copy.
 */
export async function openPartitionReader(
  cluster: Cluster,
  topic: string,
  partition: number,
  from: number,
): Promise<Reader> {
  const where = `${topic}, partition ${partition}`;
  const first = await openLeaderLink(cluster, topic, partition);
  const { topicId } = first;
  let link: Link | null = first.link;
  let next = from;
  let isReading = false;
  let isClosed = false;

  async function connect(): Promise<Link> {
    if (link?.isOpen() === true) return link;
    const found = await openLeaderLink(cluster, topic, partition);
    if (isClosed || found.topicId !== topicId) found.link.destroy();
    assert(!isClosed, `${where}: read after close`);
    if (found.topicId !== topicId) {
      throw new OutsideLog(
        `${where}: the topic was made anew (id ${topicId}, now ${found.topicId})`,
      );
    }
    return (link = found.link);
  }

  function drop(): void {
    link?.destroy();
    link = null;
  }

  async function fetch(waitMs: number): Promise<Fetched> {
    const open = await connect();
    const asked = {
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(next),
      lastFetchedEpoch: -1,
      partitionMaxBytes: fetchBytes,
    };
    const topics = [{ topicId, partitions: [asked] }];
    const uncommitted = 0;
    const patience = waitMs + patienceMs;
    const bounds = [waitMs, 1, fetchBytes] as const;
    const fetched = await open.call(
      fetchOne,
      patience,
      ...bounds,
      uncommitted,
      0,
      -1,
      topics,
      [],
      "",
    );
    if (fetched.errorCode !== 0) throw refusalOf(fetched.errorCode, where);
    return fetched;
  }

  function take(fetched: Fetched): Slice {
    const records: LogRecord[] = [];
    const after = readBatches(fetched.batches, next, decompress, (record) => {
      records.push(record.isControl ? { ...record, key: null, value: null } : record);
    });
    if (after !== null) next = after;
    return { records, end: fetched.highWatermark };
  }

  async function readOnce(waitMs: number): Promise<Slice> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      try {
        return take(await fetch(Math.max(minWaitMs, Math.floor(deadline - performance.now()))));
      } catch (error) {
        if (isRefusal(error, "OFFSET_OUT_OF_RANGE")) {
          throw new OutsideLog(`${where}: no offset ${next}`, { cause: error });
        }
        drop();
        if (!isRefusal(error, ...staleLeader) || performance.now() >= deadline) throw error;
        await sleep(retryMs);
      }
    }
  }

  return {
    async read(waitMs) {
      assert(!isReading, `${where}: two reads at once`);
      assert(!isClosed, `${where}: read after close`);
      isReading = true;
      try {
        return await readOnce(waitMs);
      } finally {
        isReading = false;
      }
    },
    async close() {
      isClosed = true;
      drop();
    },
  };
}

/** Decompresses as the client does: gzip, snappy, lz4 and zstd. */
export function decompress(kind: number, bytes: Buffer): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[kind];
  if (algorithm === undefined) throw new Error(`compression ${kind}: not known`);
  return algorithm.decompressSync(bytes);
}
