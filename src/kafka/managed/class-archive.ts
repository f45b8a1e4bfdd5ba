import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import type { Java } from "./java.ts";

/**
 * Loading and checking 8,000 classes is half of Kafka's start. Java can keep them in an archive:
 * the first broker that is stopped in peace writes one (4 s, once), later ones start from it (2.1 s
 * to ready, not 3.7). Java itself checks that an archive fits and goes on without one that does
 * not, so the worst that a bad one can do is nothing.
 */
export type ClassArchive = {
  readonly flags: readonly string[];
  /**
   * What the broker writes when it ends, and where it belongs; undefined if there is an
   * archive already.
   */
  readonly made: { readonly from: string; readonly to: string } | undefined;
};

/**
 * The flags for a broker of this Java and these jars. With `make` it writes an archive if there
 * is none.
 */
export async function classArchive(
  java: Java,
  jarsDir: string,
  dataDir: string,
  make: boolean,
): Promise<ClassArchive> {
  // Java refuses an archive of another build or other paths. A name of its own for each keeps them
  // apart. In which mode that build runs now ("mixed mode, sharing") is the same to it.
  const build = java.version.replaceAll(/(\(build [^,)]+),[^)]*/g, "$1");
  const key = createHash("sha256").update(`${build}\n${jarsDir}`).digest("hex").slice(0, 12);
  const archive = `${jarsDir}-${key}.jsa`;
  const quiet = ["-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"];
  if (existsSync(archive))
    return { flags: [`-XX:SharedArchiveFile=${archive}`, ...quiet], made: undefined };
  if (!make) return { flags: [], made: undefined };
  const from = join(dataDir, "classes.jsa");
  await rm(from, { force: true });
  return { flags: [`-XX:ArchiveClassesAtExit=${from}`, ...quiet], made: { from, to: archive } };
}

/**
 * Puts the archive of a broker that has ended in peace where the next one finds it, and removes
 * those it replaces.
 */
export async function keepClassArchive(made: {
  readonly from: string;
  readonly to: string;
}): Promise<void> {
  if (!existsSync(made.from)) return;
  const dir = dirname(made.to);
  const stem = basename(made.to).replace(/[^-]*\.jsa$/, "");
  for (const name of await readdir(dir)) {
    if (name.startsWith(stem) && name.endsWith(".jsa")) await rm(join(dir, name), { force: true });
  }
  // The data folder may lie on another disk: then there is no archive, and the next start is as
  // slow as this one was.
  await rename(made.from, made.to).catch(() => rm(made.from, { force: true }));
}
