import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { benchmarksFolder, writeFigure } from "./docs.ts";
import { judge, table, type FigureData, type Wanted } from "./figure.ts";
import { costAims, restartAims } from "./findings.ts";
import { compare, type PeersData } from "./peers/report.ts";

/** What a market that lives for years is to reach, and where its figure stands. */
type Aim = {
  readonly figure: string;
  readonly what: string;
  readonly atMost: number;
  /** What was found, of the figure's table; null where it was not measured. */
  readonly find: (rows: Rows) => number | null;
};

/**
 * A figure's rows as they are printed: the cell of a row, by its first cell, and a column; of rows
 * with the same first cell the last.
 */
type Rows = {
  readonly cell: (row: string, column: string) => number | null;
  readonly column: (column: string) => readonly string[];
};

const cellAim = (figure: string, row: string, column: string, atMost: number): Aim => ({
  figure,
  what: `${row}, ${column}`,
  atMost,
  find: ({ cell }) => cell(row, column),
});

/** Issue 12's, of figures that have tables. Peers say their own. */
const aims: readonly Aim[] = [
  ...Object.entries(costAims).map(([name, us]) => cellAim("cost", name, "CPU us an order", us)),
  {
    figure: "latency",
    what: "order to its event, p50, to two hops of Kafka",
    atMost: 2,
    find({ cell }) {
      const [own, hops] = [cell("to its event", "p50"), cell("two hops of Kafka alone", "p50")];
      return own === null || hops === null ? null : own / hops;
    },
  },
  cellAim("latency", "to its event", "p99", 15),
  cellAim("latency", "to both legs", "p50", 8),
  cellAim("latency", "to both legs", "p99", 40),
  ...Object.entries(restartAims).map(([what, ms]) => cellAim("restart", what, "ms", ms)),
  cellAim("lifetime", "exchange", "process, MB", 400),
  cellAim("lifetime", "gateway", "process, MB", 400),
  cellAim("lifetime", "exchange", "read in ms", 5_000),
  cellAim("lifetime", "gateway", "read in ms", 5_000),
  {
    figure: "determinism",
    what: "digests a market",
    atMost: 1,
    find({ column }) {
      const [digests, markets] = [new Set(column("digest")).size, new Set(column("market")).size];
      return markets === 0 ? null : digests / markets;
    },
  },
];

/** What the files of a folder of figures say of the aims, as a table; made of those files alone. */
export async function aimsTable(folder: string): Promise<string> {
  const figures = new Map<string, unknown>();
  for (const name of await readdir(folder))
    if (name.endsWith(".json"))
      figures.set(basename(name, ".json"), JSON.parse(await readFile(join(folder, name), "utf8")));
  const rows = aims.map(({ figure, what, atMost, find }) => {
    const data = figures.get(figure) as FigureData | undefined;
    return [figure, what, ...judged(data === undefined ? null : find(rowsOf(data)), { atMost })];
  });
  const peers = figures.get("peers") as PeersData | undefined;
  for (const { what, found, aim } of peers === undefined ? [] : compare(peers))
    if (aim !== null) rows.push(["peers", what, ...judged(found, aim)]);
  return table(["figure", "aim", "found", "wanted", ""], rows);
}

/** Writes it at the top of docs/benchmarks.md. */
export async function writeAims(): Promise<void> {
  await writeFigure("aims", await aimsTable(benchmarksFolder));
}

function judged(found: number | null, wanted: Wanted): string[] {
  const figure = found === null ? "" : String(Math.round(found * 100) / 100);
  return [figure, ...judge(found, wanted)];
}

function rowsOf({ tables }: FigureData): Rows {
  return {
    cell(row, column) {
      for (const { head, rows } of tables) {
        const text = rows.findLast(([name]) => name === row)?.[head.indexOf(column)];
        if (text !== undefined && text !== "") return Number(text.replaceAll(",", ""));
      }
      return null;
    },
    column: (column) =>
      tables.flatMap(({ head, rows }) => {
        const at = head.indexOf(column);
        return at < 0 ? [] : rows.map((row) => row[at] ?? "");
      }),
  };
}
