import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { benchmarksFolder, benchmarksPath, replaceFigure, writeFigure } from "../../bench/docs.ts";
import { chartOf } from "../../bench/peers/chart.ts";
import { buyRecord, fillOf, makeOrders, Supply } from "../../bench/peers/input.ts";
import { checkFills, type Arrived } from "../../bench/peers/legs.ts";
import { names } from "../../bench/peers/peer.ts";
import { findPeers } from "../../bench/peers/peers.ts";
import { figureOf, type PeersData } from "../../bench/peers/report.ts";
import { groupLimitMs, root, startProgram } from "./market-process.ts";

const short = "--orders 400 --rounds 1 --rate 50 --seconds 1 --warm-up 1 --json".split(" ");
const measured = [names.alike, names.streams, names.copy, names.python];

test(
  "Sauda and its peers do the same work on one broker, each trade's legs once",
  { timeout: groupLimitMs },
  async () => {
    const only = measured.flatMap((name) => ["--only", name]);
    const line = [join(root, "bench", "bench.ts"), "peers", ...short, ...only];
    const bench = startProgram(process.execPath, line, {}, "bench peers");
    const { code } = await bench.ended(groupLimitMs);
    equal(code, 0, `${bench.out.join("\n")}\n${bench.err.join("\n")}`);
    const lines = bench.out.map((text) => JSON.parse(text) as Line);
    const leftOut = lines.filter(({ type }) => type === "left_out").map(({ name }) => name);
    const runs = lines.filter(({ type }) => type === "run");
    const came = [...runs.map(({ peer }) => peer), ...leftOut];
    deepEqual(new Set(came), new Set(measured), "each ran, or was left out for a reason");
    equal(came.length, measured.length);
    for (const { peer, ordersPerSecond = 0, cpuUs = {}, latencies = [] } of runs) {
      ok(ordersPerSecond > 0, peer);
      ok("broker" in cpuUs && Object.keys(cpuUs).length > 1, `${peer}: ${JSON.stringify(cpuUs)}`);
      ok(latencies.length > 0 && latencies.every(({ p50, p99 }) => p50 > 0 && p99 >= p50), peer);
    }
    const hasRatios = lines.some(({ type, found = 0 }) => type === "ratio" && found > 0);
    ok(hasRatios, bench.out.join("\n"));
  },
);

/** A line of `--json`. */
type Line = {
  readonly type: string;
  readonly name?: string;
  readonly peer?: string;
  readonly ordersPerSecond?: number;
  readonly cpuUs?: Readonly<Record<string, number>>;
  readonly latencies?: readonly { readonly p50: number; readonly p99: number }[];
  readonly found?: number;
};

test("a peer that this machine cannot run is left out, with the reason", async () => {
  const { PATH: path } = process.env;
  process.env["PATH"] = benchmarksFolder; // where no program is
  try {
    const found = await findPeers();
    await found.remove();
    const { peers, leftOut } = found;
    deepEqual(
      peers.map(({ name }) => name),
      [names.alike, names.whole, names.copy],
    );
    deepEqual(
      leftOut.map(({ name }) => name),
      [names.streams, names.python],
    );
    for (const { name, why } of leftOut) match(why, /missing/, name);
  } finally {
    process.env["PATH"] = path;
  }
});

test("a comparator that loses, doubles, swaps or cheapens a leg is found out", () => {
  const orders = makeOrders("order", 20);
  const fills = new Supply(orders.length).take(orders);
  const demat = orders.map(({ id: order_id, symbol: stock_symbol, quantity }) =>
    arrived({ order_id, stock_symbol, quantity }),
  );
  const cash = orders.map((order) => {
    const [id = "", amount = ""] = fillOf(order, order.quantity).cash.split(" ");
    return { value: Buffer.from(`{"order_id":"${id}","amount":${amount}}`), atMs: 0 };
  });
  checkFills({ demat, cash }, fills);
  const [first, second, ...rest] = cash;
  ok(first !== undefined && second !== undefined);
  const cheap = { ...first, value: Buffer.from(first.value.toString().replace("880.0", "880.5")) };
  const wrong = {
    lost: [second, ...rest],
    doubled: [first, first, second, ...rest],
    swapped: [second, first, ...rest],
    cheapened: [cheap, second, ...rest],
  };
  for (const [how, legs] of Object.entries(wrong))
    throws(() => checkFills({ demat, cash: legs }, fills), /AssertionError/, how);
  throws(() => checkFills({ demat: demat.slice(1), cash }, fills), /AssertionError/);
});

test("an order larger than what is left of an offer takes the rest of it and of the next", () => {
  const orders = makeOrders("order", 40_000);
  const fills = new Supply(orders.length).take(orders);
  ok(fills.length > orders.length, "some orders have two trades");
  const bought = orders.reduce((sum, { quantity }) => sum + quantity, 0);
  const filled = fills.reduce((sum, { demat }) => sum + Number(demat.split(" ")[2]), 0);
  equal(filled, bought);
  ok(buyRecord(orders[0] ?? makeOrders("none", 1)[0]!).includes('"price_per_unit":880.0'));
});

function arrived(message: object): Arrived {
  return { value: Buffer.from(JSON.stringify(message)), atMs: 0 };
}

test("the tables and the picture of docs/benchmarks.md are drawn from the data beside them", async () => {
  const read = (name: string): string => readFileSync(join(benchmarksFolder, name), "utf8");
  const data = JSON.parse(read("peers.json")) as PeersData;
  if (process.env["UPDATE_DOCS"] === "1")
    await writeFigure("peers", figureOf(data), { "peers.svg": chartOf(data) });
  const document = readFileSync(benchmarksPath, "utf8");
  equal(replaceFigure(document, "peers", figureOf(data)), document);
  equal(chartOf(data), read("peers.svg"));
});
