import type { Genesis } from "../src/protocol/log/log-record.ts";

/** What a market is whose log a test writes by itself. */
export const genesis: Genesis = {
  marketId: "ab".repeat(16),
  shard: 0,
  shards: 1,
  symbolMap: "fnv1a",
  commandsTopicId: "commands",
  termsDigest: "terms",
  clock: "real",
};
