import { setTimeout as sleep } from "node:timers/promises";
import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  apiVersionsV3,
  clientSoftwareName,
  clientSoftwareVersion,
  createAPI,
  describeTransactionsV0,
  endTxnV3,
  type Reader,
  ResponseError,
  txnOffsetCommitV3,
  txnOffsetCommitV4,
} from "./client.ts";
import type { Cluster } from "./cluster.ts";
import { byTopic, type PartitionBatch, produceByName, produceJoining } from "./produce.ts";
import type { Producer, PublisherTerms } from "./publisher-terms.ts";
import type { PublisherConnections } from "./publisher-connections.ts";

/** What one transaction writes, and the offset in the log that it stores. */
type Transaction = {
  readonly batches: readonly PartitionBatch[];
  readonly next: number;
  readonly metadata: string;
};

/**
 * Runs one transaction and returns the producer of the next one. Records, then the offset, then the
 * commit, strictly one after the other: the offset is last, so that the worst case repeats and
 * never loses. Throws at the first request without an answer.
 */
export type RunTransaction = (
  connections: PublisherConnections,
  terms: PublisherTerms,
  producer: Producer,
  transaction: Transaction,
) => Promise<Producer>;

/**
 * The first one in which what is written joins by being written, and each transaction has an epoch.
 */
const joiningVersion = 2;
/** The marks of the last transaction take a few ms, and until then the next one is refused. */
const marksPollMs = 1;
const marksWithinMs = 8000;

/** How transactions are written on this cluster (decision 004). */
export async function findTransactionWay(cluster: Cluster): Promise<RunTransaction> {
  const software = [clientSoftwareName, String(clientSoftwareVersion)] as const;
  const { finalizedFeatures } = await cluster.ask(apiVersionsV3.api, ...software);
  const feature = finalizedFeatures?.find((each) => each.name === "transaction.version");
  return (feature?.maxVersionLevel ?? 0) >= joiningVersion ? newJoiningWay() : runAnnounced;
}

/**
 * The batches as requests take them, in which a partition has one: first the first of each, and
 * so on.
 */
function roundsOf({ batches }: Transaction): PartitionBatch[][] {
  const rounds: PartitionBatch[][] = [];
  for (const ofPlace of Map.groupBy(batches, nameOf).values())
    for (const [round, batch] of ofPlace.entries()) (rounds[round] ??= []).push(batch);
  return rounds;
}

function nameOf({ topic, partition }: PartitionBatch): string {
  return `${topic}/${partition}`;
}

/**
 * KIP-890 part 2. The commit's answer names the epoch of the next transaction, or its new id. That
 * the marks of a transaction stand is asked as soon as it is committed, while the next one is read
 * and made.
 */
function newJoiningWay(): RunTransaction {
  let marked: Promise<void> | null = null;
  return async (connections, terms, producer, transaction) => {
    const { transactionalId } = terms;
    await (marked ?? untilMarked(connections, transactionalId));
    const who = [transactionalId, producer.id, producer.epoch] as const;
    for (const round of roundsOf(transaction)) await connections.produce(produceJoining, round);
    const offset = offsetArgs(terms, producer, transaction);
    await connections.ask("group", commitOffsetJoining, ...offset);
    const following = await connections.ask("transaction", endTxnNaming, ...who, true);
    marked = untilMarked(connections, transactionalId);
    marked.catch(() => {}); // seen at the next transaction, or its publisher has ended
    return following;
  };
}

/**
 * Asked, because the broker makes a Produce that comes too early wait 20 ms by default before it
 * looks again. A harmless question, but one without an answer ends the producer like any other.
 */
async function untilMarked(
  connections: PublisherConnections,
  transactionalId: string,
): Promise<void> {
  const deadline = performance.now() + marksWithinMs;
  for (;;) {
    const answer = await connections.ask("transaction", describeTransactionsV0.api, [
      transactionalId,
    ]);
    const isMarking = answer.transactionStates[0]?.transactionState.startsWith("Prepare");
    if (isMarking !== true) return;
    if (performance.now() > deadline) {
      throw new Error(`${transactionalId}: no marks within ${marksWithinMs} ms`);
    }
    await sleep(marksPollMs);
  }
}

/**
 * The way before it: every partition is announced, and one epoch serves a producer's whole life.
 */
const runAnnounced: RunTransaction = async (connections, terms, producer, transaction) => {
  const { transactionalId, group } = terms;
  const who = [transactionalId, producer.id, producer.epoch] as const;
  if (transaction.batches.length > 0) {
    const topics = byTopic(transaction.batches);
    const { id: producerId, epoch: producerEpoch } = producer;
    const joined = { transactionalId, producerId, producerEpoch, verifyOnly: false, topics };
    await connections.ask("transaction", addPartitionsToTxnV3.api, [joined]);
    for (const round of roundsOf(transaction)) await connections.produce(produceByName, round);
  }
  await connections.ask("transaction", addOffsetsToTxnV3.api, ...who, group);
  await connections.ask(
    "group",
    txnOffsetCommitV3.api,
    ...offsetArgs(terms, producer, transaction),
  );
  await connections.ask("transaction", endTxnV3.api, ...who, true);
  return producer;
};

function offsetArgs(
  { transactionalId, group, topic, partition }: PublisherTerms,
  { id, epoch }: Producer,
  { next, metadata }: Transaction,
) {
  const offset = {
    partitionIndex: partition,
    committedOffset: BigInt(next),
    committedLeaderEpoch: -1,
    committedMetadata: metadata,
  };
  const topics = [{ name: topic, partitions: [offset] }];
  // No generation and no member: what fences us is the transactional id, and the offset stands or
  // falls with the records. A rebalance that leaves the shard here must not cost a transaction.
  return [transactionalId, group, id, epoch, -1, "", null, topics] as const;
}

const commitOffsetJoining = createAPI<
  Parameters<typeof txnOffsetCommitV4.createRequest>,
  txnOffsetCommitV4.TxnOffsetCommitResponse
>(28, 5, txnOffsetCommitV4.createRequest, txnOffsetCommitV4.parseResponse);

const endTxnNaming = createAPI<Parameters<typeof endTxnV3.createRequest>, Producer>(
  26,
  5,
  endTxnV3.createRequest,
  readNextProducer,
);

function readNextProducer(_id: number, key: number, version: number, bytes: Reader): Producer {
  bytes.readInt32(); // throttle time
  const errorCode = bytes.readInt16();
  const next = { id: bytes.readInt64(), epoch: bytes.readInt16() };
  if (errorCode !== 0) throw new ResponseError(key, version, { "/": [errorCode, null] }, next);
  return next;
}
