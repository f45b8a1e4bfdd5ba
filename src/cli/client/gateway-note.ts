import { randomUUID } from "node:crypto";
import { readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../kafka/managed/make-folder.ts";
import { isRunning, ownProof, type ProcessProof } from "../../kafka/managed/process.ts";

/**
 * By which the terminal finds the market of a data folder: a gateway's process, its address, and
 * its Kafka.
 */
export type GatewayNote = ProcessProof & {
  readonly http: string;
  /** Null: its log is in memory. */
  readonly bootstrap: string | null;
};

/**
 * A note's file. Each gateway has its own: a market in memory may run beside one on Kafka, and a
 * second gateway.
 */
const noteName = /^gateway(-[0-9a-f]{8})?\.json$/;

/**
 * Notes that this process's gateway listens, and takes away the notes of those that died. Returns
 * what takes this one away.
 */
export async function noteGateway(
  dataDir: string,
  address: Pick<GatewayNote, "http" | "bootstrap">,
): Promise<() => Promise<void>> {
  const path = join(dataDir, `gateway-${randomUUID().slice(0, 8)}.json`);
  const part = `${path}.part`;
  await makeFolder(dataDir);
  for (const { path: found, isLiving } of await readNotes(dataDir))
    if (!isLiving) await rm(found, { force: true });
  try {
    await writeFile(part, JSON.stringify({ ...(await ownProof()), ...address }), { mode: 0o600 });
    await rename(part, path); // a reader sees all of it or nothing
  } finally {
    await rm(part, { force: true });
  }
  return () => rm(path, { force: true });
}

/** The gateways that run on the data folder, the newest first. */
export async function findGateways(dataDir: string): Promise<readonly GatewayNote[]> {
  const notes = await readNotes(dataDir);
  return notes.flatMap(({ note, isLiving }) => (note !== null && isLiving ? [note] : []));
}

type FoundNote = {
  readonly path: string;
  readonly note: GatewayNote | null;
  readonly isLiving: boolean;
};

async function readNotes(dataDir: string): Promise<readonly FoundNote[]> {
  const names = await readdir(dataDir).catch(() => []);
  const paths = names.filter((name) => noteName.test(name)).map((name) => join(dataDir, name));
  const found = await Promise.all(paths.map(readNote));
  return found.flat().toSorted((a, b) => b.writtenMs - a.writtenMs);
}

/** Nothing where it is gone by now, or another user's. */
async function readNote(path: string): Promise<(FoundNote & { readonly writtenMs: number })[]> {
  try {
    const [text, { mtimeMs: writtenMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    const note = parseNote(text);
    // One that was killed has left its note, and its pid and its port may be another's by now.
    return [{ path, note, writtenMs, isLiving: note !== null && (await isRunning(note)) }];
  } catch {
    return [];
  }
}

function parseNote(text: string): GatewayNote | null {
  try {
    const { pid, began, http, bootstrap = null } = JSON.parse(text) as Partial<GatewayNote>;
    if (typeof pid !== "number" || typeof began !== "string" || typeof http !== "string")
      return null;
    return { pid, began, http, bootstrap };
  } catch {
    return null; // cut off by a crash of the machine, or another's: no market is known
  }
}
