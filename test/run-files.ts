import { existsSync, globSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { nearest } from "./nearest.ts";
import { root } from "./run-processes.ts";

/** Makes what spares all others that start Kafka a third of its start, so it runs before them. */
const first = join(root, "test", "kafka", "class-archive.test.ts");

/** The files that are asked for: of folders, by name, or all. Null, and a word: none. */
export function findFiles(asked: readonly string[]): string[] | null {
  const files = new Set<string>();
  for (const place of asked.length === 0
    ? [join(root, "test")]
    : asked.map((one) => resolve(one))) {
    const isFile = existsSync(place) && !statSync(place).isDirectory();
    const found = isFile ? [place] : globSync(join(place, "**", "*.test.ts"));
    for (const file of found) files.add(file);
    if (found.length > 0) continue;
    const near = nearest(relative(root, place), everyPlace());
    const way = near === null ? "name a folder or a file, as in test/domain" : `is it ${near}?`;
    process.stderr.write(`no tests in ${place}: ${way}\n`);
    return null;
  }
  const isFirst = (file: string): number => Number(file === first);
  return [...files].toSorted().toSorted((one, other) => isFirst(other) - isFirst(one));
}

/** The folders and files of tests, by their paths in the project. */
function everyPlace(): string[] {
  const files = globSync("test/**/*.test.ts", { cwd: root });
  return [...new Set(files.flatMap((file) => [dirname(file), file]))];
}
