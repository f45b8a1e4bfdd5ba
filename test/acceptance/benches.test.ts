import { doesNotReject, equal, match, ok } from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { aimsTable } from "../../bench/aims.ts";
import { benchmarksFolder, benchmarksPath, findMarks, replaceFigure } from "../../bench/docs.ts";
import { pictureOf, textOf, type FigureData } from "../../bench/figure.ts";
import { allGone, childrenOf, groupLimitMs, root, startProgram } from "./market-process.ts";

/** What each figure says at its end; `browser` and `start` have tests of their own beside them. */
const figures: Readonly<Record<string, RegExp>> = {
  throughput: /^THROUGHPUT median ratio \d\.\d\d of 2000 orders/m,
  latency: /^LATENCY .* p50 \d+\.\d ms, .* 100 orders$/m,
  http: /^HTTP .* p50 \d+\.\d ms, .* 100 orders$/m,
  reads: /^READS .* p50 \d+\.\d ms/m,
  stream: /^STREAM .* a stalled client moves the others' p99 by -?\d+ %/m,
  books: /^BOOKS .* behind the market .* p50 \d+ ms/m,
  restart:
    /^RESTART .* kill -9 to the next step, 1 times: with a standby p50 [\d,]+ ms, p99 [\d,]+ ms/m,
  clearing: /^CLEARING .* trades that are not settled take \d+ bytes each/m,
  lifetime: /^LIFETIME .* after 2,000 orders: \d+\.\d us of CPU an order/m,
  cost: /^COST +gateway +[\d,]+ bytes of objects an order, stood [^]*^COST +idle: \w+ \d+\.\d, /m,
};

test("every figure of the benches can still be had", { timeout: groupLimitMs }, async () => {
  const words = "--orders 2000 --rounds 1 --rate 50 --seconds 2 --warm-up 1 --idle 1".split(" ");
  const line = [join(root, "bench", "bench.ts"), ...Object.keys(figures), ...words];
  const bench = startProgram(process.execPath, line, {}, "bench");
  const { code } = await bench.ended(groupLimitMs);
  const printed = bench.out.join("\n");
  equal(code, 0, `${printed}\n${bench.err.join("\n")}`);
  for (const figure of Object.values(figures)) match(printed, figure);
});

const drawn = ["cost", "latency", "lifetime", "restart", "determinism", "soak"];

test("every figure has its place in docs/benchmarks.md, where --docs writes it", async () => {
  for (const figure of [...Object.keys(figures), ...drawn, "browser", "start", "peers"])
    await doesNotReject(findMarks(figure), figure);
});

test("--docs writes a figure's section, data and picture, says how busy the machine was, and leaves all others", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sauda-docs-"));
  try {
    const path = join(folder, "benchmarks.md");
    await cp(benchmarksPath, path);
    const line = [join(root, "bench", "bench.ts"), "determinism", "--orders", "2000"];
    const env = { SAUDA_BENCH_DOCS: folder };
    const words = [...line, "--rounds", "2", "--docs"];
    const { code } = await startProgram(process.execPath, words, { env }).ended(groupLimitMs);
    equal(code, 0);
    const data = await readData(join(folder, "benchmarks"), "determinism");
    const written = await readFile(path, "utf8");
    const before = await readFile(benchmarksPath, "utf8");
    const measured = replaceFigure(before, "determinism", textOf(data));
    const aims = await aimsTable(join(folder, "benchmarks"));
    equal(written, replaceFigure(measured, "aims", aims));
    match(aims, /\| determinism \| digests a market \| 1 \| at most 1 \| reached \|/);
    match(aims, /\| cost \| all, CPU us an order \|  \| at most 150 \| not measured \|/);
    match(written, /load average \d+\.\d\d at the start, \d+\.\d\d at the end/);
    match(written, /at once: one digest of 2 rounds of 1,800 commands/);
    match(written, /T\+1: one digest of 2 rounds of 200 commands/);
    equal(await readFile(join(folder, "benchmarks", "determinism.svg"), "utf8"), pictureOf(data));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the tables and pictures in docs/benchmarks.md are drawn from the data beside them", async () => {
  const document = await readFile(benchmarksPath, "utf8");
  const files = await readdir(benchmarksFolder);
  for (const figure of drawn.filter((name) => files.includes(`${name}.json`))) {
    const data = await readData(benchmarksFolder, figure);
    equal(replaceFigure(document, figure, textOf(data)), document, figure);
    equal(await readFile(join(benchmarksFolder, `${figure}.svg`), "utf8"), pictureOf(data), figure);
  }
  equal(replaceFigure(document, "aims", await aimsTable(benchmarksFolder)), document);
});

async function readData(folder: string, figure: string): Promise<FigureData> {
  return JSON.parse(await readFile(join(folder, `${figure}.json`), "utf8")) as FigureData;
}

test("a bench that is ended in the middle leaves no Kafka behind", async () => {
  const line = [join(root, "bench", "bench.ts"), "throughput", "latency", "--orders", "2000"];
  const bench = startProgram(process.execPath, [...line, "--rounds", "1"], {}, "bench");
  await bench.line(/^THROUGHPUT median/);
  const started = await childrenOf(bench.pid);
  ok(started.length > 0);
  bench.signal("SIGINT");
  await bench.ended();
  await allGone(started);
});
