import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { benchmarksFolder, writeFigure } from "./docs.ts";
import { table, type FigureData } from "./figure.ts";
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

const processes = { all: 150, gateway: 20, publisher: 25, books: 20, postgres: 35, exchange: 18 };
const rest = { intake: 7, broker: 35 };

/** Issue 12's, of figures that have tables. Peers say their own. */
const aims: readonly Aim[] = [
  ...Object.entries({ ...processes, ...rest }).map(([name, us]) =>
    cellAim("cost", name, "CPU us an order", us),
  ),
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
  cellAim("restart", "exchange claims, from a snapshot", "ms", 5_000),
  cellAim("restart", "gateway serves, from a snapshot", "ms", 5_000),
  cellAim("restart", "kill -9 to the next step, a standby, p99", "ms", 3_000),
  cellAim("restart", "kill -9 to the next step, started again, p99", "ms", 10_000),
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
  const names = await readdir(folder);
  const read = async (figure: string): Promise<unknown> =>
    names.includes(`${figure}.json`)
      ? JSON.parse(await readFile(join(folder, `${figure}.json`), "utf8"))
      : null;
  const rows: string[][] = [];
  for (const { figure, what, atMost, find } of aims) {
    const data = (await read(figure)) as FigureData | null;
    const found = data === null ? null : find(rowsOf(data));
    rows.push([figure, what, ...judged(found, { atMost })]);
  }
  const peers = (await read("peers")) as PeersData | null;
  for (const { what, found, aim } of peers === null ? [] : compare(peers))
    if (aim !== null) rows.push(["peers", what, ...judged(found, aim)]);
  return table(["figure", "aim", "found", "wanted", ""], rows);
}

/** Writes it at the top of docs/benchmarks.md. */
export async function writeAims(): Promise<void> {
  await writeFigure("aims", await aimsTable(benchmarksFolder));
}

function judged(
  found: number | null,
  aim: { readonly atLeast: number } | { readonly atMost: number },
): string[] {
  const wanted = "atLeast" in aim ? `at least ${aim.atLeast}` : `at most ${aim.atMost}`;
  if (found === null) return ["", wanted, "not measured"];
  const isReached = "atLeast" in aim ? found >= aim.atLeast : found <= aim.atMost;
  return [String(Math.round(found * 100) / 100), wanted, isReached ? "reached" : "**short**"];
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
