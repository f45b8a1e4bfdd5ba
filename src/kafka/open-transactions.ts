import { describeProducersV0, describeTransactionsV0, listTransactionsV1 } from "./client.ts";
import type { OpenTransaction } from "../services/log.ts";
import { askAgain } from "./ask-again.ts";
import { timeoutMs } from "./brokers.ts";
import { type Cluster, connectToLeader, untilItLeads } from "./cluster.ts";
import { isBrokerError } from "./errors.ts";

/** What the coordinator of a transaction knows of it. */
type Known = { readonly transactionalId: string; readonly startMs: number };

/**
 * The transactions that hold back a partition's committed readers, the earliest first. Which they
 * are says the partition's leader; since when says the coordinator, and where it does not know (a
 * transaction that hangs) the time of the producer's last batch stands for it.
 */
export async function findOpenTransactions(
  cluster: Cluster,
  topic: string,
  partition: number,
): Promise<readonly OpenTransaction[]> {
  const producers = await describeProducers(cluster, topic, partition);
  const open = producers.filter(({ currentTxnStartOffset }) => currentTxnStartOffset >= 0n);
  if (open.length === 0) return [];
  const known = await findKnown(
    cluster,
    open.map(({ producerId }) => producerId),
  );
  const nowMs = Date.now();
  return open
    .map(({ producerId, currentTxnStartOffset, lastTimestamp }) => {
      const found = known.get(producerId);
      const startMs = found?.startMs ?? Number(lastTimestamp);
      return {
        producerId: Number(producerId),
        transactionalId: found?.transactionalId ?? null,
        startOffset: Number(currentTxnStartOffset),
        ageMs: Math.max(0, nowMs - startMs),
      };
    })
    .toSorted((one, other) => one.startOffset - other.startOffset);
}

type Producers =
  describeProducersV0.DescribeProducersResponse["topics"][number]["partitions"][number]["activeProducers"];

/** A leader that has just changed, or just begun, is asked again for a while. */
function describeProducers(cluster: Cluster, topic: string, partition: number): Promise<Producers> {
  return askAgain(async () => {
    const { connection } = await connectToLeader(cluster, topic, partition);
    try {
      const asked = [{ name: topic, partitionIndexes: [partition] }];
      const answer = await connection.call(describeProducersV0.api, timeoutMs, asked);
      return answer.topics.flatMap(({ partitions }) =>
        partitions.flatMap(({ activeProducers }) => activeProducers),
      );
    } finally {
      connection.destroy();
    }
  }, untilItLeads);
}

type ListFilters = listTransactionsV1.ListTransactionsRequest;

/** Asks every broker: each coordinates some of them. */
async function findKnown(
  cluster: Cluster,
  producerIds: readonly bigint[],
): Promise<Map<bigint, Known>> {
  const known = new Map<bigint, Known>();
  for (const address of await cluster.findBrokers()) {
    const connection = await cluster.openConnection(address);
    try {
      const ofAnyAge = -1n;
      const filters = [[], [...producerIds], ofAnyAge, null] satisfies ListFilters;
      const listed = await connection.call(listTransactionsV1.api, timeoutMs, ...filters);
      for (const { transactionalId } of listed.transactionStates) {
        const described = await describe(() =>
          connection.call(describeTransactionsV0.api, timeoutMs, [transactionalId]),
        );
        for (const { producerId, transactionStartTimeMs } of described)
          known.set(producerId, { transactionalId, startMs: Number(transactionStartTimeMs) });
      }
    } finally {
      connection.destroy();
    }
  }
  return known;
}

/**
 * A transaction that ended since it was listed, or moves to another coordinator, is none
 * to describe.
 */
async function describe(
  ask: () => Promise<describeTransactionsV0.DescribeTransactionsResponse>,
): Promise<describeTransactionsV0.DescribeTransactionsResponse["transactionStates"]> {
  try {
    return (await ask()).transactionStates;
  } catch (error) {
    if (isBrokerError(error, "TRANSACTIONAL_ID_NOT_FOUND", "NOT_COORDINATOR")) return [];
    throw error;
  }
}
