import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

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
export type PostgresLife =
  | { readonly life: "running"; readonly pid: number; readonly port: number }
  | { readonly life: "stale"; readonly pid: number }
  | { readonly life: "stopped" };

/** What is remembered; null for a folder without a server. */
export async function findRemembered(folder: string): Promise<Remembered | null> {
  const text = await readFile(join(folder, "server.json"), "utf8").catch(() => null);
  return text === null ? null : (JSON.parse(text) as Remembered);
}

/** What is remembered, made where there is nothing: of two who make it at once, both get the same. */
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
