import { join } from "node:path";
import { groupedWhole } from "../../domain/facts/units.ts";
import { auditShard, type AuditedShard } from "../../services/audit/log-audit.ts";
import { BrokenLog, type LogBreak } from "../../services/audit/log-break.ts";
import { exitCode } from "../output.ts";
import { showProgress, type Progress } from "../progress.ts";
import { findManifestBreaks, readManifest } from "./archive-files.ts";
import type { AuditContext } from "./audit-context.ts";
import type { AuditOptions } from "./audit-options.ts";

/**
 * Verifies every shard, also after one that is broken, and of an archive its files. Returns the
 * exit code.
 */
export async function runVerify(context: AuditContext, { files }: AuditOptions): Promise<number> {
  const { shards, signal, terminal } = context;
  const progress = showProgress(terminal.err);
  let broken = 0;
  try {
    for (let shard = 0; shard < shards && !signal.aborted; shard += 1)
      if (!(await verifyShard(context, shard, progress))) broken += 1;
    if (files !== undefined && !signal.aborted)
      broken += await verifyManifest(context, files, progress);
  } finally {
    progress.end();
  }
  return broken === 0 && !signal.aborted ? exitCode.done : exitCode.failed;
}

/** Of an archive: how many of its files are not those of its manifest. */
async function verifyManifest(
  { output }: AuditContext,
  folder: string,
  progress: Progress,
): Promise<number> {
  const manifest = await readManifest(folder);
  if (manifest === null) return 0;
  progress.step(`verifying ${manifest.files.length} files of the archive`);
  const found = await findManifestBreaks(folder, manifest);
  progress.above(() => {
    for (const { file, what } of found)
      output.fact(`BROKEN  ${join(folder, file)} ${what}`, { type: "broken_file", file, what });
    const { files } = manifest;
    if (found.length === 0)
      output.fact(`VERIFIED  ${files.length} files are those of the manifest`, {
        type: "verified_files",
        files: files.length,
      });
  });
  return found.length;
}

/** False where the shard's log or a snapshot of it is broken. */
async function verifyShard(
  context: AuditContext,
  shard: number,
  progress: Progress,
): Promise<boolean> {
  const { log, shards, signal, output } = context;
  progress.step(`verifying shard ${shard}`);
  const onProgress = (next: number, end: number): void =>
    progress.detail(`${groupedWhole(next)}${end === Infinity ? "" : ` of ${groupedWhole(end)}`}`);
  let breaks = 0;
  const tell = (broken: LogBreak): void => {
    breaks += 1;
    const { topic, partition, offset, expected, found, wayOn } = broken;
    const json = { type: "broken", shard, topic, partition, offset, expected, found };
    const text = `BROKEN  ${new BrokenLog(broken).message}`;
    progress.above(() => output.fact(text, { ...json, way_on: wayOn }));
  };
  try {
    const parts = { log, shard, shards, onProgress, onSnapshotBreak: tell, signal };
    const found = await auditShard(parts);
    if (found !== null)
      progress.above(() => output.fact(wordsOf(found), { type: "verified", ...jsonOf(found) }));
  } catch (error) {
    if (!(error instanceof BrokenLog)) throw error;
    tell(error.broken);
  }
  return breaks === 0;
}

function wordsOf(audited: AuditedShard): string {
  const { shard, fold, claims, events, commands, waiting, snapshots } = audited;
  const ignored = Object.values(fold.ignored).reduce((sum, count) => sum + count, 0);
  if (events.next === 0 && commands.next === 0)
    return `VERIFIED  shard ${shard}   nothing was written yet`;
  return [
    `VERIFIED  shard ${shard}`,
    `events 0 to ${events.next - 1}: ${groupedWhole(fold.seq)} steps, ${claims} claims, ${ignored} ignored`,
    `commands 0 to ${commands.next - 1}: ${groupedWhole(waiting)} wait`,
    `chain ${fold.chain}`,
    ...(snapshots.compared + snapshots.ofOthers === 0 ? [] : [snapshotWords(snapshots)]),
  ].join("   ");
}

function snapshotWords({ compared, ofOthers }: AuditedShard["snapshots"]): string {
  const others = ofOthers === 0 ? "" : `, ${ofOthers} of another version not compared`;
  return `snapshots ${compared} as the log folds${others}`;
}

function jsonOf(audited: AuditedShard): object {
  const { shard, fold, claims, events, commands, waiting, snapshots } = audited;
  const { seq, epoch, chain, ignored, genesis } = fold;
  const { marketId = null } = genesis ?? {};
  return {
    shard,
    market_id: marketId,
    seq,
    epoch,
    chain,
    claims,
    ignored,
    events,
    commands,
    waiting,
    snapshots: { compared: snapshots.compared, of_others: snapshots.ofOthers },
  };
}
