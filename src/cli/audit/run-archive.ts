import { join } from "node:path";
import { groupedWhole } from "../../domain/facts/units.ts";
import { commandsTopic, eventsTopic } from "../../protocol/topics.ts";
import { notValid } from "../../services/audit/log-walk.ts";
import {
  foldRecord,
  newLogFold,
  readerStateOf,
  type LogFold,
  type ReaderState,
} from "../../services/log-fold.ts";
import { readWaitMs, type CheckedSlice } from "../../services/log.ts";
import type { Context } from "../context.ts";
import { describeMachineFault } from "../machine-faults.ts";
import { Failure, exitCode } from "../output.ts";
import { showProgress, type Progress } from "../progress.ts";
import { GrowingFile, readManifest, writeManifest, type Manifest } from "./archive-files.ts";
import type { ArchiveOptions } from "./archive.ts";
import { failureOf } from "./audit-context.ts";

type Archiving = {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly fileBytes: number;
  readonly progress: Progress;
};

/** Copies what is not in the folder yet. Returns the exit code. */
export async function runArchive(
  context: Context,
  folder: string,
  { fileMib }: ArchiveOptions,
): Promise<number> {
  const { logClient, signal, terminal } = context;
  const progress = showProgress(terminal.err);
  try {
    const manifest = await manifestFor(context, folder);
    const archiving = { folder, manifest, fileBytes: fileMib * 1024 * 1024, progress };
    for (let shard = 0; shard < logClient.shards; shard += 1)
      // Events first: every command that a copied step answers is there then.
      for (const topic of [eventsTopic, commandsTopic] as const)
        if (!signal.aborted) await archivePartition(context, archiving, topic, shard);
  } catch (error) {
    const fault = describeMachineFault(error, []);
    throw fault === null ? failureOf(error) : new Failure(fault);
  } finally {
    progress.end();
  }
  return signal.aborted ? exitCode.failed : exitCode.done;
}

/** The folder's own where it has one of this market; else a new one. */
async function manifestFor({ logClient }: Context, folder: string): Promise<Manifest> {
  const { log, shards } = logClient;
  const commands_topic_id = await log.topicId(commandsTopic);
  const found = await readManifest(folder);
  if (found === null) return { format: 1, commands_topic_id, shards, files: [], readers: {} };
  if (found.commands_topic_id !== commands_topic_id || found.shards !== shards)
    throw new Failure(
      `${folder} is an archive of another market: name a folder of its own for each`,
      exitCode.usage,
    );
  return found;
}

async function archivePartition(
  context: Context,
  archiving: Archiving,
  topic: typeof eventsTopic | typeof commandsTopic,
  shard: number,
): Promise<void> {
  const { logClient, output, signal } = context;
  const { manifest, progress } = archiving;
  const { end } = await logClient.log.bounds(topic, shard);
  const own = manifest.files.filter((file) => file.topic === topic && file.partition === shard);
  const from = own.at(-1)?.next ?? 0;
  const fold = topic === eventsTopic ? foldOf(manifest, shard) : null;
  progress.step(`archiving ${topic}-${shard}`);
  const reader = await logClient.log.checkedReader(topic, shard, from);
  let next = from;
  let files = 0;
  try {
    while (next < end && !signal.aborted) {
      next = await archiveFile(context, archiving, { topic, shard, from: next, end, fold, reader });
      files += 1;
    }
  } finally {
    await reader.close();
  }
  progress.above(() =>
    output.fact(
      `ARCHIVED  ${topic}-${shard}   ${next} of ${end}: ${groupedWhole(next - from)} records in ${files} new files`,
      { type: "archived", topic, partition: shard, from, next, end, files },
    ),
  );
}

/** The reader as it was at the end of the last file. */
function foldOf({ readers }: Manifest, shard: number): LogFold {
  const stored = readers[String(shard)] as ReaderState | undefined;
  return { ...newLogFold(), ...stored };
}

type FilePlace = {
  readonly topic: string;
  readonly shard: number;
  readonly from: number;
  readonly end: number;
  readonly fold: LogFold | null;
  readonly reader: { read(waitMs: number): Promise<CheckedSlice> };
};

/** Writes one file and notes it; the offset after it. What Ctrl-C cuts off is whole, and kept. */
async function archiveFile(
  { signal }: Context,
  { folder, manifest, fileBytes, progress }: Archiving,
  { topic, shard, from, end, fold, reader }: FilePlace,
): Promise<number> {
  const name = `${topic}-${shard}/${String(from).padStart(20, "0")}.log`;
  const growing = await GrowingFile.begin(join(folder, name));
  const chain_before = fold?.chain ?? null;
  let next = from;
  try {
    while (growing.bytes < fileBytes && next < end && !signal.aborted) {
      const { records, bytes } = await reader.read(readWaitMs);
      if (bytes === null)
        throw new Failure("a market in memory keeps nothing: there is no log to copy");
      await growing.add(bytes);
      for (const record of records) {
        const verdict = fold === null ? null : foldRecord(fold, record);
        if (verdict?.type === "stop") throw notValid(shard, record, verdict.why);
        next = record.offset + 1;
      }
      progress.detail(`${groupedWhole(next)} of ${groupedWhole(end)}`);
    }
  } catch (error) {
    await growing.giveUp();
    throw error;
  }
  if (growing.bytes === 0) {
    await growing.giveUp();
    return next;
  }
  const { bytes } = growing;
  const sha256 = await growing.end();
  const chains = { chain_before, chain_after: fold?.chain ?? null };
  manifest.files.push({
    topic,
    partition: shard,
    file: name,
    from,
    next,
    bytes,
    sha256,
    ...chains,
  });
  if (fold !== null) manifest.readers[String(shard)] = { ...readerStateOf(fold) };
  await writeManifest(folder, manifest);
  return next;
}
