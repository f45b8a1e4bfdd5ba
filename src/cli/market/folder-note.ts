import { createHash } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { makeFolder } from "../../kafka/managed/make-folder.ts";
import { isRunning, ownProof, type ProcessProof } from "../../kafka/managed/process.ts";
import { Failure } from "../output.ts";

/**
 * The note by which other commands know what runs on a data folder: this process, when it began,
 * and facts.
 */
type FolderNote = {
  /** Replaces the facts at one stroke: a reader sees the old ones or the new ones. */
  readonly setFacts: (facts: object) => Promise<void>;
  readonly remove: () => Promise<void>;
};

/**
 * What the note at the path says; null where there is none that can be read: half written, or an
 * earlier version's.
 */
export async function readNote<Note>(path: string, schema: z.ZodType<Note>): Promise<Note | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}

/**
 * The same of a process that runs; one that died has left its note, and its pid may be another's
 * by now.
 */
export async function findNote<Note extends ProcessProof>(
  path: string,
  schema: z.ZodType<Note>,
): Promise<Note | null> {
  const note = await readNote(path, schema);
  return note !== null && (await isRunning(note)) ? note : null;
}

/**
 * So often a note that was left by the dead is replaced, in case others do the same, and so
 * far apart.
 */
const triesMax = 20;
const retryMs = 50;

/**
 * Notes at the path that this process runs, unless there is the note of another that lives: throws
 * `Failure` with what `findOther` says of it (null: nobody lives). The note of one that died, or
 * that cannot be read, is replaced.
 */
export async function noteOnFolder(
  path: string,
  facts: object,
  findOther: () => Promise<string | null>,
): Promise<FolderNote> {
  const part = `${path}.${process.pid}`;
  const proof = await ownProof();
  const write = (facts: object): Promise<void> =>
    writeFile(part, JSON.stringify({ ...proof, ...facts }), { mode: 0o600 });
  await makeFolder(dirname(path));
  await write(facts);
  try {
    await claim(path, part, findOther);
  } finally {
    await rm(part, { force: true });
  }
  return {
    setFacts: async (facts) => {
      try {
        await write(facts);
        await rename(part, path);
      } finally {
        await rm(part, { force: true }); // where the disk is full
      }
    },
    remove: () => rm(path, { force: true }),
  };
}

/** Puts the note in its place whole, unless there is one of somebody who lives. */
async function claim(
  path: string,
  part: string,
  findOther: () => Promise<string | null>,
): Promise<void> {
  for (let tried = 0; tried < triesMax; tried += 1) {
    if (await isLinked(part, path)) return;
    const found = await readBytes(path);
    const other = await findOther();
    if (other !== null) throw new Failure(other);
    if (found !== null && (await isReplaced(path, part, found))) return;
    await sleep(retryMs);
  }
  throw new Failure(`${path} cannot be kept: somebody else writes it; remove ${path}*`);
}

/**
 * Puts the note in the place of the dead one that was found there. Of all who found it dead,
 * however late they come to it, one does: who has the name made of what it says, while it still
 * says so.
 */
async function isReplaced(path: string, part: string, found: Buffer): Promise<boolean> {
  const turn = `${path}.after-${createHash("sha256").update(found).digest("hex").slice(0, 12)}`;
  if (!(await isLinked(part, turn))) return false;
  try {
    if ((await readBytes(path))?.equals(found) !== true) return false;
    await rename(part, path);
    return true;
  } finally {
    await rm(turn, { force: true });
  }
}

/** Gives the file a second name; false where somebody has that name. */
async function isLinked(file: string, name: string): Promise<boolean> {
  try {
    await link(file, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function readBytes(path: string): Promise<Buffer | null> {
  return readFile(path).catch(() => null);
}
