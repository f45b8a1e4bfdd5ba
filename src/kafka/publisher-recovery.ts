import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  describeProducersV0,
  endTxnV3,
  offsetFetchV8,
} from "./client.ts";
import { timeoutMs } from "./brokers.ts";
import { type Cluster, findOffset } from "./cluster.ts";
import type { Leader } from "./metadata.ts";
import { isBrokerError } from "./errors.ts";
import { fetchFrom, isolation } from "./fetch.ts";
import type { Connection } from "./connection.ts";
import type { PublisherTerms, Producer } from "./publisher-terms.ts";
import type { PublisherConnections } from "./publisher-connections.ts";
import { byTopic } from "./produce.ts";
import { BatchWalk } from "./batch-walk.ts";

type Parts = {
  readonly cluster: Cluster;
  readonly terms: PublisherTerms;
  readonly connections: PublisherConnections;
  readonly producer: Producer;
};

/** The group's stored offset, as far as transactions that have no mark yet do not hide it. */
type Stored = { readonly isStable: boolean; readonly atMs: number };

/** What a producer wrote last in a partition. `mark`: how Kafka ended that transaction there. */
type Trace = { readonly atMs: number; readonly mark: "commit" | "abort" | null };

/** A partition where Kafka still waits for the end of a transaction that it thinks is over. */
type Hanging = { readonly leader: Leader; readonly start: number };

/** Marks are a moment late; what hangs longer has lost them. */
const stableWithinMs = 1000;
const healedWithinMs = 8000;
const pollMs = 20;
const fetchTerms = { isolation: isolation.uncommitted, bytes: 1024 * 1024 };

/** A transaction's time and the publisher's note, as they stand beside the offset in the group. */
export function formatMetadata(atMs: number, note: string = ""): string {
  return note === "" ? `published at ${atMs}` : `published at ${atMs}: ${note}`;
}

/** Reads them. Time 0 and no note where something else than a publisher stored the offset. */
export function readMetadata(metadata: string): { readonly atMs: number; readonly note: string } {
  const [, digits = "0", note = ""] = /^published at (\d+)(?:: (.*))?$/s.exec(metadata) ?? [];
  return { atMs: Number(digits), note };
}

/**
 * Ends what an earlier publisher's transaction left open although Kafka holds it for ended, and
 * returns the time of the last committed one. Kafka 4.3.1, killed between the decision of a
 * transaction and its marks, can drop the marks when it starts again: it asks for the partitions'
 * leader while it is itself fenced, finds none, and takes them for deleted. Then committed readers
 * and the group's offset wait for ever.
 *
 * The same producer id opens a transaction over what hangs and ends it, which gives the missing
 * marks. They must be of the kind that was decided, or the transaction is torn: half of it may be
 * marked already. All its records bear one time, the offset bears it too, and that tells what
 * belongs together.
 */
export async function endLostTransaction(parts: Parts): Promise<number> {
  const deadline = performance.now() + healedWithinMs;
  let isHealed = false;
  for (;;) {
    const stored = await findStored(parts);
    const hanging = await findHanging(parts);
    if (stored.isStable && hanging.length === 0) return stored.atMs;
    if (!isHealed) await end(parts, stored, hanging, await wasCommitted(parts, stored, hanging));
    isHealed = true;
    if (performance.now() > deadline) {
      throw new Error(`${parts.terms.transactionalId}: a transaction without end cannot be ended`);
    }
    await sleep(pollMs);
  }
}

async function end(
  { terms, connections, producer }: Parts,
  stored: Stored,
  hanging: readonly Hanging[],
  isCommit: boolean,
): Promise<void> {
  const { transactionalId, group } = terms;
  const { id: producerId, epoch: producerEpoch } = producer;
  if (hanging.length > 0) {
    const topics = byTopic(hanging.map((each) => each.leader));
    const joined = { transactionalId, producerId, producerEpoch, verifyOnly: false, topics };
    await connections.ask("transaction", addPartitionsToTxnV3.api, [joined]);
  }
  const who = [transactionalId, producerId, producerEpoch] as const;
  if (!stored.isStable) await connections.ask("transaction", addOffsetsToTxnV3.api, ...who, group);
  await connections.ask("transaction", endTxnV3.api, ...who, isCommit);
}

/**
 * What was decided. If the offset waits for its mark, the transaction is whole, since the offset
 * was written last: where no mark tells otherwise it is committed, so that nothing acknowledged
 * is undone.
 */
async function wasCommitted(
  parts: Parts,
  stored: Stored,
  hanging: readonly Hanging[],
): Promise<boolean> {
  const hung = await Promise.all(
    hanging.map(({ leader, start }) => readTrace(parts, leader, start)),
  );
  // The offset has its mark: the transaction is the stored offset's, or was aborted after it.
  if (stored.isStable) {
    const kinds = new Set(hung.map((trace) => trace.atMs <= stored.atMs));
    assert(kinds.size === 1, "two lost transactions at once");
    return kinds.has(true);
  }
  const marked = await readMarkedTraces(parts, stored, hanging);
  const lastMs = Math.max(0, ...hung.map((each) => each.atMs), ...marked.map((each) => each.atMs));
  if (lastMs <= stored.atMs) return true; // it held the offset alone
  const marks = new Set(marked.filter((each) => each.atMs === lastMs).map((each) => each.mark));
  assert(!(marks.has("commit") && marks.has("abort")), "a transaction with both marks");
  return !marks.has("abort");
}

/**
 * What the producer wrote after the stored offset's time, in the partitions where nothing hangs.
 */
async function readMarkedTraces(
  parts: Parts,
  stored: Stored,
  hanging: readonly Hanging[],
): Promise<Trace[]> {
  const traces: Trace[] = [];
  const hangs = new Set(hanging.map(({ leader }) => `${leader.topic}/${leader.partition}`));
  for (const [name, leader] of await parts.cluster.findLeaders(parts.terms.outputs)) {
    if (hangs.has(name)) continue;
    const from = await findOffset(parts.cluster, leader, stored.atMs + 1);
    if (from >= 0) traces.push(await readTrace(parts, leader, from));
  }
  return traces;
}

async function readTrace(
  { cluster, producer }: Parts,
  leader: Leader,
  from: number,
): Promise<Trace> {
  const connection = await cluster.openConnection(leader.address);
  try {
    let trace: Trace = { atMs: 0, mark: null };
    let next: number | null = from;
    while (next !== null) {
      next = await fetchBatches(connection, leader, next, (atMs, producerId, mark) => {
        if (producerId !== producer.id) return;
        trace = mark === null ? { atMs, mark } : { atMs: trace.atMs, mark };
      });
    }
    return trace;
  } finally {
    connection.destroy();
  }
}

async function fetchBatches(
  connection: Connection,
  leader: Leader,
  from: number,
  visit: (atMs: number, producerId: bigint, mark: Trace["mark"]) => void,
): Promise<number | null> {
  const fetched = await fetchFrom(connection, leader, from, fetchTerms, 0);
  const walk = new BatchWalk(fetched.batches, from);
  for (let found = walk.take(); found !== null; found = walk.take()) {
    if ("packed" in found) continue; // a stranger's: the publisher packs nothing
    // A mark's key: two bytes of version, two of kind, 0 for an abort and 1 for a commit.
    const kind = found.isControl ? found.key?.readInt16BE(2) : undefined;
    const mark = kind === 0 ? "abort" : kind === 1 ? "commit" : null;
    if (!found.isControl || mark !== null) visit(found.timestampMs, found.head.producerId, mark);
  }
  return walk.next > from ? walk.next : null;
}

async function findStored({ terms, connections }: Parts): Promise<Stored> {
  const topics = [{ name: terms.topic, partitionIndexes: [terms.partition] }];
  const groups = [{ groupId: terms.group, memberEpoch: -1, topics }];
  const ask = async (mustBeStable: boolean): Promise<number> => {
    const answer = await connections.ask("group", offsetFetchV8.api, groups, mustBeStable);
    return readMetadata(answer.groups[0]?.topics[0]?.partitions[0]?.metadata ?? "").atMs;
  };
  const deadline = performance.now() + stableWithinMs;
  for (;;) {
    try {
      return { isStable: true, atMs: await ask(true) };
    } catch (error) {
      if (!isBrokerError(error, "UNSTABLE_OFFSET_COMMIT")) throw error;
      if (performance.now() > deadline) return { isStable: false, atMs: await ask(false) };
    }
    await sleep(pollMs);
  }
}

/** Where our producer id, which has no transaction now, has an open one all the same. */
async function findHanging({ cluster, terms, producer }: Parts): Promise<Hanging[]> {
  const leaders = await cluster.findLeaders(terms.outputs);
  const byBroker = Map.groupBy(
    leaders.values(),
    ({ address }) => `${address.host}:${address.port}`,
  );
  const hanging: Hanging[] = [];
  for (const ofBroker of byBroker.values()) {
    const [first] = ofBroker;
    if (first === undefined) continue;
    const topics = byTopic(ofBroker).map(({ name, partitions }) => {
      return { name, partitionIndexes: partitions };
    });
    const connection = await cluster.openConnection(first.address);
    const answer = await connection
      .call(describeProducersV0.api, timeoutMs, topics)
      .finally(() => connection.destroy());
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, activeProducers } of partitions) {
        const leader = leaders.get(`${name}/${partitionIndex}`);
        const own = activeProducers.find((each) => each.producerId === producer.id);
        const start = Number(own?.currentTxnStartOffset ?? -1n);
        if (leader !== undefined && start >= 0) hanging.push({ leader, start });
      }
    }
  }
  return hanging;
}
