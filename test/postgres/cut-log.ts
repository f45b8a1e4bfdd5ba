import type { Step } from "../../src/domain/facts/event.ts";
import type { MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { Random } from "../../src/memory/random.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { foldRecord, newLogFold } from "../../src/services/log-fold.ts";
import type { OutRecord } from "../../src/services/log.ts";
import { claimOf } from "./market-log.ts";
import { encodeSteps } from "../steps-record.ts";

/**
 * A power cut (R21): of the cluster's log so many records stand. A new writer has claimed it and
 * decided the lost steps again, one a record, until the log is longer than it was.
 */
export function cutAndGrow(
  cluster: MemoryCluster,
  { records, steps }: { readonly records: readonly OutRecord[]; readonly steps: readonly Step[] },
  kept: number,
): void {
  const fold = newLogFold();
  for (const [offset, { key, value }] of records.slice(0, kept).entries())
    foldRecord(fold, { offset, key, value, timestampMs: 0, isControl: false });
  const log = cluster.partition(eventsTopic, 0);
  log.deleteTail(kept);
  const put = (value: Buffer): void => {
    const offset = log.append([{ key: logKey, value }], 0);
    foldRecord(fold, { offset, key: logKey, value, timestampMs: 0, isControl: false });
  };
  const random = new Random(kept);
  put(claimOf(fold.epoch + 1, random));
  for (const step of steps.slice(fold.seq))
    put(encodeSteps(fold.epoch, fold.seq + 1, fold.chain, [step]));
  while (log.end <= records.length) put(claimOf(fold.epoch + 1, random));
}
