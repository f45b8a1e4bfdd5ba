import { mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { whileLocked } from "./lock.ts";
import { download, downloadLimitMs, noJars, type DownloadOptions } from "./maven.ts";

/** Names and sizes of the jars as they were when the folder was complete. */
type Manifest = { readonly jars: Readonly<Record<string, number>> };

/**
 * Makes sure that Kafka's jars lie in the folder, downloading them with Maven if they do not, and
 * returns their paths, sorted. The folder appears complete or not at all, also when several
 * processes ask at once or one is killed; a jar that was later removed or cut short is noticed, and
 * the folder made anew. Breaks with NO_MAVEN, NO_JARS or DISK_FULL.
 */
export async function installJars(
  jarsDir: string,
  options: DownloadOptions,
): Promise<readonly string[]> {
  const present = await findJars(jarsDir);
  if (present !== undefined) return present;
  const onWait = () => options.onProgress("another process downloads Kafka's jars: waiting for it");
  const lock = { limitMs: downloadLimitMs + 60_000, onWait, signal: options.signal };
  return whileLocked(`${jarsDir}.lock`, lock, async () => {
    const arrived = await findJars(jarsDir);
    if (arrived !== undefined) return arrived;
    await removeParts(jarsDir);
    const part = await mkdtemp(`${jarsDir}.part-`);
    try {
      await download(part, options);
      await writeManifest(part);
      await rm(jarsDir, { recursive: true, force: true });
      await rename(part, jarsDir);
    } finally {
      await rm(part, { recursive: true, force: true });
    }
    const jars = await findJars(jarsDir);
    if (jars === undefined) throw noJars("they were there and are gone again");
    return jars;
  });
}

/** The paths of the jars, sorted, if the folder is complete. */
export async function findJars(jarsDir: string): Promise<readonly string[] | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(jarsDir, "jars.json"), "utf8")) as Manifest;
    const names = Object.keys(manifest.jars).toSorted();
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(join(jarsDir, name))).size),
    );
    const complete = names.every((name, index) => manifest.jars[name] === sizes[index]);
    return complete && names.length > 0 ? names.map((name) => join(jarsDir, name)) : undefined;
  } catch {
    return undefined;
  }
}

/** What a killed download left. Called under the lock, so none of them is in use. */
async function removeParts(jarsDir: string): Promise<void> {
  for (const name of await readdir(dirname(jarsDir))) {
    if (!name.startsWith(`${basename(jarsDir)}.part-`)) continue;
    await rm(join(dirname(jarsDir), name), { recursive: true, force: true });
  }
}

async function writeManifest(dir: string): Promise<void> {
  const jars: Record<string, number> = {};
  for (const name of await readdir(dir)) jars[name] = (await stat(join(dir, name))).size;
  for (const needed of ["kafka_2.13-", "kafka-server-", "log4j-core-"]) {
    const found = Object.entries(jars).some(([name, size]) => name.startsWith(needed) && size > 0);
    if (!found) throw noJars(`Maven reported success, but brought no ${needed}*.jar`);
  }
  await writeFile(join(dir, "jars.json"), JSON.stringify({ jars } satisfies Manifest, null, 1));
}
