import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import {
  ephemeralMarket,
  groupLimitMs,
  timeoutMs,
  root,
  startSauda,
  type TestMarket,
} from "./market-process.ts";

// How every command ends: by Ctrl-C, and when whoever reads its words has had enough.

const run = promisify(execFile);

let market: TestMarket;
let env: NodeJS.ProcessEnv;

before(async () => {
  market = await ephemeralMarket([], true);
  env = { KAFKA_BOOTSTRAP_SERVERS: market.bootstrap, DATABASE_URL: market.database ?? "" };
  for (const options of [
    ["--participant", "HDFC", "--side", "BUY", "--price", "985"],
    ["--participant", "SELLER", "--side", "SELL"],
  ])
    strictEqual(
      (await market.sauda(["order", "--symbol", "SBI", "--quantity", "1", ...options])).code,
      0,
    );
});

after(() => market?.stop());

/** Commands that run until they are ended, and what they say when they are at it. */
const lasting: readonly (readonly [words: string, says: RegExp, among: "out" | "err"])[] = [
  ["watch", /watching from now on/, "err"],
  ["watch --timeout 100", /watching from now on/, "err"],
  ["demo --seconds 100 --symbols 2", /demo/, "err"],
  ["reconcile --watch", /shard 0/, "out"],
  ["intake", /standby/, "out"],
  ["exchange", /standby/, "out"],
  ["publisher", /standby/, "out"],
  ["gateway --http-port 0 --desk-only", /serving/, "out"],
  ["books", /standby|keeping/, "out"],
  ["up --ephemeral --in-memory --json", /"type":"ready"/, "out"],
];

describe("Ctrl-C", { timeout: groupLimitMs }, () => {
  for (const [words, says, among] of lasting)
    test(`ends sauda ${words} as a shell's 130`, async () => {
      const command = startSauda(words.split(" "), { env });
      await command.line(says, among);
      command.signal("SIGINT");
      deepStrictEqual(await command.ended(), { code: null, signal: "SIGINT" });
    });

  test("ends sauda kafka logs --follow likewise", async () => {
    const words = ["kafka", "logs", "--follow", "--lines", "1", "--data-dir", market.dataDir];
    const { KAFKA_BOOTSTRAP_SERVERS: _, ...without } = env;
    const command = startSauda(words, { env: without });
    await command.line(/\S/);
    command.signal("SIGINT");
    deepStrictEqual(await command.ended(), { code: null, signal: "SIGINT" });
  });

  test("ends an order that waits for its answer likewise, and says that it is in doubt", async () => {
    const exchange = (await market.pid("exchange")) ?? -1;
    process.kill(exchange, "SIGSTOP");
    try {
      const order = ["--participant", "HDFC", "--symbol", "SBI", "--side", "BUY"];
      const rest = ["--quantity", "1", "--price", "985", "--timeout", "100"];
      const command = startSauda(["order", ...order, ...rest], { env });
      await command.line(/NewOrder written/, "err");
      command.signal("SIGINT");
      deepStrictEqual(await command.ended(), { code: null, signal: "SIGINT" });
      ok(command.err.join("\n").includes("it may or may not take effect"));
    } finally {
      process.kill(exchange, "SIGCONT");
    }
  });

  test("a shell sees 130", async () => {
    const script = `errors=$(mktemp); node bin/sauda.js watch 2> $errors & pid=$!
      until grep -q watching $errors; do sleep 0.1; done
      kill -INT $pid; wait $pid; echo $?; rm $errors`;
    const { stdout } = await run("bash", ["-mc", script], {
      cwd: root,
      timeout: timeoutMs,
      env: { ...process.env, ...env },
    });
    strictEqual(stdout.trim().split("\n").at(-1), "130");
  });
});

/** Commands of every family that say something. */
const saying = [
  "--help",
  "order --help",
  "--version",
  "completion bash",
  "charges 100 SBIN 985",
  "scenario list",
  "scenario run examples/scenarios/happy-trade.yaml --journals",
  "orders --all",
  "orders --all --json",
  "accounts --openings",
  "topics",
  "dlq list",
  "doctor",
  "report trial-balance",
  "reconcile",
  "watch --from-beginning",
  "keys list --json",
  "kafka status",
  "kafka logs",
  "postgres status",
  "books verify",
  "exchange",
  "gateway --http-port 0 --desk-only",
  "demo --seconds 5 --symbols 1",
  "up --ephemeral --in-memory --json",
  "broker 1,SBI,985",
];

// Each for itself, and some of them wait: three at once.
describe("a reader who has had enough", { timeout: groupLimitMs, concurrency: 3 }, () => {
  for (const words of saying)
    test(`ends sauda ${words} without a word of it`, { timeout: 60_000 }, async () => {
      const script = `node bin/sauda.js ${words} | true; echo "code \${PIPESTATUS[0]}"`;
      const { stdout, stderr } = await run("bash", ["-c", script], {
        cwd: root,
        timeout: 50_000,
        env: { ...process.env, ...env, SAUDA_DATA_DIR: `${market.dataDir}-none` },
      });
      ok(!/EPIPE|^ +at |Error/m.test(stderr), stderr);
      ok(/^code [01]$/.test(stdout.trim()), stdout); // 1: none runs there, or a check that fails
    });
});
