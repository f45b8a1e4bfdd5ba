import { deepEqual, equal, match } from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runService, serviceNames } from "../../src/cli/market/run-service.ts";
import { localTerms } from "../../src/domain/facts/terms.ts";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { topicSpecs } from "../../src/protocol/topics.ts";
import { testKafka, type TestKafka } from "../kafka/broker.ts";

const main = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");
let kafka: TestKafka;
const ended = new AbortController();
const services: Promise<void>[] = [];

before(async () => {
  kafka = await testKafka();
  const maker = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "test" });
  await maker.createTopics(1);
  await maker.close();
  for (const name of serviceNames) {
    const log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: `test-${name}` });
    const parts = { log, terms: localTerms, termsDigest: "test", report: () => {} };
    services.push(runService(name, parts, ended.signal).finally(() => void log.close()));
  }
});

after(async () => {
  ended.abort();
  await Promise.allSettled(services);
  await kafka.stop();
});

type Ended = { readonly code: number | null; readonly out: string[]; readonly err: string };

/** Runs the program as a person would, with the Kafka named by the environment. */
function sauda(words: string[], input: string | null = null): Promise<Ended> {
  const env = { ...process.env, KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap, NO_COLOR: "1" };
  const child = spawn(process.execPath, [main, ...words], { env });
  let out = "";
  let err = "";
  child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
  if (input !== null) child.stdin.write(input);
  child.stdin.end();
  return new Promise((resolve) =>
    child.on("close", (code) => {
      resolve({ code, out: out.split("\n").filter((line) => line !== ""), err });
    }),
  );
}

test("the seeds' two trades, piped in and given as arguments, through a real Kafka", async () => {
  const order = await sauda(["broker"], "100,SBI,985\n");
  deepEqual(order.out, ["ORDER BUY 100 SBI @ 985.0 -> Trade_Order-0@0"]);
  equal(order.code, 0);
  equal((await sauda(["counterparty"], "CONFIRM\n")).code, 0);
  equal((await sauda(["seller", "100,SBI"])).code, 0);
  equal((await sauda(["broker", "--book", "100,SBI,885"])).code, 0);
  const words = ["watch", "--from-beginning", "--count", "4", "--timeout", "30"];
  const { out, code, err } = await sauda(words);
  deepEqual(out.toSorted(), ["DEBIT 88500", "DEBIT 98500", "DEMAT 100 SBI", "DEMAT 100 SBI"]);
  equal(err, "watching from the beginning\n"); // closing it is no trouble
  equal(code, 0);
});

test("an order's answer is found in the log by its position", async () => {
  const words = "--participant HDFC --symbol SBI --side BUY --quantity 10 --client-order-id k-1";
  const { out, code } = await sauda(["order", ...words.split(" "), "--price", "985.05"]);
  match(String(out[0]), /^ORDER O-0-\d+ accepted: BUY 10 SBI @ 985.05$/);
  equal(code, 0);
  const canceled = await sauda(["cancel", "k-1"]);
  match(String(canceled.out[0]), /canceled: 10 of 10 SBIN taken out/);
  const refused = await sauda(["order", ...words.split(" "), "--price", "985.03"]);
  equal(refused.code, 1);
  match(String(refused.out[0]), /rejected: DUPLICATE_ID/);
});

test("bad lines, usage, lists and doctor end with the right codes", async () => {
  const bad = await sauda(["broker"], "100,SBI\n7,SBI,985\n");
  equal(bad.code, 2);
  match(bad.err, /Bad format. Use: qty,symbol,price/);
  equal((await sauda(["broker", "--nonsense"])).code, 2);
  equal((await sauda(["orders"])).code, 0);
  const topics = await sauda(["topics", "--json"]);
  equal(topics.out.length, topicSpecs.length);
  const doctor = await sauda(["doctor"]);
  match(doctor.out.join("\n"), /ok {3}log of shard 0: whole/);
  equal(doctor.code, 0);
});

test("where there is no Kafka the way on is said", async () => {
  const { code, err } = await sauda(["broker", "--kafka", "localhost:1", "100,SBI,985"]);
  equal(code, 1);
  match(err, /no Kafka at localhost:1: npm start runs one/);
});
