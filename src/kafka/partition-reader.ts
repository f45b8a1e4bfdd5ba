import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { compressionsAlgorithmsByBitmask } from "@platformatic/kafka";
import { type LogRecord, OutsideLog, type Reader, type Slice } from "../services/log.ts";
import { patienceMs } from "./brokers.ts";
import { type Cluster, openLeaderLink } from "./cluster.ts";
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

/** Where a reader stands, and its one connection. */
type Place = {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly partition: number;
  readonly where: string;
  readonly topicId: string;
  link: Link;
  next: number;
  isReading: boolean;
  isClosed: boolean;
};

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
  const found = await openLeaderLink(cluster, topic, partition);
  const state = { next: from, isReading: false, isClosed: false };
  const place: Place = { cluster, topic, partition, where, ...found, ...state };
  return {
    async read(waitMs) {
      assert(!place.isReading, `${where}: two reads at once`);
      assert(!place.isClosed, `${where}: read after close`);
      place.isReading = true;
      try {
        return await read(place, waitMs);
      } finally {
        place.isReading = false;
      }
    },
    async close() {
      place.isClosed = true;
      place.link.destroy();
    },
  };
}

async function read(place: Place, waitMs: number): Promise<Slice> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      await reconnect(place);
      const leftMs = Math.max(minWaitMs, Math.floor(deadline - performance.now()));
      return take(place, await fetch(place, leftMs));
    } catch (error) {
      if (isRefusal(error, "OFFSET_OUT_OF_RANGE")) {
        throw new OutsideLog(`${place.where}: no offset ${place.next}`, { cause: error });
      }
      place.link.destroy();
      if (!isRefusal(error, ...staleLeader) || performance.now() >= deadline) throw error;
      await sleep(retryMs);
    }
  }
}

async function reconnect(place: Place): Promise<void> {
  if (place.link.isOpen()) return;
  const { link, topicId } = await openLeaderLink(place.cluster, place.topic, place.partition);
  if (place.isClosed || topicId !== place.topicId) link.destroy();
  assert(!place.isClosed, `${place.where}: closed while it was read`);
  if (topicId !== place.topicId) {
    const ids = `id ${place.topicId}, now ${topicId}`;
    throw new OutsideLog(`${place.where}: the topic was made anew (${ids})`);
  }
  place.link = link;
}

async function fetch(place: Place, waitMs: number): Promise<Fetched> {
  const asked = {
    partition: place.partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(place.next),
    lastFetchedEpoch: -1,
    partitionMaxBytes: fetchBytes,
  };
  const topics = [{ topicId: place.topicId, partitions: [asked] }];
  const uncommitted = 0;
  const limits = [waitMs, 1, fetchBytes, uncommitted, 0, -1] as const;
  const patience = waitMs + patienceMs;
  const fetched = await place.link.call(fetchOne, patience, ...limits, topics, [], "");
  if (fetched.errorCode !== 0) throw refusalOf(fetched.errorCode, "");
  return fetched;
}

function take(place: Place, fetched: Fetched): Slice {
  const records: LogRecord[] = [];
  const after = readBatches(fetched.batches, place.next, decompress, (record) => {
    records.push(record.isControl ? { ...record, key: null, value: null } : record);
  });
  if (after !== null) place.next = after;
  return { records, end: fetched.highWatermark };
}

/** Decompresses as the client does: gzip, snappy, lz4 and zstd. */
export function decompress(kind: number, bytes: Buffer): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[kind];
  if (algorithm === undefined) throw new Error(`compression ${kind}: not known`);
  return algorithm.decompressSync(bytes);
}
