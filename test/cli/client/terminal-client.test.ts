import { deepEqual, equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ownProof } from "../../../src/kafka/managed/process.ts";
import { builtDashboard } from "../../built-dashboard.ts";
import {
  root,
  sauda,
  startProgram,
  startSauda,
  until,
  type SaudaProcess,
} from "../../acceptance/market-process.ts";

/** Commands as processes of their own, against `sauda up --in-memory`, found by its data folder. */
let folder: string;
let env: NodeJS.ProcessEnv;
let market: SaudaProcess;
let url: string;
let key: string;

before(async () => {
  builtDashboard();
  folder = await mkdtemp(join(tmpdir(), "sauda-client-"));
  env = { SAUDA_DATA_DIR: folder, KAFKA_BOOTSTRAP_SERVERS: "", SAUDA_URL: "", SAUDA_KEY: "" };
  market = startSauda(["up", "--in-memory", "--http-port", "0", "--json"], { env });
  const ready = JSON.parse(await market.line(/"type":"ready"/)) as Record<string, string>;
  ({ http: url = "", key = "" } = ready);
  await until("the demo's trades", async () => (await ask("trades", "--json")).out.length === 2);
});

after(async () => {
  market.signal("SIGTERM");
  await market.ended();
  await rm(folder, { recursive: true, force: true });
});

function ask(...words: string[]): ReturnType<typeof sauda> {
  return sauda(words, { env });
}

for (const line of [
  "orders --all",
  "accounts HDFC",
  "trades",
  "positions",
  "depth SBIN",
  "topics",
  "dlq list",
  "report day-file",
  "watch --from-beginning --count 4 --timeout 20",
  "order --participant HDFC --symbol SBI --side BUY --quantity 1 --price 900",
  "cancel --all --participant HDFC",
])
  test(`against a market in memory: sauda ${line}`, async () => {
    const { code, out, err } = await ask(...line.split(" "));
    deepEqual([code, /in memory runs here/.test(err.join())], [0, false], err.join("\n"));
    ok(out.length > 0 || line === "dlq list", err.join("\n"));
  });

test("where no market runs a command says what to do", async () => {
  const empty = await mkdtemp(join(tmpdir(), "sauda-client-"));
  const { code, out, err } = await sauda(["orders"], { env: { ...env, SAUDA_DATA_DIR: empty } });
  deepEqual([code, out], [1, []]);
  match(
    err.join("\n"),
    /^sauda: no market runs here \(.*\): npm start starts one, --url .*, --kafka /,
  );
  // The note of a gateway that was killed: its pid is another's by now.
  const { pid } = await ownProof();
  const note = JSON.stringify({
    pid,
    began: "earlier",
    http: "http://127.0.0.1:9",
    bootstrap: null,
  });
  await writeFile(join(empty, "gateway-00000000.json"), note);
  match(
    (await sauda(["depth", "X"], { env: { ...env, SAUDA_DATA_DIR: empty } })).err.join(),
    /no market runs/,
  );
  await rm(empty, { recursive: true });
});

test("address and key come from flags, then from the environment, then from the data folder", async () => {
  const nowhere = { ...env, SAUDA_DATA_DIR: "/nonexistent" };
  const flags = ["orders", "--url", url, "--key", key];
  equal((await sauda(flags, { env: nowhere })).code, 0);
  equal((await sauda(["orders"], { env: { ...nowhere, SAUDA_URL: url, SAUDA_KEY: key } })).code, 0);
  const noKey = await sauda(["orders", "--url", url], { env: nowhere });
  match(noKey.err.join(), /no key: .*desk.key.*--key or SAUDA_KEY/);
  const wrong = await sauda(["orders"], {
    env: { ...env, SAUDA_KEY: "sauda_HDFC_0123456789abcdef" },
  });
  deepEqual([wrong.code, wrong.out], [1, []]);
  match(wrong.err.join(), /does not take the key that was given .*the key is not known here/);
  const noUrl = await sauda(["orders", "--url", "localhost:7780"], { env });
  match(noUrl.err.join(), /no gateway's address: give one such as http:\/\/127.0.0.1:7780/);
});

test("the dashboard's key of this machine goes to no other one", async () => {
  for (const there of ["http://192.0.2.1:7780", "https://market.example"]) {
    const { code, err } = await sauda(["orders", "--url", there], { env });
    equal(code, 1);
    match(err.join(), /is on another machine: give a key of its market with --key or SAUDA_KEY/);
  }
});

test("two watchers and a tail stay within what one key may read, and hear at once", async () => {
  const watchers = [1, 2].map(() => startSauda(["watch", "-n", "2", "--timeout", "60"], { env }));
  const tail = startSauda(["tail", "trades", "-n", "1", "--timeout", "60"], { env });
  for (const one of [...watchers, tail]) await one.line(/from now on/, "err");
  await sleep(3_000);
  const words = "--participant HDFC --symbol WIPRO --quantity 3 --price 250";
  await ask("order", "--side", "BUY", ...words.split(" "));
  const beganMs = performance.now();
  await ask("order", "--side", "SELL", ...words.replace("HDFC", "SELLER").split(" "));
  for (const one of watchers) {
    equal((await one.ended()).code, 0);
    deepEqual(one.out, ["DEMAT 3 WIPRO", "DEBIT 750"]);
  }
  equal((await tail.ended()).code, 0);
  ok(performance.now() - beganMs < 10_000, `${performance.now() - beganMs} ms`);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  match(metrics, /route="\/v1\/topics\/:topic\/records",status="200"/);
  ok(!metrics.includes('status="429"'), "nobody is told to read less");
});

test("orders loads neither zod nor Kafka's client nor a server", async () => {
  const noting = `import module from "node:module"; const all = new Set();
    module.registerHooks({ load: (url, context, next) => (all.add(url), next(url, context)) });
    process.on("exit", () => process.stderr.write("loaded " + [...all].join(" ") + "\\n"));`;
  const first = `--import=data:text/javascript,${encodeURIComponent(noting)}`;
  const run = startProgram(process.execPath, [first, "bin/sauda.js", "orders"], { cwd: root, env });
  equal((await run.ended()).code, 0, run.err.join("\n"));
  const loaded = run.err.find((line) => line.startsWith("loaded ")) ?? "";
  match(loaded, /orders-of-market/);
  for (const heavy of ["zod", "@platformatic", "fastify", "postgres"])
    ok(!loaded.includes(`/node_modules/${heavy}/`), heavy);
});

test("a Kafka that the environment names is asked itself, where it is not the running market's", async () => {
  const elsewhere = { ...env, KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1" };
  const { code, err } = await sauda(["orders"], { env: elsewhere });
  equal(code, 1);
  match(err.join("\n"), /no Kafka at 127.0.0.1:1/);
  const trades = await sauda(["trades"], { env: elsewhere });
  match(trades.err.join("\n"), /names a Kafka whose market has no gateway here/);
});

/** A program on a port that is no gateway of this version. */
async function standIn(
  status: number,
  headers: Record<string, string>,
  body: string,
): Promise<string> {
  const server = createServer((_request, reply) => {
    reply.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("an older gateway, another program and nobody at all are told apart", async () => {
  const of = async (at: string, ...words: string[]): Promise<string> => {
    const { code, err } = await sauda([...words, "--url", at], { env });
    equal(code, 1);
    return err.join("\n");
  };
  const gateway = { "sauda-seq": "1" };
  const unknown = JSON.stringify({ code: "NOT_FOUND", detail: "GET /v1/accounts: no such route" });
  match(
    await of(await standIn(404, gateway, unknown), "accounts"),
    /of another version than this command/,
  );
  const field = JSON.stringify({
    code: "UNKNOWN_FIELD",
    detail: "since_ms: no such field",
    field: "since_ms",
  });
  match(await of(await standIn(400, gateway, field), "orders"), /another version.*start it again/);
  match(await of(await standIn(200, {}, "<html>"), "orders"), /is no gateway of a market/);
  match(await of(await standIn(200, gateway, "<html>"), "orders"), /the gateway at/);
  match(await of("http://127.0.0.1:1", "orders"), /nobody listens there/);
});

test("a gateway that does not answer is said so within the limit, with why", async () => {
  const { pid } = JSON.parse(await readFile(join(folder, "in-memory.json"), "utf8")) as {
    pid: number;
  };
  process.kill(pid, "SIGSTOP");
  try {
    const beganMs = performance.now();
    const { code, err } = await ask("orders");
    ok(performance.now() - beganMs < 30_000);
    equal(code, 1);
    match(err.join("\n"), new RegExp(`no answer within 10 s: process ${pid} is paused`));
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

for (const words of [["tail"], ["watch"]])
  test(`Ctrl-C ends sauda ${words.join(" ")} cleanly`, async () => {
    const running = startSauda(words, { env });
    await running.line(/from now on/, "err");
    running.signal("SIGINT");
    const { code, signal } = await running.ended();
    ok(code === 130 || signal === "SIGINT", `${code} ${signal}`);
    deepEqual(
      running.err.filter((line) => !/from now on/.test(line)),
      [],
    );
  });

test("an outcome that stdout does not take, as on a full disk, is a failure and said", async () => {
  const launcher = join(root, "bin", "sauda.js");
  const words = "order --participant HDFC --symbol SBI --side BUY --quantity 1 --price 900".split(
    " ",
  );
  const line = '"$0" "$@" > /dev/full';
  const lost = startProgram("bash", ["-c", line, process.execPath, launcher, ...words], { env });
  equal((await lost.ended()).code, 1);
  deepEqual(lost.err.length, 1);
  match(lost.err.join(), /^sauda: not all that was said is on stdout: ENOSPC/);
});

test("a reader who has had enough is no crash", async () => {
  const launcher = join(root, "bin", "sauda.js");
  const line = `"$0" "$1" tail --json | head -n 1; "$0" "$1" topics --json | head -n 1`;
  const piped = startProgram("bash", ["-o", "pipefail", "-c", line, process.execPath, launcher], {
    env,
  });
  await piped.line(/following/, "err");
  for (const price of ["901", "902", "903", "904"])
    await ask(
      "order",
      ...`--participant HDFC --symbol SBI --side BUY --quantity 1 --price ${price}`.split(" "),
    );
  const { code } = await piped.ended();
  equal(code, 0, piped.err.join("\n"));
  equal(piped.out.length, 2);
});
