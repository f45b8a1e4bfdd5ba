import { openCluster, openLeaderLink, patienceMs } from "../../src/kafka/cluster.ts";
import { fetchOne } from "../../src/kafka/fetch.ts";
import { decompress } from "../../src/kafka/partition-reader.ts";
import { readBatches } from "../../src/kafka/record-batch.ts";
import type { LogRecord } from "../../src/services/log.ts";

const fetchBytes = 1024 * 1024;
const readCommitted = 1;

/**
 * All committed records of a partition up to its last stable offset. A correct `read_committed`
 * filter of our own, for tests: the client's lets aborted records through. The broker names the
 * aborted transactions of what it sends by producer and first offset; from there until the
 * producer's abort mark, what that producer wrote in transactions does not count.
 */
export async function readCommittedRecords(
  bootstrap: string,
  topic: string,
  partition: number,
): Promise<LogRecord[]> {
  const cluster = openCluster({ bootstrap, clientId: "committed-reader" });
  const { link, topicId } = await openLeaderLink(cluster, topic, partition);
  const committed: LogRecord[] = [];
  const aborting = new Set<bigint>();
  let next = 0;
  try {
    for (;;) {
      const asked = {
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(next),
        lastFetchedEpoch: -1,
        partitionMaxBytes: fetchBytes,
      };
      const topics = [{ topicId, partitions: [asked] }];
      const limits = [1, 1, fetchBytes, readCommitted, 0, -1] as const;
      const fetched = await link.call(fetchOne, patienceMs, ...limits, topics, [], "");
      if (fetched.errorCode !== 0) throw new Error(`${topic}: fetch error ${fetched.errorCode}`);
      const starts = fetched.aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
      const after = readBatches(fetched.batches, next, decompress, (record, head) => {
        while (starts[0] !== undefined && starts[0].firstOffset <= head.lastOffset) {
          aborting.add(starts[0].producerId);
          starts.shift();
        }
        if (!record.isControl) {
          if (!head.isTransactional || !aborting.has(head.producerId)) committed.push(record);
        } else if (isAbort(record.key)) {
          aborting.delete(head.producerId);
        }
      });
      if (after === null) return committed;
      next = after;
    }
  } finally {
    link.destroy();
    cluster.close();
  }
}

/** A mark's key is its version and then its kind: 0 for an abort, 1 for a commit. */
function isAbort(key: Buffer | null): boolean {
  return key !== null && key.readInt16BE(2) === 0;
}
