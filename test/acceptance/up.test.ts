import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import { findFreePort } from "../../src/kafka/managed/ports.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";
import { booksSchema, connectTo, disconnect } from "../../src/postgres/connection.ts";
import { readLife } from "../../src/postgres/managed/state.ts";
import { answer, tradeOrder } from "./flows.ts";
import {
  allGone,
  childrenOf,
  ephemeralMarket,
  findPid,
  groupLimitMs,
  inTime,
  isAlive,
  timeoutMs,
  root,
  sauda,
  startTimeoutMs,
  startSauda,
  until,
  watchProcess,
  type SaudaProcess,
  type ServiceOrKafka,
} from "./market-process.ts";
import { header, openTopics } from "./records.ts";

const legTopics = ["Demat_allocation", "Cash_movement", "demat-transfers", "cash-movements"];
const demoLines = ["DEMAT 100 SBI", "DEBIT 98500", "DEMAT 100 SBI", "DEBIT 88500"];
const services = ["intake", "exchange", "publisher", "gateway"] as const;

let dataDir: string;
let port: number;
let up: SaudaProcess;
let env: NodeJS.ProcessEnv;
let called: () => void;

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "sauda-up-"));
  port = await findFreePort();
  // A killed `up` cannot remove its socket from the temporary folder: so it lies in ours.
  env = { SAUDA_DATA_DIR: dataDir, TMPDIR: dataDir };
  called = endWithThisProcess("kafka", join(dataDir, "kafka"));
});

after(async () => {
  await sauda(["down"], { env });
  if (up !== undefined && isAlive(up.pid)) up.signal("SIGKILL");
  called();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  up = startSauda(["up", "--http-port", "0", "--kafka-port", String(port)], { env });
  await up.line(/^MARKET /, "out", startTimeoutMs);
}

const pidOf = (name: ServiceOrKafka): Promise<number | null> =>
  findPid(up.pid, name, join(dataDir, "kafka"));

/** `up` itself, its services and its Kafka, each of which must be there. */
async function allPids(): Promise<number[]> {
  const found = await Promise.all([...services, "kafka" as const].map(pidOf));
  ok(!found.includes(null), `not all of them run: ${found.join(", ")}`);
  const children = await childrenOf(up.pid);
  return [...new Set([up.pid, ...children, ...found.map(Number)])];
}

async function withTopics<Value>(
  use: (topics: ReturnType<typeof openTopics>) => Promise<Value>,
): Promise<Value> {
  const topics = openTopics(`localhost:${port}`);
  try {
    return await use(topics);
  } finally {
    await topics.close();
  }
}

/** Sends an order and its confirmation, and waits for both legs. */
function settleOne(id: string): Promise<void> {
  return withTopics(async (topics) => {
    await topics.send("Trade_Order", tradeOrder(1, 985, { order_id: id }));
    await topics.send("Counter_party", answer("CONFIRM", { order_id: id }));
    for (const topic of ["Demat_allocation", "Cash_movement"])
      await topics.awaitOne(topic, 0, (text) => text.includes(`"order_id":"${id}"`));
  });
}

/**
 * By their ids: a reader that does not ask for committed records may see one again, when Kafka
 * died (R15).
 */
function countLegs(): Promise<number[]> {
  return withTopics((topics) =>
    Promise.all(
      legTopics.map(async (topic) => {
        const records = await topics.read(topic);
        const data = records.filter(({ isControl }) => !isControl);
        return new Set(data.map((record) => header(record, "sauda-id"))).size;
      }),
    ),
  );
}

/** The markets that the books hold rows of. */
async function bookedMarkets(): Promise<readonly string[]> {
  const { out } = await sauda(["postgres", "url"], { env });
  const sql = connectTo({ url: out[0] ?? "", schema: booksSchema, role: null });
  try {
    const readers = sql<{ market: string }[]>`SELECT market FROM readers`;
    return (await inTime("the books answer", readers)).map(({ market }) => market);
  } finally {
    await inTime("the books' connection ends", disconnect(sql));
  }
}

async function killAndAwaitNext(name: ServiceOrKafka): Promise<void> {
  const pid = await pidOf(name);
  ok(pid !== null, `${name} does not run`);
  process.kill(pid, "SIGKILL");
  await until(`${name} is started again`, async () => {
    const now = await pidOf(name);
    return now !== null && now !== pid;
  });
}

/**
 * A promise of so many seconds is one about a machine that has time: on a crowded one it is
 * only told.
 */
function takesAtMost(context: TestContext, what: string, tookMs: number, limitMs: number): void {
  const isCrowded = (loadavg()[0] ?? 0) > 1.5 * availableParallelism();
  context.diagnostic(`${what}: ${Math.round(tookMs)} ms${isCrowded ? ", machine crowded" : ""}`);
  if (!isCrowded) ok(tookMs < limitMs, `${what} took ${tookMs} ms, promised ${limitMs}`);
}

describe("npm start", { timeout: groupLimitMs }, () => {
  test("npm start is sauda up", async () => {
    const text = await readFile(join(root, "package.json"), "utf8");
    const { scripts } = JSON.parse(text) as { scripts: Record<string, string> };
    strictEqual(scripts["start"], "node bin/sauda.js up");
  });

  test("plays the seeds' two trades, prints what settled, and stays up", async () => {
    await start();
    const [kafka = "", ...lines] = up.out;
    match(kafka, new RegExp(`^KAFKA +localhost:${port} +started here`));
    deepStrictEqual(lines.slice(0, 4), demoLines);
    match(lines[4] ?? "", /^MARKET [0-9a-f]{32} +ready/);
    await up.line(/^DASHBOARD http:\/\/127\.0\.0\.1:\d+\/#key=sauda_desk_/);
    await up.line(/^KEY +sauda_operations_\S+ +shown once/);
    await up.line(/npx sauda watch/, "err");
    deepStrictEqual(await countLegs(), [1, 1, 1, 1]);
  });

  test("commands find the market by its data folder and ask its gateway, and with --kafka its log", async () => {
    const traded = (await sauda(["trades", "--json"], { env })).out;
    deepStrictEqual(
      traded.map((line) => (JSON.parse(line) as { symbol: string }).symbol),
      ["SBIN", "SBIN"],
    );
    for (const words of [
      ["orders", "--all", "--json"],
      ["accounts", "--json"],
      ["watch", "--from-beginning", "--count", "4", "--timeout", "30"],
    ]) {
      const byGateway = await sauda(words, { env });
      const byLog = await sauda([...words, "--kafka"], { env });
      strictEqual(byGateway.code, 0, byGateway.err.join("\n"));
      deepStrictEqual(byGateway.out.toSorted(), byLog.out.toSorted(), words.join(" "));
    }
  });

  test("a second up on the same data folder is refused and disturbs nothing", async () => {
    const { code, err } = await sauda(["up", "--http-port", "0", "--kafka-port", String(port)], {
      env,
    });
    strictEqual(code, 1);
    match(err.join("\n"), new RegExp(`already runs here \\(pid ${up.pid}\\)`));
    await settleOne("after-the-refused-one");
  });

  test("Ctrl-C leaves no process behind that it started, Kafka neither", async () => {
    const pids = await allPids();
    up.signal("SIGINT");
    deepStrictEqual(await up.ended(), { code: null, signal: "SIGINT" }); // 130 in a shell
    await allGone(pids);
  });

  test("a second start shows the same lines from the log and plays nothing again", async () => {
    await start();
    deepStrictEqual(up.out.slice(1, 5), demoLines);
    deepStrictEqual(await countLegs(), [2, 2, 1, 1]);
  });

  for (const name of services)
    test(`a killed ${name} is started again and the next order settles`, async () => {
      await killAndAwaitNext(name);
      await settleOne(`after-${name}`);
      if (name !== "gateway") return;
      const { code, err } = await sauda(["orders"], { env });
      strictEqual(code, 0, err.join("\n"));
    });

  test("a killed Kafka is started again on its log and the next order settles", async () => {
    await killAndAwaitNext("kafka");
    await up.line(/Kafka is back/, "err", startTimeoutMs);
    await settleOne("after-kafka");
    deepStrictEqual(await countLegs(), [7, 7, 1, 1]);
  });

  test("kill -9 of up: its services end by themselves, and the next up uses the Kafka that is left", async () => {
    const kafka = await pidOf("kafka");
    const postgres = await readLife(join(dataDir, "postgres", "data"));
    const left = [kafka, postgres.life === "running" ? postgres.pid : null];
    const own = (await allPids()).filter((pid) => !left.includes(pid));
    up.signal("SIGKILL");
    await allGone(own);
    ok(left.every((pid) => pid !== null && isAlive(pid)));
    await start();
    match(up.out[0] ?? "", /ran before/);
    strictEqual(await pidOf("kafka"), kafka);
    await settleOne("after-the-killed-up");
  });

  test("sauda reset of the running market makes a new one within 5 s", async (context) => {
    const before = /^MARKET ([0-9a-f]{32})/.exec(await up.line(/^MARKET /))?.[1];
    const [, dashboard = ""] = /^DASHBOARD (\S+)/.exec(await up.line(/^DASHBOARD /)) ?? [];
    const { code, out, err } = await sauda(["reset", "--json"], { env });
    strictEqual(code, 0, err.join("\n"));
    const fact = JSON.parse(out[0] ?? "{}") as { market_id: string; took_ms: number };
    match(fact.market_id, /^[0-9a-f]{32}$/);
    notStrictEqual(fact.market_id, before);
    const answered = await fetch(dashboard, { signal: AbortSignal.timeout(timeoutMs) });
    strictEqual(answered.status, 200, "the gateway is where it was");
    deepStrictEqual(await countLegs(), [0, 0, 0, 0]);
    await settleOne("after-the-reset");
    deepStrictEqual(await countLegs(), [1, 1, 0, 0]);
    await until("the books hold the new market alone", async () => {
      const markets = await bookedMarkets();
      return markets.length === 1 && markets[0] === fact.market_id;
    });
    takesAtMost(context, "reset", fact.took_ms, 5000);
  });

  test("sauda down ends the market and what an earlier up left: Kafka and PostgreSQL", async () => {
    const postgres = await readLife(join(dataDir, "postgres", "data"));
    ok(postgres.life === "running");
    const pids = [...(await allPids()), postgres.pid];
    const { code, out } = await sauda(["down"], { env });
    strictEqual(code, 0);
    match(out[0] ?? "", /MARKET stopped/);
    strictEqual((await up.ended()).code, 0);
    await allGone(pids);
  });

  test("a port that somebody else has: a clear message with the way on, exit code 1", async () => {
    const other = createServer().listen(0);
    const taken = (other.address() as AddressInfo).port;
    const ownDir = await mkdtemp(join(tmpdir(), "sauda-up-"));
    try {
      const { code, err } = await sauda(["up", "--http-port", "0", "--kafka-port", String(taken)], {
        env: { SAUDA_DATA_DIR: ownDir },
      });
      strictEqual(code, 1);
      match(err.join("\n"), new RegExp(`${taken}`));
      match(err.join("\n"), /--kafka-port/);
    } finally {
      other.close();
      await rm(ownDir, { recursive: true, force: true });
    }
  });
});

describe("up --ephemeral --json", { timeout: groupLimitMs }, () => {
  test("ends and cleans up when the process that started it is killed with SIGKILL", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sauda-parent-"));
    const { up: ephemeral, parent } = await startByParent(folder);
    try {
      const kafka = JSON.parse(await parent.line(/"type":"kafka"/)) as { dataDir: string };
      const pids = await pidsOf(ephemeral, kafka.dataDir);
      parent.signal("SIGKILL");
      await allGone([parent.pid, ...pids]);
      await until("the temporary folder is gone", () => !existsSync(kafka.dataDir));
    } finally {
      if (isAlive(ephemeral)) process.kill(ephemeral, "SIGTERM");
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("killed with SIGKILL itself it leaves neither process nor folder", async () => {
    const market = await ephemeralMarket();
    const pids = await pidsOf(market.up.pid, market.dataDir);
    market.up.signal("SIGKILL");
    await allGone(pids);
    await until("the temporary folder is gone", () => !existsSync(market.dataDir));
  });
});

async function pidsOf(upPid: number, kafkaDir: string): Promise<number[]> {
  const named = [...services, "kafka" as const].map((name) => findPid(upPid, name, kafkaDir));
  const found = (await Promise.all(named)).filter((pid) => pid !== null);
  strictEqual(found.length, 5, `not all of them run: ${found.join(", ")}`);
  return [...new Set([upPid, ...(await childrenOf(upPid)), ...found])];
}

/** A process in between, as a test runner is one, whose death `up` must notice. */
async function startByParent(folder: string): Promise<{ up: number; parent: SaudaProcess }> {
  const file = join(folder, "runner.mjs");
  const args = [join(root, "bin", "sauda.js"), "up", "--ephemeral", "--json"];
  await writeFile(
    file,
    `import { spawn } from "node:child_process";
     spawn(process.execPath, ${JSON.stringify(args)}, { stdio: "inherit" });`,
  );
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "pipe"] });
  const parent = watchProcess(child, "the parent");
  const ready = await parent.line(/"type":"ready"/, "out", startTimeoutMs);
  return { up: (JSON.parse(ready) as { pid: number }).pid, parent };
}

describe("up --in-memory", { timeout: groupLimitMs }, () => {
  test("is ready within 3 s, plays the seeds' trades and leaves nothing", async (context) => {
    const startedAtMs = performance.now();
    const memory = startSauda(["up", "--in-memory", "--http-port", "0"], {
      input: "broker 7,SBI,985\ncounterparty CONFIRM\n",
    });
    await memory.line(/^MARKET in memory/);
    takesAtMost(context, "ready", performance.now() - startedAtMs, 3000);
    strictEqual((await memory.ended()).code, 0);
    const lines = memory.out.filter((line) => /^(DEMAT|DEBIT)/.test(line));
    deepStrictEqual(lines.slice(0, 4), demoLines);
  });
});
