import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { isRunning } from "./process.ts";

/** What is remembered of a broker in its data folder, in `state.json`. */
export type BrokerState = {
  readonly pid: number;
  /** When the process began: pids are used again. See `process.ts`. */
  readonly began: string;
  readonly port: number;
  readonly controllerPort: number;
  /** ISO 8601, for people. */
  readonly startedAt: string;
  /** Where the broker writes its class archive when it ends, if it does. See `class-archive.ts`. */
  readonly archive?: { readonly from: string; readonly to: string };
  /** True once it was to stop. The ports stay, so that the next start takes them again. */
  readonly stopped: boolean;
};

/** What became of the broker of a data folder. */
type BrokerLife =
  | { readonly life: "running"; readonly state: BrokerState }
  | { readonly life: "stopped"; readonly state: BrokerState | undefined }
  | { readonly life: "stale"; readonly state: BrokerState };

/**
 * Looks up the broker of the folder. `stale`: it ended without being stopped (killed, crashed, or
 * the machine restarted).
 */
export async function readLife(dataDir: string): Promise<BrokerLife> {
  const state = await findState(dataDir);
  if (state === undefined) return { life: "stopped", state };
  if (await isRunning(state)) return { life: "running", state };
  return { life: state.stopped ? "stopped" : "stale", state };
}

/** The remembered state; undefined for a folder without one, or with one that cannot be read. */
export async function findState(dataDir: string): Promise<BrokerState | undefined> {
  try {
    const stored: unknown = JSON.parse(await readFile(stateFile(dataDir), "utf8"));
    return isState(stored) ? stored : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether what the file holds is what `writeState` writes. `began` is missing in one of an
 * earlier version.
 */
function isState(stored: unknown): stored is BrokerState {
  const { pid, port, controllerPort } = Object(stored) as Partial<BrokerState>;
  return [pid, port, controllerPort].every(Number.isSafeInteger);
}

/** Replaces the state at one stroke: a reader sees the old one or the new one. */
export async function writeState(dataDir: string, state: BrokerState): Promise<void> {
  const part = `${stateFile(dataDir)}.part`;
  await writeFile(part, `${JSON.stringify(state, null, 1)}\n`);
  await rename(part, stateFile(dataDir));
}

function stateFile(dataDir: string): string {
  return join(dataDir, "state.json");
}
