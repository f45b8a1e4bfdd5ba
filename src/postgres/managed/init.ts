import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chown, mkdir, rename, rm, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Owner } from "./owner.ts";
import { PostgresProblem } from "./problem.ts";

/** A new cluster takes 40 MB; the books want more. */
const leastFreeBytes = 100 * 1024 * 1024;

/** What a new data folder is made with. */
type Init = {
  readonly programs: string;
  readonly dataDir: string;
  readonly owner: Owner;
  readonly password: string;
  /** Whether it must outlive a power cut. */
  readonly isDurable: boolean;
  readonly signal: AbortSignal | undefined;
};

/** Makes the data folder if there is none. One that was cut short leaves nothing that counts. */
export async function initOnce(init: Init): Promise<void> {
  const { dataDir, owner, password } = init;
  if (existsSync(join(dataDir, "PG_VERSION"))) return;
  await checkDisk(dirname(dataDir));
  const part = `${dataDir}.part-${randomBytes(4).toString("hex")}`;
  const passwordFile = `${part}.password`;
  await rm(part, { recursive: true, force: true });
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (owner !== null) await chown(passwordFile, owner.uid, owner.gid);
    await runInit(init, part, passwordFile);
    // Of two who make it at once the second finds a whole one in the way, and uses it.
    await rename(part, dataDir).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(passwordFile, { force: true });
    await rm(part, { recursive: true, force: true });
  }
}

async function runInit(
  { programs, owner, isDurable, signal }: Init,
  part: string,
  passwordFile: string,
): Promise<void> {
  const words = [
    `--pgdata=${part}`,
    "--username=sauda",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--no-instructions",
    ...(isDurable ? [] : ["--no-sync"]),
  ];
  try {
    await makeOwned(part, owner);
    const run = promisify(execFile);
    await run(join(programs, "bin", "initdb"), words, {
      cwd: "/",
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
      timeout: 60_000,
      killSignal: "SIGKILL",
      signal,
      ...owner,
    });
  } catch (error) {
    signal?.throwIfAborted();
    const complaint = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    const message = `PostgreSQL's data folder ${part} could not be made: ${complaint.split("\n").at(-1)}`;
    throw new PostgresProblem("DIED", message, `look at ${dirname(part)}, or set SAUDA_DATA_DIR`);
  }
}

/** initdb makes its folder itself, but only where it may write: for another user we make it. */
async function makeOwned(folder: string, owner: Owner): Promise<void> {
  if (owner === null) return;
  await mkdir(folder, { mode: 0o700 });
  await chown(folder, owner.uid, owner.gid);
}

async function checkDisk(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= leastFreeBytes) return;
  const message = `the disk of ${folder} is full: ${Math.floor(free / 1024 / 1024)} MiB free, PostgreSQL needs 100`;
  throw new PostgresProblem("DISK_FULL", message, "free some space, or set SAUDA_DATA_DIR");
}
