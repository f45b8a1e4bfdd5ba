import type { ShardView } from "../services/shard-view.ts";
import { followedNow, viewNow } from "../services/snapshots/followed-now.ts";
import type { MarketRecords } from "../services/records/market-records.ts";
import type { LogClient } from "./log-client.ts";

/** What is wrong with a snapshot is said by `sauda snapshot list`; another serves, or the log. */
const report = (): void => {};

/**
 * What each shard's log comes to, read from the newest good snapshot on: the records of a gateway,
 * with all that lives and the newest of what has ended.
 */
export async function recordsOfLog({ log, shards }: LogClient): Promise<MarketRecords[]> {
  const all: MarketRecords[] = [];
  for (let shard = 0; shard < shards; shard += 1)
    all.push((await followedNow({ log, shard, report })).records);
  return all;
}

/** The same of the markets alone. */
export async function viewsOfLog({ log, shards }: LogClient): Promise<ShardView[]> {
  const all: ShardView[] = [];
  for (let shard = 0; shard < shards; shard += 1) all.push(await viewNow({ log, shard, report }));
  return all;
}
