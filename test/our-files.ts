import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, sep } from "node:path";

/** The folder of the project. */
export const root: string = dirname(import.meta.dirname);

/** A file that we wrote: the path, the first folder of it, the lines. */
export type File = {
  readonly path: string;
  readonly folder: string;
  readonly lines: readonly string[];
};

/** The files of `src`, by their paths in it. */
export const files: readonly File[] = readFolder("src");

/** All that we write, tests and tools too, by its whole path. */
export const everything: readonly File[] = [
  "src",
  "build",
  "web",
  "test",
  "bench",
  "chaos",
].flatMap((folder) =>
  readFolder(folder).map((file) => ({ ...file, path: `${folder}/${file.path}` })),
);

/** The files of one of our folders, by their paths in it. */
export function readFolder(name: string): readonly File[] {
  const folder = join(root, name);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(
      (path) => /\.(ts|svelte)$/.test(path) && !/(^|[/\\])(node_modules|dist)[/\\]/.test(path),
    )
    .map((path) => ({
      path: path.split(sep).join("/"),
      folder: path.split(sep)[0] ?? "",
      lines: readFileSync(join(folder, path), "utf8").trimEnd().split("\n"),
    }));
}

/** Where a line of code, not of a comment, fits: path, number and line. */
export function findLines({ path, lines }: File, what: RegExp): string[] {
  return lines.flatMap((line, index) => {
    const isComment = /^\s*(\/\/|\*|\/\*)/.test(line);
    return !isComment && what.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [];
  });
}
