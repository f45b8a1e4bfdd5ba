import { open, readdir, readFile, type FileHandle } from "node:fs/promises";
import { basename, join } from "node:path";
import type { CheckedReader } from "../services/log.ts";
import { waysOn } from "../services/audit/log-break.ts";
import { BatchCheck } from "./checked-batches.ts";

/** Read at a time; a batch is 8 MiB at most. */
const chunkBytes = 8 * 1024 * 1024;

/** A file of batches, one behind the other, and the offset that its name gives the first one. */
type BatchFile = { readonly path: string; readonly from: number };

/** A partition's folder of files; `end`: where they must end, null where nobody says it. */
type FilesPlace = {
  readonly folder: string;
  readonly topic: string;
  readonly partition: number;
  readonly end: number | null;
};

/**
 * Reads the files of batches of a folder, in their order: the segments of a partition as Kafka
 * keeps them (`.log`), or those of an archive. Nobody may write to them meanwhile.
 */
export async function openBatchFiles(
  { folder, topic, partition, end }: FilesPlace,
  from: number,
): Promise<CheckedReader> {
  const files = await listFiles(folder);
  const epochAt = await readEpochs(folder);
  const check = new BatchCheck({ topic, partition, epochAt }, from);
  let at = Math.max(
    0,
    files.findLastIndex((file) => file.from <= from),
  );
  let file: FileHandle | null = null;
  let rest: Buffer = Buffer.alloc(0);

  /** The next file's name must say what the one before it ends with. */
  async function openNext({ path, from: named }: BatchFile): Promise<FileHandle> {
    if (!check.follows(named))
      throw check.broken(`a file that begins at ${check.next}`, `${basename(path)}`, waysOn.lost);
    return open(path);
  }

  async function readOn(): Promise<Buffer | null> {
    for (; at < files.length; at += 1) {
      const next = files[at];
      if (next === undefined) break;
      file ??= await openNext(next);
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await file.read(chunk);
      if (bytesRead > 0) return Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      await file.close();
      file = null;
      if (rest.length > 0) throw check.cutOff(rest);
    }
    return null;
  }

  return {
    async read() {
      let batches = 0;
      for (;;) {
        const bytes = await readOn();
        if (bytes === null) {
          if (end !== null && end !== check.next)
            throw check.broken(`an end at ${end}, as Kafka noted when it stopped`, "the end");
          return { records: [], end: check.next, batches, bytes: rest };
        }
        const checked = check.take(bytes);
        rest = Buffer.from(bytes.subarray(checked.taken));
        batches += checked.batches;
        if (checked.taken === 0) continue;
        const { records, taken } = checked;
        return { records, end: Infinity, batches, bytes: bytes.subarray(0, taken) };
      }
    },
    async close() {
      await file?.close();
    },
  };
}

async function listFiles(folder: string): Promise<BatchFile[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{20}\.log$/.test(name));
  return names
    .toSorted()
    .map((name) => ({ path: join(folder, name), from: Number(basename(name, ".log")) }));
}

/**
 * Kafka's own note of which leader epoch began at which offset: version, count, then a line for
 * each. Null where there is none.
 */
async function readEpochs(folder: string): Promise<((offset: number) => number) | null> {
  const text = await readFile(join(folder, "leader-epoch-checkpoint"), "utf8").catch(() => null);
  const lines = (text ?? "").split("\n").slice(2);
  const epochs = lines.flatMap((line) => {
    const [epoch, start] = line.split(" ").map(Number);
    return Number.isSafeInteger(epoch) && Number.isSafeInteger(start) ? [{ epoch, start }] : [];
  });
  if (epochs.length === 0) return null;
  return (offset) => epochs.findLast(({ start = 0 }) => start <= offset)?.epoch ?? 0;
}
