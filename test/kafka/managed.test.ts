import { deepStrictEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Admin } from "@platformatic/kafka";

import { startKafka } from "../../src/kafka/managed/broker.ts";
import { installJars } from "../../src/kafka/managed/jars.ts";
import { defaultJarsDir } from "../../src/kafka/managed/installation.ts";
import { findFreePort } from "../../src/kafka/managed/ports.ts";
import { findBeginning, hasEndedWithin } from "../../src/kafka/managed/process.ts";
import { findState, readLife } from "../../src/kafka/managed/state.ts";
import { eraseKafka, kafkaStatus, stopKafka } from "../../src/kafka/managed/stop.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";
import { testKafka, type TestKafka } from "./broker.ts";
import { until } from "../acceptance/market-process.ts";

describe("the life of a managed Kafka", () => {
  let dir: string;
  let jarsDir: string;
  let dataDir: string;
  let called: () => void;

  before(async () => {
    await installJars(defaultJarsDir, { env: process.env, onProgress: () => undefined });
    dir = await mkdtemp(join(tmpdir(), "sauda-managed-"));
    // A name of its own for the same jars, so that the class archive made here is the test's own.
    jarsDir = join(dir, "jars");
    await symlink(defaultJarsDir, jarsDir);
    dataDir = join(dir, "a folder, with spaces");
    called = endWithThisProcess("kafka", dataDir);
  });
  after(async () => {
    await stopKafka(dataDir, 0);
    await rm(dir, { recursive: true, force: true });
    called();
  });

  const progress: string[] = [];
  const start = (port = 0) =>
    startKafka({
      dataDir,
      port,
      jarsDir,
      env: process.env,
      onProgress: (line) => void progress.push(line),
    });

  test("before the first start there is nothing to stop, and looking makes no folder", async () => {
    equal(await stopKafka(dataDir), "not running");
    deepStrictEqual(await kafkaStatus(dataDir), { life: "stopped", dataDir, hasData: false });
    await rejects(access(dataDir));
  });

  test("two starts at once give one Kafka, and one of them is told that it was reused", async () => {
    const [one, other] = await Promise.all([start(), start()]);
    deepStrictEqual(one.kafka, other.kafka);
    deepStrictEqual(
      [one.reused, other.reused].map(Number).toSorted((a, b) => a - b),
      [0, 1],
    );
    const status = await kafkaStatus(dataDir);
    ok(status.life === "running" && status.isReady);
    deepStrictEqual(status.kafka, one.kafka);
  });

  test("asking for another port while it runs gives the running one, and says so", async () => {
    progress.length = 0;
    const running = await findState(dataDir);
    const { kafka, reused } = await start(await findFreePort());
    ok(reused);
    equal(kafka.port, running?.port);
    ok(progress.some((line) => line.includes("already runs") && line.includes("not on")));
  });

  test("its data cannot be erased while it runs", async () => {
    await rejects(eraseKafka(dataDir), { code: "RUNNING" });
  });

  test("a topic outlives a stop, the ports may change meanwhile, and the stop leaves a class archive", async () => {
    const first = await findState(dataDir);
    await makeTopic(`localhost:${first?.port}`, "kept");
    // Writing an archive takes 4 s where the machine is quiet.
    equal(await stopKafka(dataDir, 60_000), "stopped");
    equal(await stopKafka(dataDir), "not running");
    equal((await readdir(dir)).filter((name) => name.endsWith(".jsa")).length, 1);

    // As if the controller's port had been taken by somebody else in between.
    const taken = { ...(await readState(dataDir)), controllerPort: 1 };
    await writeFile(join(dataDir, "state.json"), JSON.stringify(taken));
    const { kafka, reused } = await start();
    ok(!reused);
    notEqual((await findState(dataDir))?.controllerPort, first?.controllerPort);
    deepStrictEqual(await topicsOf(kafka.bootstrap), ["kept"]);
    const flags = await readFile(join(dataDir, "java.args"), "utf8");
    ok(flags.includes("SharedArchiveFile") && !flags.includes("ArchiveClassesAtExit"));
  });

  test("it compiles with Java's first compiler alone, whatever this process's Java is told", async () => {
    const flags = await readFile(join(dataDir, "java.args"), "utf8");
    match(flags, /"-XX:TieredStopAtLevel=1"/);
  });

  test("one that was killed is noticed, said, and starts again with its data", async () => {
    const { pid } = await readState(dataDir);
    process.kill(pid, "SIGKILL");
    await until("it has ended", async () => (await readLife(dataDir)).life !== "running");
    const status = await kafkaStatus(dataDir);
    ok(status.life === "stale" && status.pid === pid);
    progress.length = 0;
    const { kafka } = await start();
    ok(
      progress.some(
        (line) => line.includes(`pid ${pid}`) && line.includes("without being stopped"),
      ),
    );
    deepStrictEqual(await topicsOf(kafka.bootstrap), ["kept"]);
  });

  test("one that is stopped is never taken for one that died, at no moment of it", async () => {
    await start();
    const seen = new Set<string>();
    const stopping = stopKafka(dataDir);
    let isStopping = true;
    const looking = (async () => {
      while (isStopping) seen.add((await readLife(dataDir)).life);
    })();
    equal(await stopping.finally(() => void (isStopping = false)), "stopped");
    await looking;
    seen.add((await readLife(dataDir)).life);
    deepStrictEqual([...seen], ["running", "stopped"]);
    await start();
  });

  test("a start in the very moment of a kill gives a new one", async () => {
    const { pid } = await readState(dataDir);
    process.kill(pid, "SIGKILL");
    const { kafka, reused } = await start();
    ok(!reused);
    notEqual(kafka.pid, pid);
  });

  test("one that does not heed a stop is killed after the grace, and an unfit class archive harms nothing", async () => {
    const { pid } = await readState(dataDir);
    process.kill(pid, "SIGSTOP");
    equal(await stopKafka(dataDir, 300), "stopped");
    equal(await findBeginning(pid), undefined);
    const [archive = ""] = (await readdir(dir)).filter((name) => name.endsWith(".jsa"));
    await rm(join(dir, archive));
    await writeFile(join(dir, archive), "half an archive");
    const { kafka } = await start();
    deepStrictEqual(await topicsOf(kafka.bootstrap), ["kept"]);
  });

  test("erasing removes what a Kafka wrote and nothing else", async () => {
    await stopKafka(dataDir);
    await writeFile(join(dataDir, "letter.txt"), "mine");
    await eraseKafka(dataDir);
    deepStrictEqual(await readdir(dataDir), ["letter.txt"]);
    deepStrictEqual(await kafkaStatus(dataDir), { life: "stopped", dataDir, hasData: false });
  });

  test("a stranger that has the pid of a Kafka that ended is left alone", async () => {
    const stranger = spawn("sleep", ["60"]);
    try {
      const state = {
        pid: stranger.pid,
        began: "long ago",
        port: 1,
        controllerPort: 2,
        stopped: false,
      };
      await writeFile(join(dataDir, "state.json"), JSON.stringify(state));
      equal((await kafkaStatus(dataDir)).life, "stale");
      equal(await stopKafka(dataDir, 0), "stale");
      equal(stranger.exitCode ?? stranger.signalCode, null);
      notEqual(await findBeginning(stranger.pid ?? 0), undefined);
    } finally {
      stranger.kill("SIGKILL");
    }
  });
});

describe("a test's own Kafka", () => {
  let kafka: TestKafka;
  before(async () => {
    kafka = await testKafka();
  });
  after(() => kafka.stop());

  test("is reached on loopback only", async (t) => {
    const port = Number(kafka.bootstrap.split(":")[1]);
    ok(await answers("127.0.0.1", port));
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === "IPv4" && !address.internal);
    if (outside === undefined) return t.skip("this machine has no address but loopback");
    equal(await answers(outside.address, port), false);
  });

  test("makes no topic because somebody asks for it", async () => {
    const admin = new Admin({ clientId: "test", bootstrapBrokers: [kafka.bootstrap], retries: 0 });
    await admin.metadata({ topics: ["early"], autocreateTopics: true }).catch(() => undefined);
    await admin.close();
    deepStrictEqual(await topicsOf(kafka.bootstrap), []);
  });

  test("is ready again on the same port after it was killed, and does not notice a pause", async () => {
    await makeTopic(kafka.bootstrap, "kept");
    const { pid } = kafka;
    await kafka.kill("SIGKILL");
    await kafka.restart();
    notEqual(kafka.pid, pid);
    deepStrictEqual(await topicsOf(kafka.bootstrap), ["kept"]);
    kafka.pause();
    await sleep(200);
    kafka.resume();
    deepStrictEqual(await topicsOf(kafka.bootstrap), ["kept"]);
  });

  test("ends with its folder when the test process is killed", async () => {
    const script = `
      const { testKafka } = await import(${JSON.stringify(new URL("broker.ts", import.meta.url))});
      const { dir, pid } = await testKafka();
      console.log(JSON.stringify({ dir, pid }));
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(child.stdout, "data", {
      signal: AbortSignal.timeout(60_000),
    })) as [Buffer];
    const { dir, pid } = JSON.parse(String(line)) as { dir: string; pid: number };
    const began = await findBeginning(pid);
    ok(began !== undefined);
    child.kill("SIGKILL");
    ok(await hasEndedWithin({ pid, began }, 10_000));
    const deadline = Date.now() + 10_000;
    while (await exists(dir)) {
      ok(Date.now() < deadline, `${dir} is still there`);
      await sleep(50);
    }
  });
});

async function readState(dataDir: string) {
  const state = await findState(dataDir);
  if (state === undefined) throw new Error(`no state in ${dataDir}`);
  return state;
}

async function makeTopic(bootstrap: string, name: string): Promise<void> {
  const admin = new Admin({ clientId: "test", bootstrapBrokers: [bootstrap] });
  await admin.createTopics({ topics: [name], partitions: 1, replicas: 1 });
  await admin.close();
}

async function topicsOf(bootstrap: string): Promise<string[]> {
  const admin = new Admin({ clientId: "test", bootstrapBrokers: [bootstrap] });
  try {
    return (await admin.listTopics({ includeInternals: false })).toSorted((a, b) =>
      a.localeCompare(b),
    );
  } finally {
    await admin.close();
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const settle = (does: boolean) => {
      socket.destroy();
      resolve(does);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
