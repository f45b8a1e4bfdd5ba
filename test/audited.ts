import { auditShard, type AuditedShard } from "../src/services/audit/log-audit.ts";
import type { AuditedLog } from "../src/services/audit/log-walk.ts";
import { BrokenLog, type LogBreak } from "../src/services/audit/log-break.ts";

/** What an audit of a log's one shard ends with; a snapshot's break before the log's. */
export async function audited(log: AuditedLog): Promise<AuditedShard | LogBreak> {
  const { signal } = new AbortController();
  const breaks: LogBreak[] = [];
  const onSnapshotBreak = (broken: LogBreak): void => void breaks.push(broken);
  const parts = { log, shard: 0, shards: 1, onProgress: () => {}, onSnapshotBreak, signal };
  try {
    const found = await auditShard(parts);
    if (found === null) throw new Error("nobody asked it to end");
    return breaks[0] ?? found;
  } catch (error) {
    if (error instanceof BrokenLog) return error.broken;
    throw error;
  }
}
