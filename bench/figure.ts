import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { writeFigure } from "./docs.ts";
import { drawPanels, type Panel } from "./picture.ts";

/** A table for people: what its columns are, and its rows as they are printed. */
type Table = {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

/** What a figure came to, for tables and pictures. */
export type Findings = {
  /** How it was measured, a sentence each. */
  readonly method: readonly string[];
  readonly tables: readonly Table[];
  readonly panels: readonly Panel[];
};

/** How many processes of the machine wanted a core in the last minute, when it began and ended. */
export type Busy = { readonly begin: number; readonly end: number };

/** A figure as it is kept beside the documents: text and picture are made of it alone. */
export type FigureData = Findings & {
  readonly figure: string;
  readonly title: string;
  readonly day: string;
  readonly machine: string;
  readonly command: string;
  readonly busy: Busy;
};

/** What says how busy the machine was from now until it is asked. */
export function watchBusy(): () => Busy {
  const begin = loadNow();
  return () => ({ begin, end: loadNow() });
}

function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

/** The same in words. */
export function busyWords({ begin, end }: Busy): string {
  return `load average ${begin.toFixed(2)} at the start, ${end.toFixed(2)} at the end`;
}

/** What it was measured on, in words. */
export function machineNow(): string {
  const model = cpus()[0]?.model.trim() ?? "";
  const name = model === "" || model === "unknown" ? "" : ` (${model})`;
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores${name}, ${gib} GiB, Node ${process.versions.node}`;
}

/** Puts a figure's findings together with where and when they were had. */
export function figureData(
  about: Pick<FigureData, "figure" | "title" | "command" | "busy">,
  findings: Findings,
): FigureData {
  const day = new Date().toISOString().slice(0, 10);
  const { method, tables, panels } = findings;
  return { ...about, day, machine: machineNow(), method, tables, panels };
}

/** What docs/benchmarks.md says of a figure, made of the data alone. */
export function textOf(data: FigureData): string {
  const { figure, title, command, day, machine, busy, method, tables } = data;
  return [
    `\`${command}\`, ${day}, ${machine}; ${busyWords(busy)}.`,
    method.join(" "),
    `![${title}](benchmarks/${figure}.svg)`,
    ...tables.map(({ head, rows }) => table(head, rows)),
  ].join("\n\n");
}

/** Writes a figure's section, its data and its picture; all other sections stay as they are. */
export async function writeFigureData(data: FigureData): Promise<void> {
  await writeFigure(data.figure, textOf(data), filesOf(data));
}

/** A figure's data and its picture, by their files' names. */
export function filesOf(data: FigureData): Record<string, string> {
  const { figure } = data;
  return {
    [`${figure}.json`]: `${JSON.stringify(data)}\n`,
    [`${figure}.svg`]: pictureOf(data),
  };
}

/** Its picture, as SVG. */
export function pictureOf({ title, day, panels }: FigureData): string {
  return drawPanels(`${title}, ${day}`, panels);
}

/** What is wanted of a figure. */
export type Wanted = { readonly atLeast: number } | { readonly atMost: number };

/** What is wanted in words, and whether what was found reaches it; null: nothing was found. */
export function judge(found: number | null, wanted: Wanted): [wanted: string, verdict: string] {
  const words = "atLeast" in wanted ? `at least ${wanted.atLeast}` : `at most ${wanted.atMost}`;
  if (found === null) return [words, "not measured"];
  const isReached = "atLeast" in wanted ? found >= wanted.atLeast : found <= wanted.atMost;
  return [words, isReached ? "reached" : "**short**"];
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
