import type { CommittedReader, CommittedRecord } from "../services/log.ts";
import { patienceMs } from "./brokers.ts";
import { openLeaderLink } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { refusalOf } from "./errors.ts";
import { fetchOne } from "./fetch.ts";
import type { Fetched } from "./fetch.ts";
import { decompress } from "./partition-reader.ts";
import { readBatches } from "./record-batch.ts";

const fetchBytes = 1024 * 1024;
const readCommitted = 1;

/**
 * Reads a partition's committed records from `from` on. The filter is ours, since the client's lets aborted
 * records through: the broker names the aborted transactions of what it sends by producer and first offset,
 * and until the producer's abort mark nothing that it wrote in transactions counts. Throws `Refusal`; a
 * partition that moves to another leader needs a new reader.
 */
export async function openCommittedReader(
  cluster: Cluster,
  topic: string,
  partition: number,
  from: number,
): Promise<CommittedReader> {
  const { link, topicId } = await openLeaderLink(cluster, topic, partition);
  const aborting = new Set<bigint>();
  let next = from;
  return {
    async read(waitMs) {
      const asked = {
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(next),
        lastFetchedEpoch: -1,
        partitionMaxBytes: fetchBytes,
      };
      const topics = [{ topicId, partitions: [asked] }];
      const limits = [waitMs, 1, fetchBytes, readCommitted, 0, -1] as const;
      const fetched = await link.call(fetchOne, waitMs + patienceMs, ...limits, topics, [], "");
      if (fetched.errorCode !== 0) throw refusalOf(fetched.errorCode, `${topic}, offset ${next}`);
      const { records, after } = committedOf(fetched, next, aborting);
      next = after ?? next;
      return { records, next };
    },
    async close() {
      link.destroy();
    },
  };
}

/** The committed records of an answer. `aborting`: whose transactions stand before an abort mark here. */
function committedOf(
  { batches, aborted }: Fetched,
  from: number,
  aborting: Set<bigint>,
): { records: CommittedRecord[]; after: number | null } {
  const records: CommittedRecord[] = [];
  const starts = aborted.toSorted((one, other) => one.firstOffset - other.firstOffset);
  const after = readBatches(batches, from, decompress, (record, head, cursor) => {
    while (starts[0] !== undefined && starts[0].firstOffset <= head.lastOffset) {
      aborting.add(starts[0].producerId);
      starts.shift();
    }
    const { isControl, ...said } = record;
    if (isControl) {
      if (isAbort(record.key)) aborting.delete(head.producerId);
    } else if (!head.isTransactional || !aborting.has(head.producerId)) {
      records.push({ ...said, headers: cursor.headers() });
    }
  });
  return { records, after };
}

/** A mark's key is its version and then its kind: 0 for an abort, 1 for a commit. */
function isAbort(key: Buffer | null): boolean {
  return key !== null && key.readInt16BE(2) === 0;
}
