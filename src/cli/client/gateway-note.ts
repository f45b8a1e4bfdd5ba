import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, ownProof } from "../../kafka/managed/process.ts";
import type { ProcessProof } from "../../kafka/managed/process.ts";

/** By which the terminal finds the market of a data folder: a gateway's process, its address, and its Kafka. */
export type GatewayNote = ProcessProof & {
  readonly http: string;
  /** Null: its log is in memory. */
  readonly bootstrap: string | null;
};

function notePath(dataDir: string): string {
  return join(dataDir, "gateway.json");
}

/** Notes that this process's gateway listens; of several the last one is asked. Returns what takes the note away. */
export async function noteGateway(
  dataDir: string,
  address: Pick<GatewayNote, "http" | "bootstrap">,
): Promise<() => Promise<void>> {
  const path = notePath(dataDir);
  const part = `${path}.${process.pid}`;
  await mkdir(dataDir, { recursive: true });
  await writeFile(part, JSON.stringify({ ...(await ownProof()), ...address }), { mode: 0o600 });
  await rename(part, path); // a reader sees the old one or the new one
  return async () => {
    const now = await readNote(dataDir);
    if (now?.pid === process.pid) await rm(path, { force: true });
  };
}

/** The gateway that runs on the data folder; null where none is known, or the one that was known has ended. */
export async function findGateway(dataDir: string): Promise<GatewayNote | null> {
  const note = await readNote(dataDir);
  // One that was killed has left its note, and its pid and its port may be another's by now.
  return note !== null && (await isRunning(note)) ? note : null;
}

async function readNote(dataDir: string): Promise<GatewayNote | null> {
  const text = await readFile(notePath(dataDir), "utf8").catch(() => "null");
  try {
    const { pid, began, http, bootstrap = null } = JSON.parse(text) as Partial<GatewayNote>;
    if (typeof pid !== "number" || typeof began !== "string" || typeof http !== "string")
      return null;
    return { pid, began, http, bootstrap };
  } catch {
    return null; // half written, or another's: no market is known
  }
}
