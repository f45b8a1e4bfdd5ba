import { BatchDamaged, BatchNotUnpacked, type LogRecord, type Reader } from "../services/log.ts";
import { BatchWalk } from "./batch-walk.ts";
import type { Cluster } from "./cluster.ts";
import { isolation } from "./fetch.ts";
import { openPartitionFetcher } from "./partition-fetch.ts";

const terms = { isolation: isolation.uncommitted, bytes: 2 * 1024 * 1024 };
/** A read gives no more records once it has so many bytes: they may have been packed in a few. */
const sliceBytesMax = 4 * 1024 * 1024;

/**
 * Reads a partition from `from` on (R4): uncommitted, never jumping. Keys and values are views of
 * the answer's bytes (about 2 MiB): who keeps one keeps all of it, who keeps many should copy.
 */
export async function openPartitionReader(
  cluster: Cluster,
  topic: string,
  partition: number,
  from: number,
): Promise<Reader> {
  const fetcher = await openPartitionFetcher(cluster, topic, partition, terms);
  let walk = new BatchWalk(Buffer.alloc(0), from);
  let end = from;
  let isDone = true;

  /** What stands before a damaged batch is given first; asked again, it says so again. */
  function takeOne(hasMore: boolean): ReturnType<BatchWalk["take"]> | "damaged" {
    try {
      return walk.take();
    } catch (error) {
      if (hasMore && error instanceof BatchDamaged) return "damaged";
      throw error;
    }
  }

  function takeSlice(): LogRecord[] {
    const records: LogRecord[] = [];
    let bytes = 0;
    while (bytes < sliceBytesMax) {
      const found = takeOne(records.length > 0);
      if (found === "damaged") break;
      isDone = found === null;
      if (found === null) break;
      if ("packed" in found) {
        // asked again, it says so again
        walk = new BatchWalk(Buffer.alloc(0), found.packed.firstOffset);
        isDone = true;
        if (records.length > 0) break;
        throw new BatchNotUnpacked(`${topic}, partition ${partition}`, found.packed);
      }
      bytes += found.bytes;
      const { offset, timestampMs, isControl } = found;
      const { key, value } = isControl ? { key: null, value: null } : found;
      records.push({ offset, timestampMs, key, value, isControl });
    }
    return records;
  }

  return {
    async read(waitMs) {
      if (isDone) {
        const fetched = await fetcher.fetch(walk.next, waitMs);
        end = fetched.highWatermark;
        walk = new BatchWalk(fetched.batches, walk.next);
      }
      return { records: takeSlice(), end };
    },
    async close() {
      fetcher.close();
    },
  };
}
