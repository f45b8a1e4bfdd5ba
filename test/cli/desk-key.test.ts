import { deepEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { deskPath, keepDeskSecret, readDeskSecret } from "../../src/cli/keys/desk-key.ts";
import {
  root,
  sauda,
  until,
  watchProcess,
  type SaudaProcess,
} from "../acceptance/market-process.ts";
import { builtDashboard } from "../built-dashboard.ts";

let folder: string;
let env: Record<string, string>;

before(async () => {
  builtDashboard(); // `up` serves it
  folder = await mkdtemp(join(tmpdir(), "sauda-desk-"));
  // Nothing listens on port 1: a Kafka of this machine must not answer instead.
  env = { SAUDA_DATA_DIR: folder, KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1" };
});

after(() => rm(folder, { recursive: true, force: true }));

test("the dashboard's secret is made once, however many make it at once, for its owner's eyes only", async () => {
  const path = deskPath(join(folder, "made"));
  const made = await Promise.all(Array.from({ length: 20 }, () => keepDeskSecret(path)));
  equal(new Set(made).size, 1);
  equal((await stat(path)).mode & 0o777, 0o600);
  deepEqual(await readdir(join(folder, "made")), ["desk.key"], "nothing is left beside it");
  await chmod(path, 0o644);
  equal(await keepDeskSecret(path), made[0]);
  equal((await stat(path)).mode & 0o777, 0o600, "closed to others again");
});

test("a file that holds no key is named, with the way to another", async () => {
  const path = deskPath(await mkdtemp(join(folder, "broken-")));
  await writeFile(path, "x");
  await rejects(readDeskSecret(path), /desk\.key holds no key: `npx sauda keys desk --new`/);
});

type MemoryMarket = { readonly process: SaudaProcess; readonly url: string; readonly key: string };

/** A market in memory with its prompt open, as at a terminal. */
async function startMemory(): Promise<MemoryMarket & { end(): Promise<void> }> {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  const args = [
    join(root, "bin", "sauda.js"),
    "up",
    "--in-memory",
    "--no-demo",
    "--http-port",
    "0",
  ];
  const child = spawn(process.execPath, args, { env: { ...rest, ...env } });
  const running = watchProcess(child, "sauda up --in-memory");
  const dashboard = await running.line(/^DASHBOARD /);
  const [, url = "", key = ""] = /^DASHBOARD (\S+)\/#key=(\S+)$/.exec(dashboard) ?? [];
  const end = async (): Promise<void> => {
    child.stdin.end("exit\n");
    await running.ended();
  };
  return { process: running, url, key, end };
}

async function statusWith(url: string, key: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  return (await fetch(`${url}/v1/session`, { headers })).status;
}

test("a market in memory keeps the dashboard's key, follows the keys, and is told of by other commands", async () => {
  const first = await startMemory();
  try {
    equal(await statusWith(first.url, first.key), 200);
    ok(!(await readFile(deskPath(folder), "utf8")).includes("sauda_"), "the secret alone");
    const added = await sauda(["keys", "add", "late", "--participant", "HDFC"], { env });
    const text = /KEY +(\S+)/.exec(added.out[0] ?? "")?.[1] ?? "";
    await until(
      "a key that was added is known",
      async () => (await statusWith(first.url, text)) === 200,
    );
    await sauda(["keys", "revoke", "late"], { env });
    await until("a revoked one is not", async () => (await statusWith(first.url, text)) === 401);

    const orders = await sauda(["orders"], { env });
    equal(orders.code, 1);
    const stderr = orders.err.join("\n");
    match(stderr, /no Kafka at 127\.0\.0\.1:1: a market in memory runs here/);
    for (const what of [first.url, "prompt", "npm start", "sauda keys desk"])
      ok(stderr.includes(what), `says ${what}: ${stderr}`);
    const down = await sauda(["down"], { env });
    equal(down.code, 1, "it runs on, so it did not come down");
    match(down.err.join("\n"), /market in memory runs here \(process \d+\): Ctrl-C or `exit`/);
    const named = await sauda(["orders", "--kafka", "127.0.0.1:1"], { env });
    match(named.err.join("\n"), /no Kafka at 127\.0\.0\.1:1: npm start runs one/);
  } finally {
    await first.end();
  }
  const afterwards = await sauda(["orders"], { env });
  ok(!afterwards.err.join("\n").includes("in memory"), "one that has ended is told of no more");

  const second = await startMemory();
  try {
    equal(second.key, first.key, "the same key from start to start");
    const [shown = ""] = (await sauda(["keys", "desk", "--url", second.url], { env })).out;
    equal(shown, `DASHBOARD ${second.url}/#key=${first.key}`);
    deepEqual((await sauda(["keys", "desk"], { env })).out, [shown], "of the market that runs");
    const renewed = await sauda(["keys", "desk", "--new", "--url", second.url], { env });
    const key = /#key=(\S+)$/.exec(renewed.out[0] ?? "")?.[1] ?? "";
    notEqual(key, first.key);
    await until("the new key is let in", async () => (await statusWith(second.url, key)) === 200);
    await until(
      "the old one is not",
      async () => (await statusWith(second.url, first.key)) === 401,
    );
    const headers = { authorization: `Bearer ${first.key}` };
    const refused = await (await fetch(`${second.url}/v1/session`, { headers })).text();
    match(refused, /KEY_UNKNOWN.*npx sauda keys desk/, "who is out is told the way in");
    equal((await stat(deskPath(folder))).mode & 0o777, 0o600);
  } finally {
    await second.end();
  }
});
