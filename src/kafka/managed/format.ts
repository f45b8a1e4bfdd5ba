import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import type { ClassArchive } from "./class-archive.ts";
import type { Java } from "./java.ts";
import { KafkaProblem } from "./problem.ts";
import { javaArguments, serverProperties, type BrokerPorts } from "./settings.ts";

/** The folder of the broker's data, below the data folder. */
export const logFolder = "log";

/**
 * Makes the broker's empty data folder if there is none. A format that was cut short leaves nothing
 * that counts.
 */
export async function formatOnce(
  java: Java,
  jars: readonly string[],
  dataDir: string,
  options: {
    ports: BrokerPorts;
    /** The broker's; only one that is there already helps here. */
    archive: ClassArchive;
    env: NodeJS.ProcessEnv;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  if (existsSync(join(dataDir, logFolder, "meta.properties"))) return;
  const archived = options.archive.made === undefined ? options.archive.flags : [];
  const part = `${logFolder}.part`;
  await rm(join(dataDir, logFolder), { recursive: true, force: true });
  await rm(join(dataDir, part), { recursive: true, force: true });
  await writeFile(join(dataDir, "format.properties"), serverProperties(options.ports, part));
  const flags = ["-XX:TieredStopAtLevel=1", ...archived];
  await writeFile(join(dataDir, "format.args"), javaArguments(jars, flags));
  const clusterId = makeClusterId(randomBytes(16));
  const words = ["format", "--standalone", "-t", clusterId, "-c", "format.properties"];
  try {
    const run = ["@format.args", "kafka.tools.StorageTool", ...words];
    const limits = { timeout: 60_000, killSignal: "SIGKILL" as const, signal: options.signal };
    await promisify(execFile)(java.program, run, { cwd: dataDir, env: options.env, ...limits });
    await rename(join(dataDir, part), join(dataDir, logFolder));
  } catch (error) {
    options.signal?.throwIfAborted();
    const lastLine = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split("\n")
      .at(-1);
    const full = /No space left/.test(lastLine ?? "");
    const message = `Kafka's data folder ${dataDir} could not be made: ${lastLine}`;
    throw new KafkaProblem(
      full ? "DISK_FULL" : "DIED",
      message,
      "choose another folder with --data-dir",
    );
  } finally {
    await rm(join(dataDir, "format.properties"), { force: true });
    await rm(join(dataDir, "format.args"), { force: true });
  }
}

/**
 * A cluster's id in Kafka's way of writing it, from 16 random bytes. Never begins with a dash,
 * which one in 64 would: Kafka's tool takes that for an option.
 */
export function makeClusterId(random: Buffer): string {
  const bytes = Buffer.from(random);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString("base64url");
}
