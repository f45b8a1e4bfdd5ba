import { equal, notEqual, ok } from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { platform } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { startKafka } from "../../src/kafka/managed/broker.ts";
import { classArchive } from "../../src/kafka/managed/class-archive.ts";
import { installJars } from "../../src/kafka/managed/jars.ts";
import { findJava } from "../../src/kafka/managed/java.ts";
import { defaultJarsDir } from "../../src/kafka/managed/installation.ts";
import { stopKafka } from "../../src/kafka/managed/stop.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";

// The runner runs this file before all others that start Kafka: the archive made here saves each of
// them a third of the work.

const { env } = process;
/** Making the archive takes 4 s where the machine is quiet. */
const graceMs = 60_000;
const limit = { timeout: 300_000 };
// Beside the jars: an archive is not moved to another disk.
const beside = dirname(defaultJarsDir);
await mkdir(beside, { recursive: true });
const dataDir = await mkdtemp(join(beside, "class-archive-"));
const called = endWithThisProcess("kafka", dataDir);

after(async () => {
  await stopKafka(dataDir, 0);
  await rm(dataDir, { recursive: true, force: true });
  called();
});

const start = () =>
  startKafka({ dataDir, port: 0, jarsDir: defaultJarsDir, env, onProgress: () => undefined });

/** The archive's file, once there is one. */
async function findArchive(): Promise<string | undefined> {
  const { flags } = await classArchive(await findJava(env), defaultJarsDir, dataDir, false);
  return flags.find((flag) => flag.includes("SharedArchiveFile"))?.split("=")[1];
}

test(
  "the first broker of a clone that ends in peace leaves a class archive, and the next one runs from it",
  limit,
  async () => {
    await installJars(defaultJarsDir, { env, onProgress: () => undefined });
    if ((await findArchive()) === undefined) {
      await start();
      equal(await stopKafka(dataDir, graceMs), "stopped");
    }
    const archive = (await findArchive()) ?? "";
    ok(existsSync(archive), `no archive: ${archive}`);
    const { kafka } = await start();
    ok((await readFile(join(dataDir, "java.args"), "utf8")).includes(archive));
    // Java goes on without an archive that does not fit: so that it does is seen in what it
    // has mapped.
    if (platform() !== "linux") return;
    ok((await readFile(`/proc/${kafka.pid}/maps`, "utf8")).includes(archive));
  },
);

test("a Java that runs in another mode has the same archive, another build has its own", async () => {
  const placeOf = async (vm: string): Promise<string | undefined> => {
    const version = `openjdk version "17.0.15" 2025-04-15\nOpenJDK 64-Bit Server VM (build ${vm})`;
    const { made } = await classArchive(
      { program: "java", version },
      join(dataDir, "x"),
      dataDir,
      true,
    );
    return made?.to;
  };
  const [usual, quick, next] = await Promise.all(
    [
      "17.0.15+6, mixed mode, sharing",
      "17.0.15+6, mixed mode, emulated-client, sharing",
      "17.0.15+7, mixed mode, sharing",
    ].map(placeOf),
  );
  ok(usual !== undefined);
  equal(quick, usual);
  notEqual(next, usual);
});
