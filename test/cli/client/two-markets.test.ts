import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { deskPath, keepDeskSecret } from "../../../src/cli/keys/desk-key.ts";
import { deskKey } from "../../../src/cli/keys/keys-file.ts";
import { findBeginning, ownProof } from "../../../src/kafka/managed/process.ts";
import { builtDashboard } from "../../built-dashboard.ts";
import {
  sauda,
  startProgram,
  startSauda,
  type SaudaProcess,
} from "../../acceptance/market-process.ts";
import { startGateway, type RunningGateway } from "../../http/running-gateway.ts";

/**
 * Two markets on one data folder: `sauda up --in-memory` as a process of its own, and gateways of
 * this process that say their market is on a Kafka, as the one of `npm start` does.
 */
let folder: string;
let env: NodeJS.ProcessEnv;
let running: SaudaProcess[];
let gateways: Set<RunningGateway>;
const bootstrap = "127.0.0.1:1";

beforeEach(async () => {
  builtDashboard();
  folder = await mkdtemp(join(tmpdir(), "sauda-two-"));
  env = { SAUDA_DATA_DIR: folder, KAFKA_BOOTSTRAP_SERVERS: "", SAUDA_URL: "", SAUDA_KEY: "" };
  running = [];
  gateways = new Set();
});

afterEach(async () => {
  for (const one of gateways) await one.close();
  for (const one of running) one.signal("SIGKILL");
  for (const one of running) await one.ended();
  await rm(folder, { recursive: true, force: true });
});

async function inMemory(): Promise<SaudaProcess> {
  const words = ["up", "--in-memory", "--no-demo", "--http-port", "0", "--json"];
  const market = startSauda(words, { env });
  running.push(market);
  await market.line(/"type":"ready"/);
  return market;
}

async function onKafka(dataDir = folder, reports: object[] = []): Promise<RunningGateway> {
  const desk = deskKey(await keepDeskSecret(deskPath(folder)));
  const report = (message: object): void => void reports.push(message);
  const started = await startGateway({ desk, noted: { dataDir, bootstrap }, report });
  gateways.add(started);
  return started;
}

async function end(gateway: RunningGateway): Promise<void> {
  gateways.delete(gateway);
  await gateway.close();
}

/**
 * Sends an order to the market that is meant here, and says the ids of the orders that it has
 * by now.
 */
async function orderHere(id: string): Promise<readonly string[]> {
  const words = "order --participant HDFC --symbol SBI --side BUY --quantity 1 --price 900";
  const sent = await sauda([...words.split(" "), "--client-order-id", id], { env });
  equal(sent.code, 0, sent.err.join("\n"));
  return ordersHere();
}

async function ordersHere(more: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  const { code, out, err } = await sauda(["orders", "--json"], { env: { ...env, ...more } });
  equal(code, 0, err.join("\n"));
  return out.map((line) => (JSON.parse(line) as { client_order_id: string }).client_order_id);
}

async function notes(): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith("gateway"));
}

test("a market that ran beside another on its data folder takes nothing with it when it ends", async () => {
  const first = await inMemory();
  deepEqual(await orderHere("first"), ["first"]);
  const second = await onKafka();
  deepEqual(await orderHere("second"), ["second"]);
  await end(second);
  deepEqual(await ordersHere(), ["first"]);
  first.signal("SIGTERM");
  await first.ended();
  deepEqual(await notes(), []);
});

test("of two markets on a data folder the newest is asked, and the other one's address is told", async () => {
  const older = await onKafka();
  const newer = await inMemory();
  const { code, err } = await sauda(["orders"], { env });
  equal(code, 0);
  match(
    err.join("\n"),
    new RegExp(
      `^this is the market in memory .*on Kafka ${bootstrap} runs here too: --url ${older.url}`,
    ),
  );
  newer.signal("SIGKILL");
  await newer.ended();
  doesNotMatch((await sauda(["orders"], { env })).err.join("\n"), /runs here too/);
  deepEqual(await orderHere("older"), ["older"]);
});

test("the Kafka that the environment names chooses its market's gateway, though another one is newer", async () => {
  await onKafka();
  deepEqual(await orderHere("on-kafka"), ["on-kafka"]);
  await inMemory();
  deepEqual(await ordersHere(), []);
  deepEqual(await ordersHere({ KAFKA_BOOTSTRAP_SERVERS: bootstrap }), ["on-kafka"]);
});

test("two gateways of one market: each end leaves the other one known, and no word is said of it", async () => {
  const first = await onKafka();
  const second = await onKafka();
  const { code, err } = await sauda(["orders"], { env });
  equal(code, 0);
  doesNotMatch(err.join("\n"), /runs here too/);
  await end(first);
  deepEqual(await orderHere("second"), ["second"]);
  await end(second);
  match((await sauda(["orders"], { env })).err.join(), /no market runs here/);
});

test("of two gateways of one market one that is paused is passed over", async () => {
  const gateway = await onKafka();
  const paused = startProgram("sleep", ["60"]);
  running.push(paused);
  const { pid } = paused;
  const note = { pid, began: await findBeginning(pid), http: "http://127.0.0.1:1", bootstrap };
  await writeFile(join(folder, "gateway-00000001.json"), JSON.stringify(note));
  match((await sauda(["orders"], { env })).err.join(), /127.0.0.1:1: nobody listens there/);
  paused.signal("SIGSTOP");
  deepEqual(await orderHere("here"), ["here"]);
  await end(gateway);
  match((await sauda(["orders"], { env })).err.join(), new RegExp(`process ${pid} is paused`));
});

test("a gateway's note is for its owner alone; what the dead and crashes left is cleared, and stops nobody", async () => {
  const { pid, began } = await ownProof();
  const note = { pid, began: "earlier", http: "http://127.0.0.1:1", bootstrap };
  await writeFile(join(folder, "gateway-00000001.json"), JSON.stringify(note));
  await writeFile(join(folder, "gateway-00000002.json"), "");
  await writeFile(join(folder, "gateway-00000003.json"), '{"pid":12');
  await writeFile(join(folder, "gateway-00000004.json"), "null");
  match((await sauda(["orders"], { env })).err.join(), /no market runs here/);
  const gateway = await onKafka();
  deepEqual(await ordersHere(), []);
  const [name = "", ...more] = await notes();
  deepEqual(more, []);
  equal((await stat(join(folder, name))).mode & 0o777, 0o600);
  // Of a version that had one note for all.
  const old = { pid, began, http: gateway.url, bootstrap };
  await end(gateway);
  const unknown = await onKafka(join(folder, "elsewhere"));
  await writeFile(join(folder, "gateway.json"), JSON.stringify({ ...old, http: unknown.url }));
  deepEqual(await orderHere("old"), ["old"]);
});

test("a gateway that cannot note where it listens says so and serves", async () => {
  const file = join(folder, "file");
  await writeFile(file, "no folder");
  const reports: { readonly what?: string }[] = [];
  const gateway = await onKafka(file, reports);
  match(
    reports.map(({ what = "" }) => what).join("\n"),
    /commands do not find this gateway by .*file.*: --url http/,
  );
  equal((await gateway.call(null, "GET", "/readyz")).status, 200);
});
