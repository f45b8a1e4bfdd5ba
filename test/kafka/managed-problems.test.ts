import { deepStrictEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { promisify } from "node:util";

import { startKafka, type StartOptions } from "../../src/kafka/managed/broker.ts";
import { findTellingLine } from "../../src/kafka/managed/death.ts";
import { installJars } from "../../src/kafka/managed/jars.ts";
import { findJava } from "../../src/kafka/managed/java.ts";
import { launch } from "../../src/kafka/managed/launch.ts";
import { defaultJarsDir } from "../../src/kafka/managed/installation.ts";
import { findFreePort } from "../../src/kafka/managed/ports.ts";
import { findBeginning } from "../../src/kafka/managed/process.ts";
import { isReady } from "../../src/kafka/managed/ready.ts";
import { findState } from "../../src/kafka/managed/state.ts";
import { kafkaStatus, stopKafka } from "../../src/kafka/managed/stop.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";

const run = promisify(execFile);

/**
 * Of the test that runs: its folder, the data folder in it, and a folder of programs to be the
 * whole PATH.
 */
let dir: string;
let dataDir: string;
let bin: string;
let called: () => void;

before(() => installJars(defaultJarsDir, { env: process.env, onProgress: () => undefined }));
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sauda-problem-"));
  dataDir = join(dir, "kafka");
  bin = join(dir, "bin");
  await mkdir(bin);
  called = endWithThisProcess("kafka", dataDir);
});
afterEach(async () => {
  await stopKafka(dataDir, 0);
  await rm(dir, { recursive: true, force: true });
  called();
});

function start(options: Partial<StartOptions> = {}) {
  const onProgress = () => undefined;
  const given = { dataDir, port: 0, jarsDir: defaultJarsDir, archive: false };
  return startKafka({ ...given, env: process.env, onProgress, ...options });
}

async function program(name: string, script: string): Promise<string> {
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, name), 0o755);
  return join(bin, name);
}

async function findProgram(name: string): Promise<string> {
  return (await run("sh", ["-c", `command -v ${name}`])).stdout.trim();
}

describe("Java", () => {
  test("without Java one is told so, and of the three ways without it", async () => {
    await rejects(start({ env: { PATH: bin } }), (error: Error & { wayOn: string }) => {
      match(error.message, /no Java found/);
      match(error.wayOn, /install Java 17.*compose\.yaml.*KAFKA_BOOTSTRAP_SERVERS.*--in-memory/);
      return true;
    });
    await rejects(findJava({ PATH: bin }), { code: "NO_JAVA" });
  });

  test("an old Java is named with its version", async () => {
    await program("java", `echo 'openjdk version "11.0.2" 2019-01-15' >&2`);
    await rejects(start({ env: { PATH: bin } }), {
      code: "OLD_JAVA",
      message: /java is version 11\.0\.2/,
    });
    await program("java", `echo 'java version "1.8.0_412"' >&2`);
    await rejects(findJava({ PATH: bin }), { code: "OLD_JAVA", message: /1\.8\.0_412/ });
  });

  test("JAVA_HOME goes before the PATH, unless it is too old, broken, or not there", async () => {
    await program("java", `echo 'openjdk version "21.0.1"' >&2`);
    const home = join(dir, "home");
    equal((await findJava({ PATH: bin, JAVA_HOME: home })).program, "java");
    await mkdir(join(home, "bin"), { recursive: true });
    await writeFile(join(home, "bin", "java"), `#!/bin/sh\necho 'version "11"' >&2\n`, {
      mode: 0o755,
    });
    equal((await findJava({ PATH: bin, JAVA_HOME: home })).program, "java");
    await writeFile(join(home, "bin", "java"), `#!/bin/sh\necho 'version "17"' >&2\n`, {
      mode: 0o755,
    });
    equal((await findJava({ PATH: bin, JAVA_HOME: home })).program, join(home, "bin", "java"));
  });

  test("what JAVA_TOOL_OPTIONS makes Java say is not taken for its version", async () => {
    await program(
      "java",
      `echo 'Picked up JAVA_TOOL_OPTIONS: -Dversion="3"' >&2; echo 'openjdk version "17.0.15"' >&2`,
    );
    equal((await findJava({ PATH: bin })).version, 'openjdk version "17.0.15"');
  });
});

describe("the jars", () => {
  let jarsDir: string;
  beforeEach(() => {
    jarsDir = join(dir, "cache", "jars");
  });

  /** Stands for Maven: links the real jars where they were asked for, and counts its calls. */
  const copy = (before = "") => `
    echo called >> "${dir}/calls"
    for word in "$@"; do case $word in -DoutputDirectory=*) to=\${word#*=};; esac; done
    ${before}
    cp -s "${defaultJarsDir}"/*.jar "$to"`;
  const install = () =>
    installJars(jarsDir, { env: { PATH: `${bin}:/usr/bin:/bin` }, onProgress: () => undefined });
  const calls = async () => (await readFile(join(dir, "calls"), "utf8")).trim().split("\n").length;

  test("without Maven and without jars one is told so", async () => {
    await symlink(await findProgram("java"), join(bin, "java"));
    const starting = start({ jarsDir, env: { PATH: bin } });
    await rejects(starting, { code: "NO_MAVEN", wayOn: /install Maven.*compose\.yaml/ });
    deepStrictEqual(await readdir(join(dir, "cache")), []);
  });

  test("without Maven, but with the jars there, all is well", async () => {
    const paths = await installJars(defaultJarsDir, {
      env: { PATH: bin },
      onProgress: () => undefined,
    });
    ok(paths.length > 40);
  });

  test("a Maven that fails is quoted, and leaves nothing", async () => {
    await program(
      "mvn",
      `${copy()}; echo '[ERROR] Could not resolve dependencies'; echo '[ERROR] more'; exit 1`,
    );
    await rejects(install(), { code: "NO_JARS", message: /Could not resolve dependencies/ });
    deepStrictEqual(await readdir(join(dir, "cache")), []);
  });

  test("a Maven that runs out of disk is a full disk", async () => {
    await program("mvn", `echo '[ERROR] a.jar: No space left on device'; exit 1`);
    await rejects(install(), { code: "DISK_FULL" });
  });

  test("a Maven that brings nothing is not believed", async () => {
    await program("mvn", "exit 0");
    await rejects(install(), { code: "NO_JARS", message: /brought no kafka_2\.13/ });
  });

  test("two at once download once", async () => {
    await program("mvn", copy("sleep 0.5"));
    const [one, other] = await Promise.all([install(), install()]);
    deepStrictEqual(one, other);
    equal(await calls(), 1);
  });

  test("what a killed download left is removed, and its lock is taken over", async () => {
    await program("mvn", copy());
    await mkdir(`${jarsDir}.part-1`, { recursive: true });
    await writeFile(
      `${jarsDir}.lock`,
      JSON.stringify({ pid: process.pid, began: "in another life" }),
    );
    await install();
    deepStrictEqual(await readdir(join(dir, "cache")), ["jars"]);
  });

  test("a jar that was cut short, or is gone, is noticed and all are fetched anew", async () => {
    await program("mvn", copy());
    const [first = "", second = ""] = await install();
    await rm(first);
    await install();
    equal(await calls(), 2);
    await rm(second);
    await writeFile(second, "cut");
    await install();
    equal(await calls(), 3);
    await install();
    equal(await calls(), 3);
  });

  test("each jar that arrives is told, without where it came from", async () => {
    const arrived =
      "[INFO] Downloaded from central: https://example.org/kafka-clients-4.3.1.jar (9.8 MB at " +
      "1.2 MB/s)";
    await program("mvn", `echo '${arrived}'; ${copy()}`);
    const jars: string[] = [];
    const env = { PATH: `${bin}:/usr/bin:/bin` };
    const onJar = (line: string) => void jars.push(line);
    await installJars(jarsDir, { env, onProgress: () => undefined, onJar });
    equal(jars.at(-1), "downloaded jar 1: kafka-clients-4.3.1.jar (9.8 MB)");
  });

  test("an interrupted download ends Maven and leaves nothing", async () => {
    await program("mvn", `echo $$ > "${dir}/pid"; sleep 600`);
    const controller = new AbortController();
    const installing = installJars(jarsDir, {
      env: { PATH: `${bin}:/usr/bin:/bin` },
      onProgress: () => setTimeout(() => controller.abort(new Error("enough")), 300),
      signal: controller.signal,
    });
    await rejects(installing, /enough/);
    equal(await findBeginning(Number(await readFile(join(dir, "pid"), "utf8"))), undefined);
    deepStrictEqual(await readdir(join(dir, "cache")), []);
  });
});

describe("the port", () => {
  let stranger: Server;
  afterEach(() => void stranger.close());
  const occupy = async (port: number, host: string) => {
    stranger = createServer().listen(port, host);
    await once(stranger, "listening");
  };

  test("somebody else's port is refused at once, with the ways on", async () => {
    const port = await findFreePort();
    await occupy(port, "127.0.0.1");
    await rejects(start({ port }), (error: Error & { code: string; wayOn: string }) => {
      equal(error.code, "PORT_TAKEN");
      match(error.message, new RegExp(`port ${port} `));
      match(
        error.wayOn,
        new RegExp(`KAFKA_BOOTSTRAP_SERVERS=localhost:${port}.*--kafka-port ${port + 1}`),
      );
      return true;
    });
  });

  test("also one that only those see who ask for localhost by IPv6", async (t) => {
    const port = await findFreePort();
    const has6 = await occupy(port, "::1").then(
      () => true,
      () => false,
    );
    if (!has6) return t.skip("this machine has no IPv6");
    await rejects(start({ port }), { code: "PORT_TAKEN" });
  });

  test("one that is taken while Kafka starts is told from Kafka's own log", async () => {
    const port = await findFreePort();
    const taking = Promise.withResolvers<void>();
    const onProgress = (line: string) => {
      if (line.startsWith("starting"))
        occupy(port, "127.0.0.1").then(taking.resolve, taking.reject);
    };
    await rejects(start({ port, onProgress }), { code: "PORT_TAKEN", message: /died.*bind/i });
    await taking.promise;
    equal((await kafkaStatus(dataDir)).life, "stopped");
  });
});

describe("a start that fails", () => {
  test("a folder whose Kafka was forgotten is not given to a second one, and the first goes on", async () => {
    const { kafka } = await start();
    const state = await findState(dataDir);
    await rm(join(dataDir, "state.json"));
    await rejects(start(), { code: "BUSY", message: /not remembered/ });
    equal(await findBeginning(kafka.pid), state?.began);
    equal(await isReady(kafka.bootstrap), true);
    await writeFile(join(dataDir, "state.json"), JSON.stringify(state));
    equal(await stopKafka(dataDir), "stopped");
  });

  test("an interrupted start leaves no Kafka behind, and the next one works", async () => {
    const controller = new AbortController();
    const onProgress = (line: string) => {
      if (line.startsWith("starting")) setTimeout(() => controller.abort(new Error("enough")), 700);
    };
    await rejects(start({ onProgress, signal: controller.signal }), /enough/);
    const pid = (await findState(dataDir))?.pid ?? 0;
    ok(pid > 0);
    equal(await findBeginning(pid), undefined);
    equal((await kafkaStatus(dataDir)).life, "stopped");
    const { reused } = await start();
    equal(reused, false);
  });

  test("a Kafka that never gets ready is ended when its time is up", async () => {
    await mkdir(dataDir);
    const java = { program: await program("java", "exec sleep 600"), version: "17" };
    const ports = { port: await findFreePort(), controllerPort: await findFreePort() };
    const archive = { flags: [], made: undefined };
    const broker = { java, jars: [], dataDir, ports, archive, env: process.env, limitMs: 500 };
    await rejects(launch(broker, { onProgress: () => undefined }), { code: "NOT_READY" });
    equal(await findBeginning((await findState(dataDir))?.pid ?? 0), undefined);
  });

  test("a Java that dies without a word is reported with its exit code", async () => {
    await mkdir(dataDir);
    const java = { program: await program("java", "exit 7"), version: "17" };
    const ports = { port: await findFreePort(), controllerPort: await findFreePort() };
    const archive = { flags: [], made: undefined };
    const broker = { java, jars: [], dataDir, ports, archive, env: process.env, limitMs: 60_000 };
    const starting = launch(broker, { onProgress: () => undefined });
    await rejects(starting, { code: "DIED", message: /exit code 7.*without a word/ });
  });

  test("a Kafka that cannot be reached is given up in time", async () => {
    const nowhere = `localhost:${await findFreePort()}`;
    equal(await isReady(nowhere), false);
  });

  test("of many lines the cause is quoted, not its consequence, and without the time", () => {
    const lines = [
      "2026-11-22 09:00:00,000 ERROR Encountered fatal fault (ProcessTerminatingFaultHandler)",
      "java.io.IOException: No space left on device",
    ];
    equal(findTellingLine(lines), "java.io.IOException: No space left on device");
    match(findTellingLine(lines.slice(0, 1)) ?? "", /^ERROR Encountered/);
    equal(findTellingLine(["2026-11-22 09:00:00,000 INFO all is well"]), undefined);
  });
});

describe("a full disk", () => {
  let disk: string | undefined;
  const mount = async (size: string) => {
    const wanted = join(dir, "disk");
    await mkdir(wanted);
    try {
      await run("mount", ["-t", "tmpfs", "-o", `size=${size}`, "none", wanted]);
      disk = wanted;
    } catch {
      disk = undefined;
    }
    return disk;
  };
  const unmount = async () => {
    if (disk === undefined) return;
    await stopKafka(join(disk, "kafka"), 0);
    await run("umount", [disk]);
    disk = undefined;
  };
  afterEach(unmount);
  after(unmount);

  test("too small a disk is refused before anything is written", async (t) => {
    const small = await mount("8m");
    if (small === undefined) return t.skip("only root on Linux can mount a small disk");
    const starting = start({ dataDir: join(small, "kafka") });
    await rejects(starting, { code: "DISK_FULL", message: /MiB free/, wayOn: /--data-dir/ });
  });

  test("a disk that fills up while Kafka starts is named as the cause", async (t) => {
    const small = await mount("110m");
    if (small === undefined) return t.skip("only root on Linux can mount a small disk");
    let filling = Promise.resolve();
    const onProgress = (line: string) => {
      if (!line.startsWith("starting")) return;
      filling = writeFile(join(small, "filler"), Buffer.alloc(120 * 1024 * 1024)).catch(
        () => undefined,
      );
    };
    await rejects(start({ dataDir: join(small, "kafka"), onProgress }), { code: "DISK_FULL" });
    await filling;
    // On a full disk the state cannot be brought up to date, but it tells nothing false.
    notEqual((await kafkaStatus(join(small, "kafka"))).life, "running");
  });
});
