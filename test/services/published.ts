import { committedRecords, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import type { Headers } from "../../src/memory/partition.ts";
import { eventsTopic, publishedTopic, topicSpecs } from "../../src/protocol/topics.ts";
import { realClock } from "../../src/services/clock.ts";
import type { MarketLog, OutRecord } from "../../src/services/log.ts";
import { runPublisher } from "../../src/services/publisher.ts";
import { clusterOf, logEnd } from "../postgres/market-log.ts";
import { until } from "../acceptance/market-process.ts";

/** A record of a public topic. */
export type PublishedRecord = { key: Buffer | null; value: Buffer | null; headers: Headers };
/** The public topics by name. */
export type Topics = Map<string, PublishedRecord[]>;

/** What the publisher makes of a log. */
export async function publishedOf(records: readonly OutRecord[]): Promise<Topics> {
  const cluster = clusterOf(records);
  await publishAll(cluster);
  return committedOf(cluster);
}

/**
 * One life of a publisher: begins, publishes all that the cluster's log holds, ends. `seenThrough`:
 * the log as the publisher has it.
 */
export async function publishAll(
  cluster: MemoryCluster,
  report: (report: { readonly type: string }) => void = () => {},
  seenThrough: (log: MarketLog<string>) => MarketLog<string> = (log) => log,
): Promise<void> {
  const log = seenThrough(openMemoryLog(cluster, "publisher"));
  const group = await log.join("sauda-publisher", [eventsTopic], "each");
  const ended = new AbortController();
  const work = runPublisher({ log, group, shard: 0, clock: realClock, report }, ended.signal);
  const place = cluster.group("sauda-publisher");
  const isDone = (): boolean =>
    ended.signal.aborted || place.committed(`${eventsTopic}/0`) === logEnd(cluster);
  try {
    // A publisher that stops by itself ends the wait by what it throws.
    await Promise.race([work, until("all is published", isDone)]);
  } finally {
    ended.abort();
    await work.catch(() => {}); // thrown by the race
    await log.close();
  }
}

/** What a correct reader sees on the public topics of a cluster. */
export function committedOf(cluster: MemoryCluster): Topics {
  const topics = topicSpecs.filter(
    ({ role, name }) => role === "output" && name !== publishedTopic,
  );
  return new Map(
    topics.map(({ name }) => [
      name,
      committedRecords(cluster, name, 0).map(({ key, value, headers }) => ({
        key,
        value,
        headers,
      })),
    ]),
  );
}
