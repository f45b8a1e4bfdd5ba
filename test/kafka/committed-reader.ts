import { findBounds, openCluster, connectToLeader } from "../../src/kafka/cluster.ts";
import { fetchFrom, isolation } from "../../src/kafka/fetch.ts";
import { BatchWalk } from "../../src/kafka/batch-walk.ts";
import type { LogRecord } from "../../src/services/log.ts";

const fetchTerms = { isolation: isolation.committed, bytes: 1024 * 1024 };

/** Longer than any transaction may stay open. */
const stableWithinMs = 20_000;

/**
 * All committed records of a partition up to where it ends now; waits until no open transaction
 * stands before that (marks are written a moment after a commit was answered). A correct
 * `read_committed` filter of our own, for tests: the client's lets aborted records through. The
 * broker names the aborted transactions of what it sends by producer and first offset; from there
 * until the producer's abort mark, what that producer wrote in transactions does not count.
 */
export async function readCommittedRecords(
  bootstrap: string,
  topic: string,
  partition: number,
): Promise<LogRecord[]> {
  const cluster = openCluster({ bootstrap, clientId: "committed-reader" });
  const { connection, topicId } = await connectToLeader(cluster, topic, partition);
  const committed: LogRecord[] = [];
  const aborting = new Set<bigint>();
  let next = 0;
  try {
    const { end } = await findBounds(cluster, topic, partition);
    const deadline = performance.now() + stableWithinMs;
    while (next < end) {
      if (performance.now() > deadline) throw new Error(`${topic}: not stable up to ${end}`);
      const fetched = await fetchFrom(connection, { topicId, partition }, next, fetchTerms, 100);
      const starts = fetched.aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
      const walk = new BatchWalk(fetched.batches, next);
      for (let found = walk.take(); found !== null; found = walk.take()) {
        if ("packed" in found) throw new Error(`${topic}: a batch too large to unpack`);
        const { head, offset, timestampMs, key, value, isControl } = found;
        while (starts[0] !== undefined && starts[0].firstOffset <= head.lastOffset) {
          aborting.add(starts[0].producerId);
          starts.shift();
        }
        if (!isControl) {
          if (!head.isTransactional || !aborting.has(head.producerId))
            committed.push({ offset, timestampMs, key, value, isControl });
        } else if (isAbort(key)) {
          aborting.delete(head.producerId);
        }
      }
      next = walk.next;
    }
    return committed;
  } finally {
    connection.destroy();
    cluster.close();
  }
}

/** A mark's key is its version and then its kind: 0 for an abort, 1 for a commit. */
function isAbort(key: Buffer | null): boolean {
  return key !== null && key.readInt16BE(2) === 0;
}
