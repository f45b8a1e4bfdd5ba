import { deepStrictEqual, equal, match, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  kafkaReset,
  kafkaStart,
  kafkaStop,
  printKafkaLogs,
  printKafkaStatus,
  registerKafka,
  type WhichKafka,
} from "../../src/cli/market/kafka.ts";
import { makeOutput } from "../../src/cli/output.ts";
import { newProgram } from "../../src/cli/program.ts";
import { defaultJarsDir } from "../../src/kafka/managed/installation.ts";
import { findFreePort } from "../../src/kafka/managed/ports.ts";
import { stopKafka } from "../../src/kafka/managed/stop.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";

const never = new AbortController().signal;

/** An output that remembers its facts, one per line, and its notes. */
function record(isJson = false) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const read = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? "");
  const facts = () =>
    read(out)
      .split("\n")
      .filter((line) => line !== "");
  return { output: makeOutput(isJson, { out, err }), facts, notes: () => read(err) };
}

describe("sauda kafka", () => {
  let dir: string;
  let cluster: WhichKafka;
  let called: () => void;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "sauda-kafka-cli-"));
    cluster = { dataDir: join(dir, "kafka"), jarsDir: defaultJarsDir, givenBootstrap: null };
    called = endWithThisProcess("kafka", cluster.dataDir);
  });
  after(async () => {
    await stopKafka(cluster.dataDir, 0);
    await rm(dir, { recursive: true, force: true });
    called();
  });

  test("status before anything is one line and not a success", async () => {
    const { output, facts } = record();
    equal(await printKafkaStatus(cluster, output), false);
    deepStrictEqual(facts(), [`KAFKA  stopped   data none in ${cluster.dataDir}`]);
  });

  test("logs before anything says that there are none", async () => {
    const { output, facts, notes } = record();
    await printKafkaLogs(cluster, { lines: 5, follow: null }, output);
    deepStrictEqual(facts(), []);
    match(notes(), /no log in .* yet/);
  });

  test("start prints the address on stdout and its progress on stderr; a second start reuses", async () => {
    const { output, facts, notes } = record();
    await kafkaStart(cluster, { port: 0, signal: never }, output);
    const [line = "", ...more] = facts();
    match(line, /^KAFKA {2}localhost:\d+ {3}running {3}pid \d+ {3}data /);
    deepStrictEqual(more, []);
    match(notes(), /starting Kafka on localhost:/);
    await kafkaStart(cluster, { port: 0, signal: never }, output);
    match(facts()[0] ?? "", /running before/);
  });

  test("status with --json is one object per line with all that a script needs", async () => {
    const { output, facts } = record(true);
    equal(await printKafkaStatus(cluster, output), true);
    const [line = "", ...more] = facts();
    deepStrictEqual(more, []);
    const { pid, port, startedAt, ...rest } = JSON.parse(line) as Record<string, unknown>;
    ok(Number(pid) > 0 && Date.parse(String(startedAt)) > 0);
    deepStrictEqual(rest, {
      type: "kafka",
      life: "running",
      isReady: true,
      bootstrap: `localhost:${String(port)}`,
      dataDir: cluster.dataDir,
    });
  });

  test("logs prints exactly the last lines, and follows what comes until it is told to end", async () => {
    const { output, facts } = record();
    await printKafkaLogs(cluster, { lines: 3, follow: null }, output);
    equal(facts().length, 3);
    const controller = new AbortController();
    const following = printKafkaLogs(cluster, { lines: 0, follow: controller.signal }, output);
    await sleep(400);
    await appendFile(join(cluster.dataDir, "broker.log"), "a line to ");
    await sleep(400);
    await appendFile(join(cluster.dataDir, "broker.log"), "follow\n");
    await sleep(600);
    controller.abort();
    await following;
    equal(facts().filter((line) => line === "a line to follow").length, 1);
  });

  test("reset without --yes changes nothing and is a wrong use", async () => {
    const { output, facts } = record();
    await rejects(kafkaReset(cluster, false, output), { code: 2, message: /--yes/ });
    deepStrictEqual(facts(), []);
    equal(await printKafkaStatus(cluster, output), true);
  });

  test("stop says what it did, also when there is nothing to do", async () => {
    const { output, facts } = record();
    await kafkaStop(cluster, output);
    await kafkaStop(cluster, output);
    deepStrictEqual(facts(), [
      `KAFKA  stopped   data ${cluster.dataDir}`,
      `KAFKA  not running   data ${cluster.dataDir}`,
    ]);
    equal(await printKafkaStatus(cluster, output), false);
    deepStrictEqual(facts(), [`KAFKA  stopped   data ${cluster.dataDir}`]);
  });

  test("reset with --yes stops it and removes the data", async () => {
    const { output, facts } = record();
    await kafkaStart(cluster, { port: 0, signal: never }, output);
    facts();
    await kafkaReset(cluster, true, output);
    deepStrictEqual(facts(), [`KAFKA  reset   data ${cluster.dataDir} removed`]);
    await printKafkaStatus(cluster, output);
    deepStrictEqual(facts(), [`KAFKA  stopped   data none in ${cluster.dataDir}`]);
  });

  test("a problem is a failure with exit code 1 that says what to do", async () => {
    const stranger = createServer().listen(0, "127.0.0.1");
    try {
      await once(stranger, "listening");
      const { port } = stranger.address() as AddressInfo;
      const starting = kafkaStart(cluster, { port, signal: never }, record().output);
      await rejects(starting, { code: 1, message: /is taken by something else[^]*--kafka-port/ });
    } finally {
      stranger.close();
    }
  });

  test("an interrupted start is a failure, not a stack", async () => {
    const starting = kafkaStart(cluster, { port: 0, signal: AbortSignal.abort() }, record().output);
    await rejects(starting, { code: 1, message: /interrupted; nothing was left running/ });
  });

  test("a given Kafka is looked at, but not started, stopped or reset", async () => {
    const given = { ...cluster, givenBootstrap: `localhost:${await findFreePort()}` };
    const { output, facts } = record();
    const refusal = { code: 1, message: /KAFKA_BOOTSTRAP_SERVERS gives .* not ours to/ };
    await rejects(kafkaStart(given, { port: 0, signal: never }, output), refusal);
    await rejects(kafkaStop(given, output), refusal);
    await rejects(kafkaReset(given, true, output), refusal);
    equal(await printKafkaStatus(given, output), false);
    deepStrictEqual(facts(), [`KAFKA  ${given.givenBootstrap}   given   does not answer`]);
  });

  test("a port that is none is a wrong use", async () => {
    for (const port of ["-1", "65536", "9092x", ""]) {
      const program = newProgram().configureOutput({ writeErr: () => {} });
      registerKafka(program);
      const words = ["node", "sauda", "kafka", "start", `--kafka-port=${port}`];
      await rejects(program.parseAsync(words), {
        name: "CommanderError",
        message: /--kafka-port <port>' argument '.*' is invalid. give a port/,
      });
    }
  });
});
