import { createHash, randomBytes } from "node:crypto";
import { chmod, cp, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Binaries } from "./binaries.ts";
import type { Owner } from "./owner.ts";

/** Where things lie that our own folder cannot hold, because another user cannot reach it. */
const systemFolder = "/var/lib/sauda";

/**
 * Where the server's data lie. In our own folder, unless another user must get there and a folder
 * above it is closed to that one; then below `system`. Our own folders, from `base` down, are
 * made where they are missing, and opened for passing through, no more.
 */
export async function chooseDataDir(
  folder: string,
  base: string,
  owner: Owner,
  system: string = systemFolder,
): Promise<{ readonly dataDir: string; readonly closed: string | null }> {
  await makeEach(foldersBetween(base, folder));
  if (owner === null) return { dataDir: join(folder, "data"), closed: null };
  const closed = await findClosed(dirname(base));
  if (closed === null) {
    for (const own of foldersBetween(base, folder)) await openForPassing(own);
    return { dataDir: join(folder, "data"), closed };
  }
  await makeSystemFolder(system);
  return { dataDir: dirBelow(system, folder), closed };
}

/** Where a folder's data may lie, whatever was chosen once. */
export function possibleDataDirs(folder: string): readonly string[] {
  return [join(folder, "data"), dirBelow(systemFolder, folder)];
}

function dirBelow(system: string, folder: string): string {
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  return join(system, `postgres-${name}`);
}

/**
 * The programs where the owner can reach them: copied below `system` once, where they lie in a
 * closed folder.
 */
export async function reachableBinaries(
  { folder, version }: Binaries,
  owner: Owner,
  onProgress: (line: string) => void,
  system: string = systemFolder,
): Promise<string> {
  const closed = owner === null ? null : await findClosed(folder);
  if (closed === null) return folder;
  const copy = join(system, `postgresql-${version}`);
  if ((await stat(copy).catch(() => null)) !== null) return copy;
  onProgress(`${closed} is closed to the user postgres: copying PostgreSQL's programs to ${copy}`);
  const part = `${copy}.part-${randomBytes(4).toString("hex")}`;
  await makeSystemFolder(system);
  await cp(folder, part, { recursive: true, verbatimSymlinks: true });
  // Who comes second finds a whole copy in the way, and uses it.
  await rename(part, copy).catch(() => rm(part, { recursive: true, force: true }));
  return copy;
}

/**
 * The nearest folder above (or at) the path that not everybody may pass through; null when all
 * are open.
 */
async function findClosed(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (found !== null && (found.mode & 0o001) === 0) return path;
  return path === dirname(path) ? null : findClosed(dirname(path));
}

/** Its place is not everywhere: /var/lib is Linux's. */
function makeSystemFolder(system: string): Promise<void> {
  return makeEach(foldersBetween(dirname(dirname(system)), system), 0o755);
}

/** Makes those that are missing, the outermost first. What lies above them is there. */
async function makeEach(folders: readonly string[], mode = 0o777): Promise<void> {
  for (const folder of folders)
    await mkdir(folder, { mode }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
}

function foldersBetween(base: string, folder: string): string[] {
  if (folder === base || folder === dirname(folder)) return [folder];
  return [...foldersBetween(base, dirname(folder)), folder];
}

async function openForPassing(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0) await chmod(folder, (mode & 0o7777) | 0o001);
}
