import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { readScenario } from "../../scenario/reading/file.ts";
import { unusableFile } from "../machine-faults.ts";
import { exitCode, type Output } from "../output.ts";
import { printTable, type Column } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** A scenario file as a list shows it. */
type Listed = { readonly file: string; readonly days: string; readonly teaches: string };

const columns: readonly Column<Listed>[] = [
  { name: "FILE", cell: ({ file }) => file },
  { name: "DAYS", cell: ({ days }) => days },
  { name: "TEACHES", cell: ({ teaches }) => teaches },
];

/**
 * Prints the scenarios of a folder, by name. Returns the exit code: 2 where there is no
 * such folder.
 */
export async function listScenarios(
  folder: string,
  terminal: Terminal,
  output: Output,
): Promise<number> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw unusableFile(`cannot read ${folder}`, error);
  });
  const files = names.filter((name) => /\.ya?ml$/.test(name)).toSorted();
  const listed = await Promise.all(files.map((name) => describe(join(folder, name))));
  printTable({ terminal, output }, columns, listed, (one) => ({ type: "scenario", ...one }));
  output.note(
    files.length === 0
      ? `no scenario in ${folder}`
      : `npx sauda scenario run ${listed[0]?.file} plays one; several files may be given`,
  );
  return exitCode.done;
}

async function describe(path: string): Promise<Listed> {
  const file = relative(process.cwd(), path);
  const read = readScenario(await readFile(path, "utf8"));
  if (!read.ok)
    return { file, days: "", teaches: `cannot be read: ${read.problem[0]?.text ?? ""}` };
  const { days, teaches } = read.value;
  const span = [...new Set([days[0]?.date, days.at(-1)?.date])].join(" to ");
  return { file, days: span, teaches };
}
