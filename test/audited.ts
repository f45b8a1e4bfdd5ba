import { auditShard, type AuditedShard } from "../src/services/audit/log-audit.ts";
import type { AuditedLog } from "../src/services/audit/log-walk.ts";
import { BrokenLog, type LogBreak } from "../src/services/audit/log-break.ts";

/** What an audit of a log's one shard ends with. */
export async function audited(log: AuditedLog): Promise<AuditedShard | LogBreak> {
  const { signal } = new AbortController();
  try {
    const found = await auditShard({ log, shard: 0, shards: 1, onProgress: () => {}, signal });
    if (found === null) throw new Error("nobody asked it to end");
    return found;
  } catch (error) {
    if (error instanceof BrokenLog) return error.broken;
    throw error;
  }
}
