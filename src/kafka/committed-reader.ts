import type {
  CommittedReader,
  CommittedRecord,
  SourceEntry,
  SourceReader,
} from "../services/log.ts";
import { type BatchHead, BatchWalk, readHeaders } from "./batch-walk.ts";
import type { Cluster } from "./cluster.ts";
import { isolation, type Fetched } from "./fetch.ts";
import { openPartitionFetcher } from "./partition-fetch.ts";

const fetchBytes = 1024 * 1024;
/** A read looks at no more than so many records, or bytes of them, and one record. */
const sliceMax = { records: 2000, bytes: 1024 * 1024 };

/**
 * Reads what strangers have committed to a partition, from `from` on (R13). The filter is ours,
 * since the client's lets aborted records through: the broker names the aborted transactions of
 * what it sends by producer and first offset, and until the producer's abort mark nothing that it
 * wrote in transactions counts. A batch that would unpack to too much is given as such (R22),
 * unless it was aborted.
 */
export function openSourceReader(
  cluster: Cluster,
  topic: string,
  partition: number,
  from: number,
): Promise<SourceReader> {
  return openEntries(cluster, topic, partition, from, "lent");
}

/** `bytes` "kept": what a read gave may be used after the next one too. */
async function openEntries(
  cluster: Cluster,
  topic: string,
  partition: number,
  from: number,
  bytes: "lent" | "kept",
  readBytes: number = fetchBytes,
): Promise<SourceReader> {
  const terms = { isolation: isolation.committed, bytes: readBytes };
  const fetcher = await openPartitionFetcher(cluster, topic, partition, terms);
  let walk = new BatchWalk(Buffer.alloc(0), from);
  let isAborted = newAbortedFilter([]);
  let isDone = true;

  function takeSlice(): SourceEntry[] {
    const entries: SourceEntry[] = [];
    let size = 0;
    for (let seen = 0; seen < sliceMax.records && size < sliceMax.bytes; seen += 1) {
      const found = walk.take();
      isDone = found === null;
      if (found === null) break;
      size += found.bytes;
      const { head } = found;
      if (isAborted(head, "packed" in found ? null : found.key)) continue;
      if ("packed" in found) entries.push(found.packed);
      else if (!head.isControl) {
        const { offset, timestampMs, key, value, headers } = found;
        entries.push({ offset, timestampMs, key, value, headers });
      }
    }
    return entries;
  }

  return {
    async read(waitMs) {
      if (bytes === "lent") walk.free();
      if (isDone) {
        const fetched = await fetcher.fetch(walk.next, waitMs);
        walk = new BatchWalk(fetched.batches, walk.next);
        isAborted = newAbortedFilter(fetched.aborted);
      }
      return { entries: takeSlice(), next: walk.next };
    },
    async close() {
      fetcher.close();
    },
  };
}

/**
 * Whether what stands next, batch by batch in order, was aborted. `aborted`: the transactions of
 * this fetch that ended so. `key` is looked at in the marks alone.
 */
function newAbortedFilter(
  aborted: Fetched["aborted"],
): (head: BatchHead, key: Buffer | null) => boolean {
  const starts = aborted.toSorted((one, other) => one.firstOffset - other.firstOffset);
  const aborting = new Set<bigint>();
  return (head, key) => {
    while (starts[0] !== undefined && starts[0].firstOffset <= head.lastOffset) {
      aborting.add(starts[0].producerId);
      starts.shift();
    }
    if (head.isControl && isAbort(key)) aborting.delete(head.producerId);
    return !head.isControl && head.isTransactional && aborting.has(head.producerId);
  };
}

/** A mark's key is its version and then its kind: 0 for an abort, 1 for a commit. */
function isAbort(key: Buffer | null): boolean {
  return key !== null && key.readInt16BE(2) === 0;
}

/**
 * Reads a public topic's committed records. A batch that is not unpacked is none of ours: it is
 * given as one record at its first offset, without anything in it.
 */
export async function openCommittedReader(
  cluster: Cluster,
  topic: string,
  partition: number,
  from: number,
  readBytes?: number,
): Promise<CommittedReader> {
  const source = await openEntries(cluster, topic, partition, from, "kept", readBytes);
  return {
    async read(waitMs) {
      const { entries, next } = await source.read(waitMs);
      const records = entries.map((entry): CommittedRecord => {
        if (!("packedBytes" in entry)) return { ...entry, headers: readHeaders(entry.headers) };
        const { firstOffset: offset, timestampMs } = entry;
        return { offset, timestampMs, key: null, value: null, headers: [] };
      });
      return { records, next };
    },
    close: () => source.close(),
  };
}
