import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { possibleDataDirs } from "./data-folder.ts";
import { PostgresProblem } from "./problem.ts";

/** What is remembered of the server of a folder, in `server.json`, which only we may read. */
export type Remembered = {
  readonly dataDir: string;
  readonly password: string;
  /** The port it had last, taken again if it is free. */
  readonly port: number | null;
};

/**
 * What the server of a data folder is doing, by the file that PostgreSQL keeps there while it runs.
 * `stale`: it ended without being stopped (killed, crashed, or the machine restarted).
 */
type PostgresLife =
  | { readonly life: "running"; readonly pid: number; readonly port: number }
  | { readonly life: "stale"; readonly pid: number }
  | { readonly life: "stopped" };

/**
 * What is remembered; null for a folder without a server. Breaks with PostgresProblem where it
 * cannot be read (a disk that was lost, a stranger's hand): the password of the data that lie there
 * is in it and nowhere else.
 */
export async function findRemembered(folder: string): Promise<Remembered | null> {
  const file = join(folder, "server.json");
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  const stored = parsed(text);
  if (isRemembered(stored)) return stored;
  const wayOn = "npx sauda postgres reset, then npm start: the books are made anew from the log";
  throw new PostgresProblem("FORGOTTEN", `${file} is damaged: the password was in it`, wayOn);
}

/**
 * Where the data of a folder's server lie, or may lie where what is remembered cannot be read;
 * empty without one.
 */
export async function findDataDirs(folder: string): Promise<readonly string[]> {
  try {
    const found = await findRemembered(folder);
    return found === null ? [] : [found.dataDir];
  } catch (error) {
    if (error instanceof PostgresProblem) return possibleDataDirs(folder);
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRemembered(stored: unknown): stored is Remembered {
  const { dataDir, password, port } = Object(stored) as Partial<Remembered>;
  const isPort = port === null || Number.isSafeInteger(port);
  return typeof dataDir === "string" && typeof password === "string" && isPort;
}

/**
 * What is remembered, made where there is nothing: of two who make it at once, both get the same.
 */
export async function remember(folder: string, dataDir: string): Promise<Remembered> {
  const found = await findRemembered(folder);
  if (found !== null) return found;
  const made: Remembered = { dataDir, password: randomBytes(16).toString("hex"), port: null };
  const part = await writePart(folder, made);
  await link(part, join(folder, "server.json")).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(part);
  return (await findRemembered(folder)) ?? made;
}

/** Remembers the port for the next start. */
export async function rememberPort(folder: string, port: number): Promise<void> {
  const found = await findRemembered(folder);
  if (found === null || found.port === port) return;
  await rename(await writePart(folder, { ...found, port }), join(folder, "server.json"));
}

async function writePart(folder: string, what: Remembered): Promise<string> {
  const part = join(folder, `server.json.part-${randomBytes(4).toString("hex")}`);
  await writeFile(part, `${JSON.stringify(what, null, 1)}\n`, { mode: 0o600 });
  return part;
}

/** Looks at the server of a data folder. */
export async function readLife(dataDir: string): Promise<PostgresLife> {
  const text = await readFile(join(dataDir, "postmaster.pid"), "utf8").catch(() => "");
  // Line by line: pid, data folder, start, port, and what belongs to sockets and memory.
  const [pid, , , port] = text.split("\n").map(Number);
  if (pid === undefined || !(pid > 0)) return { life: "stopped" };
  if (!(await isServer(pid, dataDir))) return { life: "stale", pid };
  return { life: "running", pid, port: port ?? 0 };
}

/** Waits until no server of this pid runs on the folder, at most `limitMs`. True if none does. */
export async function hasEndedWithin(
  pid: number,
  dataDir: string,
  limitMs: number,
): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (await isServer(pid, dataDir)) {
    if (performance.now() >= deadline) return false;
    await sleep(25);
  }
  return true;
}

/** By its command line: pids are used again, and then mean somebody else. A zombie has none. */
async function isServer(pid: number, dataDir: string): Promise<boolean> {
  const command =
    process.platform === "linux"
      ? await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")
      : await commandByPs(pid);
  return command.includes("postgres") && command.includes(dataDir);
}

async function commandByPs(pid: number): Promise<string> {
  const asked = promisify(execFile)("/bin/ps", ["-o", "command=", "-p", String(pid)]);
  return asked.then(
    ({ stdout }) => stdout,
    () => "", // no such process
  );
}
