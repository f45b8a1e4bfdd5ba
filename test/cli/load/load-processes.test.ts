import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { builtDashboard } from "../../built-dashboard.ts";
import {
  root,
  sauda,
  startProgram,
  startSauda,
  until,
  type SaudaProcess,
} from "../../acceptance/market-process.ts";

/** A load and its market as processes of their own. */
let folder: string;
let record: string;
let env: NodeJS.ProcessEnv;
let running: SaudaProcess[];

beforeEach(async () => {
  builtDashboard();
  folder = await mkdtemp(join(tmpdir(), "sauda-load-"));
  record = join(folder, "record.ndjson");
  env = { SAUDA_DATA_DIR: folder, KAFKA_BOOTSTRAP_SERVERS: "", SAUDA_URL: "", SAUDA_KEY: "" };
  running = [];
});

afterEach(async () => {
  for (const one of running) one.signal("SIGKILL");
  for (const one of running) await one.ended();
  await rm(folder, { recursive: true, force: true });
});

/** Returns the pid of the market: the launcher may be another process. */
async function startMarket(): Promise<number> {
  const words = "up --in-memory --no-demo --http-port 0 --orders-per-second 100000 --json";
  const market = startSauda(words.split(" "), { env });
  running.push(market);
  await market.line(/"type":"ready"/);
  const note = await readFile(join(folder, "in-memory.json"), "utf8");
  return (JSON.parse(note) as { pid: number }).pid;
}

function startLoad(words: string): SaudaProcess {
  const load = startSauda(["load", "--json", ...words.split(" ")], { env });
  running.push(load);
  return load;
}

type Fact = Readonly<Record<string, unknown>>;
const factOf = ({ out }: Pick<SaudaProcess, "out">, type: string, span?: string): Fact =>
  out
    .map((line) => JSON.parse(line) as Fact)
    .find((fact) => fact["type"] === type && (span === undefined || fact["span"] === span)) ?? {};

async function recorded(): Promise<number> {
  const text = await readFile(record, "utf8").catch(() => "");
  return text.split("\n").length - 2;
}

test("a market that stands still for two seconds shows as latency, and no order is left out", async () => {
  const pid = await startMarket();
  const load = startLoad(`--rate 100 --duration 6 --mix limit=1 --record ${record}`);
  await until("orders are answered", async () => (await recorded()) > 50);
  process.kill(pid, "SIGSTOP");
  await sleep(2_000);
  process.kill(pid, "SIGCONT");
  const { code } = await load.ended();
  equal(code, 0, load.err.join("\n"));
  const { sent, outcomes } = factOf(load, "load");
  deepEqual([sent, outcomes], [600, { accepted: 600 }]);
  // 200 of 600 were due meanwhile, and waited 1 s on average: half of a third for more than that.
  const { p90_ms, max_ms } = factOf(load, "latency", "answer");
  ok(Number(p90_ms) > 900, `p90 ${String(p90_ms)} ms`);
  ok(Number(max_ms) > 1_900, `max ${String(max_ms)} ms`);
  const checked = await sauda(["load", "--check", record], { env });
  equal(checked.code, 0, checked.out.join("\n"));
});

test("a record whose disk is full ends the load, is said, and what it holds is true", async () => {
  await startMarket();
  const script = `trap '' XFSZ; ulimit -f 40; exec "$@"`;
  const line = ["-c", script, "load", process.execPath, "bin/sauda.js", "load", "--json"];
  const asked = [...line, "--rate", "300", "--duration", "60", "--record", record];
  const load = startProgram("bash", asked, {
    env: { ...env, NODE_DISABLE_COMPILE_CACHE: "1" },
    cwd: root,
  });
  running.push(load);
  const { code } = await load.ended();
  equal(code, 1, load.err.join("\n"));
  match(
    load.err.join("\n"),
    /record\.ndjson: EFBIG: .*: \d+ of \d+ lines may be missing; the load was ended/,
  );
  const { sent, orders } = factOf(load, "load");
  ok(Number(sent) > 100 && Number(sent) < Number(orders), `${String(sent)} of ${String(orders)}`);
  const checked = await sauda(["load", "--json", "--check", record], { env });
  equal(checked.code, 0, checked.out.join("\n") + checked.err.join("\n"));
  const { acknowledged, not_recorded } = factOf(checked, "checked");
  ok(Number(acknowledged) > 50 && Number(not_recorded) > 0, JSON.stringify(checked.out));
});

test("a load that is killed leaves a record of all that it was told up to a moment before", async () => {
  await startMarket();
  const load = startLoad(`--rate 200 --duration 60 --record ${record}`);
  await until("orders are recorded", async () => (await recorded()) > 200);
  load.signal("SIGKILL");
  await load.ended();
  const had = await recorded();
  const checked = await sauda(["load", "--json", "--check", record], { env });
  equal(checked.code, 0, checked.out.join("\n"));
  const { orders, not_recorded } = factOf(checked, "checked");
  ok(Number(orders) >= had - 1);
  // The launcher is killed, and the load with it or a moment later.
  ok(Number(not_recorded) < 400, `${String(not_recorded)}`);
});
