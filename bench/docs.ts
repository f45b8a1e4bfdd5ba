import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../src/kafka/managed/make-folder.ts";

/** A test writes into a copy. */
const docs = process.env["SAUDA_BENCH_DOCS"] ?? join(import.meta.dirname, "..", "docs");
/** Where figures stand for people. */
export const benchmarksPath: string = join(docs, "benchmarks.md");
/** Where what they were drawn from lies. */
export const benchmarksFolder: string = join(docs, "benchmarks");

/**
 * The document with another text between a figure's two marks. Throws where it has not both, for a
 * figure that nobody would see.
 */
export function replaceFigure(document: string, figure: string, content: string): string {
  const [begin, end] = [`<!-- ${figure}: begin -->`, `<!-- ${figure}: end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`no marks ${begin} and ${end} in the document`);
  return `${document.slice(0, from + begin.length)}\n\n${content}\n\n${document.slice(to)}`;
}

/** Throws where docs/benchmarks.md has no place for a figure, before hours went into it. */
export async function findMarks(figure: string): Promise<void> {
  replaceFigure(await readFile(benchmarksPath, "utf8"), figure, "");
}

/** Writes a figure's text into docs/benchmarks.md, and files beside it into its folder. */
export async function writeFigure(
  figure: string,
  content: string,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const document = replaceFigure(await readFile(benchmarksPath, "utf8"), figure, content);
  await makeFolder(benchmarksFolder);
  for (const [name, text] of Object.entries(files))
    await writeFile(join(benchmarksFolder, name), text);
  await writeFile(benchmarksPath, document);
}

/** Writes what a figure's command said into docs/benchmarks.md, with the day and how busy
 * it was.
 */
export async function writeLines(
  figure: string,
  { command, busy }: { readonly command: string; readonly busy: string },
  lines: readonly string[],
): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  const block = ["```text", `$ ${command}   (${day}, ${busy})`, ...lines, "```"];
  await writeFigure(figure, block.join("\n"));
}
