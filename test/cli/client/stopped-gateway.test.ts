import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtemp, readFile, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { builtDashboard } from "../../built-dashboard.ts";
import { sauda, startSauda, until, type SaudaProcess } from "../../acceptance/market-process.ts";

/** What waits for a market whose process is stopped (SIGSTOP) or killed (SIGKILL). */
let folder: string;
let env: NodeJS.ProcessEnv;
let running: SaudaProcess[];

beforeEach(async () => {
  builtDashboard();
  folder = await mkdtemp(join(tmpdir(), "sauda-stopped-"));
  env = { SAUDA_DATA_DIR: folder, KAFKA_BOOTSTRAP_SERVERS: "", SAUDA_URL: "", SAUDA_KEY: "" };
  running = [];
});

afterEach(async () => {
  for (const one of running) one.signal("SIGKILL");
  for (const one of running) await one.ended();
  await rm(folder, { recursive: true, force: true });
});

function start(words: string, input?: string): SaudaProcess {
  const started = startSauda(words.split(" "), { env, ...(input === undefined ? {} : { input }) });
  running.push(started);
  return started;
}

type Market = SaudaProcess & { readonly port: string; send(signal: NodeJS.Signals): void };

async function startMarket(port = "0"): Promise<Market> {
  const market = start(`up --in-memory --no-demo --http-port ${port} --json`);
  const { http } = JSON.parse(await market.line(/"type":"ready"/)) as { http: string };
  // The launcher may be another process than the market.
  const note = await readFile(join(folder, "in-memory.json"), "utf8");
  const { pid } = JSON.parse(note) as { pid: number };
  return { ...market, port: new URL(http).port, send: (signal) => process.kill(pid, signal) };
}

/** True if each of them has a connection to the market, of which a stopped one does not know. */
async function haveAsked(asking: readonly SaudaProcess[], { port }: Market): Promise<boolean> {
  const hex = Number(port).toString(16).toUpperCase().padStart(4, "0");
  const rows = (await readFile("/proc/net/tcp", "utf8")).split("\n");
  const columns = rows.map((row) => row.trim().split(/\s+/));
  const sockets = columns
    .filter(([, , remote, state]) => remote?.endsWith(`:${hex}`) === true && state === "01")
    .map((row) => `socket:[${row[9]}]`);
  for (const { pid } of asking) {
    const files = await readdir(`/proc/${pid}/fd`);
    const links = files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => ""));
    const open = await Promise.all(links);
    if (!sockets.some((socket) => open.includes(socket))) return false;
  }
  return true;
}

const order = "order --participant HDFC --symbol SBI --side BUY --quantity 1 --price 900";
const unknown = /^unknown: .*The same again with --client-order-id mine is safe$/;

async function orderIds(): Promise<readonly string[]> {
  const { code, out, err } = await sauda(["orders", "--json"], { env });
  equal(code, 0, err.join("\n"));
  return out.map((line) => (JSON.parse(line) as { client_order_id: string }).client_order_id);
}

test("an order to a stopped gateway is unknown in time, and the same again is that order", async () => {
  const market = await startMarket();
  market.send("SIGSTOP");
  const words = `${order} --client-order-id mine --timeout 1`.split(" ");
  const { code, err } = await sauda(words, { env });
  equal(code, 1);
  match(err.join("\n"), unknown);
  match(err.join("\n"), /no answer within 6 s: process \d+ is paused .*kill -CONT/);
  market.send("SIGCONT");
  equal((await sauda(words, { env })).code, 0);
  deepEqual(await orderIds(), ["mine"]);
});

test("a tail of a stopped gateway says so, and goes on when it answers", async () => {
  const market = await startMarket();
  const tail = start("tail orders");
  await tail.line(/from now on/, "err");
  market.send("SIGSTOP");
  await tail.line(/stream has ended.*no answer within 10 s: process \d+ is paused/, "err");
  market.send("SIGCONT");
  await tail.line(/the gateway answers again/, "err");
  await sauda(order.split(" "), { env });
  await tail.line(/HDFC {2}BUY 1 SBIN @ 900.00 {2}New/);
});

test("a silent tail of a gateway that is well is not cut off", async () => {
  await startMarket();
  const tail = start("tail orders");
  await tail.line(/from now on/, "err");
  await sleep(25_000);
  await sauda(order.split(" "), { env });
  await tail.line(/HDFC {2}BUY 1 SBIN/);
  deepEqual(tail.err.length, 1);
});

test("what follows a gateway ends at its time and by Ctrl-C, also while that is stopped", async () => {
  const market = await startMarket();
  const timed = ["tail", "watch"].map((words) => start(`${words} --timeout 5`));
  const followed = ["tail", "watch"].map((words) => start(words));
  for (const one of [...timed, ...followed]) await one.line(/from now on/, "err");
  market.send("SIGSTOP");
  for (const one of timed) equal((await one.ended(20_000)).code, 1);
  const asking = ["orders --all", "report day-file", `${order} --client-order-id mine`];
  const asked = asking.map((words) => start(words));
  await until("all have asked", () => haveAsked(asked, market));
  for (const one of [...followed, ...asked]) {
    one.signal("SIGINT");
    const { code, signal } = await one.ended(5_000);
    ok(code === 130 || signal === "SIGINT", `${code} ${signal}`);
  }
  match(asked.at(-1)?.err.join("\n") ?? "", unknown);
});

test("who waits for a gateway that is killed is told, and followers go on with the next one", async () => {
  const market = await startMarket();
  const [tail, watch] = ["tail", "watch"].map((words) => start(words)) as [
    SaudaProcess,
    SaudaProcess,
  ];
  for (const one of [tail, watch]) await one.line(/from now on/, "err");
  market.send("SIGSTOP");
  const asked = start("orders --all");
  const ordering = start(`${order} --client-order-id mine --timeout 60`);
  const lines = start("repl", `orders\n${order} --client-order-id mine\norders\n`);
  await until("all have asked", () => haveAsked([asked, ordering, lines], market));
  market.send("SIGKILL");
  for (const one of [asked, ordering, lines]) equal((await one.ended(30_000)).code, 1);
  match(asked.err.join("\n"), /^sauda: the gateway at .*: process \d+ had it and has ended/);
  match(ordering.err.join("\n"), unknown);
  match(lines.err.join("\n"), /^not sent: .*nobody listens there/m);
  await tail.line(/stream has ended, waiting/, "err");
  await watch.line(/had it and has ended/, "err");
  await startMarket(market.port);
  await tail.line(/the gateway answers again/, "err");
  for (const side of ["BUY", "SELL"]) await sauda(order.replace("BUY", side).split(" "), { env });
  await watch.line(/^DEBIT 900/);
  await tail.line(/TRADE/);
  const again = tail.err.filter((line) => /answers again/.test(line));
  equal(again.length, 1, "said once, however many subscriptions it has");
});
