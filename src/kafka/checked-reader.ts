import { setTimeout as sleep } from "node:timers/promises";
import { type CheckedReader, OutsideLog } from "../services/log.ts";
import { waysOn } from "../services/audit/log-break.ts";
import { BatchCheck } from "./checked-batches.ts";
import { type Cluster, findBounds } from "./cluster.ts";
import { isBrokerError } from "./errors.ts";
import { type Fetched, isolation } from "./fetch.ts";
import { openPartitionFetcher } from "./partition-fetch.ts";

const terms = { isolation: isolation.uncommitted, bytes: 4 * 1024 * 1024 };
/** How often a broker that has more and gives nothing is asked again, and after how long. */
const emptyAnswersMax = 5;
const againMs = 200;

/**
 * Reads a partition and checks its batches as the broker sends them, which is as they lie in its
 * files: a broker never looks at the checksum of what it has taken in.
 */
export async function openCheckedReader(
  cluster: Cluster,
  topic: string,
  partition: number,
  from: number,
): Promise<CheckedReader> {
  const fetcher = await openPartitionFetcher(cluster, topic, partition, terms);
  const check = new BatchCheck({ topic, partition, epochAt: null }, from);

  async function fetchOnce(waitMs: number): Promise<Fetched> {
    try {
      return await fetcher.fetch(check.next, waitMs);
    } catch (error) {
      if (error instanceof OutsideLog) throw await outside(error);
      // Kafka's word for a batch whose head it cannot make sense of itself.
      if (!isBrokerError(error, "CORRUPT_MESSAGE", "UNKNOWN_SERVER_ERROR")) throw error;
      throw check.broken("a batch", `that the broker itself cannot read it (${error.message})`);
    }
  }

  async function outside({ message }: OutsideLog): Promise<Error> {
    const { start, end } = await findBounds(cluster, topic, partition);
    const found = `a partition from ${start} to ${end} (${message})`;
    return check.broken("the whole log, from its first record on", found, waysOn.lost);
  }

  return {
    async read(waitMs) {
      for (let asked = 1; ; asked += 1) {
        const { batches: bytes, highWatermark: end } = await fetchOnce(waitMs);
        const { records, batches, taken } = check.take(bytes);
        if (check.next > end)
          throw check.broken(
            `an end at ${end}, as the broker says`,
            `a batch to ${check.next - 1}`,
          );
        if (taken > 0 || end <= check.next)
          return { records, end, batches, bytes: bytes.subarray(0, taken) };
        if (asked < emptyAnswersMax) await sleep(againMs);
        else if (bytes.length > 0) throw check.cutOff(bytes);
        else throw check.broken(`a batch, as the log goes on to ${end}`, "nothing from the broker");
      }
    },
    async close() {
      fetcher.close();
    },
  };
}
