import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { OutsideLog } from "../services/log.ts";
import { type Cluster, connectToLeader } from "./cluster.ts";
import { isBrokerError } from "./errors.ts";
import { type Fetched, type FetchTerms, fetchFrom } from "./fetch.ts";
import type { Connection } from "./connection.ts";

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

/** Fetches one partition by explicit offsets, one at a time, through a change of its leader. */
type PartitionFetcher = {
  /**
   * Batches from the offset on; waits at most `waitMs` for the first. Throws `OutsideLog`, or what
   * the world throws.
   */
  fetch(from: number, waitMs: number): Promise<Fetched>;
  close(): void;
};

/** What a fetcher holds: its one connection, and whether it is in use. */
type FetcherState = {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly partition: number;
  readonly where: string;
  readonly topicId: string;
  readonly terms: FetchTerms;
  connection: Connection;
  isReading: boolean;
  isClosed: boolean;
};

/**
 * Opens a fetcher. The topic's id is fixed here: a topic made anew under the name is outside
 * the log.
 */
export async function openPartitionFetcher(
  cluster: Cluster,
  topic: string,
  partition: number,
  terms: FetchTerms,
): Promise<PartitionFetcher> {
  const where = `${topic}, partition ${partition}`;
  const found = await connectToLeader(cluster, topic, partition);
  const state: FetcherState = {
    cluster,
    topic,
    partition,
    where,
    terms,
    ...found,
    isReading: false,
    isClosed: false,
  };
  return {
    async fetch(from, waitMs) {
      assert(!state.isReading, `${where}: two reads at once`);
      assert(!state.isClosed, `${where}: read after close`);
      state.isReading = true;
      try {
        return await fetchThrough(state, from, waitMs);
      } finally {
        state.isReading = false;
      }
    },
    close() {
      state.isClosed = true;
      state.connection.destroy();
    },
  };
}

async function fetchThrough(state: FetcherState, from: number, waitMs: number): Promise<Fetched> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      await reconnect(state);
      const leftMs = Math.max(minWaitMs, Math.floor(deadline - performance.now()));
      return await fetchFrom(state.connection, state, from, state.terms, leftMs);
    } catch (error) {
      if (isBrokerError(error, "OFFSET_OUT_OF_RANGE")) {
        throw new OutsideLog(`${state.where}: no offset ${from}`, { cause: error });
      }
      state.connection.destroy();
      if (!isBrokerError(error, ...staleLeader) || performance.now() >= deadline) throw error;
      await sleep(retryMs);
    }
  }
}

async function reconnect(state: FetcherState): Promise<void> {
  if (state.connection.isOpen()) return;
  const { cluster, topic, partition } = state;
  const { connection, topicId } = await connectToLeader(cluster, topic, partition);
  if (state.isClosed || topicId !== state.topicId) connection.destroy();
  assert(!state.isClosed, `${state.where}: closed while it was read`);
  if (topicId !== state.topicId) {
    const ids = `id ${state.topicId}, now ${topicId}`;
    throw new OutsideLog(`${state.where}: the topic was made anew (${ids})`);
  }
  state.connection = connection;
}
