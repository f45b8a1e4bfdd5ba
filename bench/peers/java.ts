import { execFile } from "node:child_process";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { defaultJarsDir } from "../../src/kafka/managed/installation.ts";
import { findJars } from "../../src/kafka/managed/jars.ts";

const run = promisify(execFile);
const downloadLimitMs = 300_000;
const compileLimitMs = 60_000;
const jarsDir = `${defaultJarsDir}-peers`;

/**
 * Fetches the jars that pom.xml names, once for this clone, and compiles the program of Kafka
 * Streams into the folder. Gives the class path of both. Throws, naming the tool, where the machine
 * has not what it takes.
 */
export async function makeJavaPeers(folder: string): Promise<{ readonly classPath: string }> {
  const kafka = await findJars(defaultJarsDir);
  if (kafka === undefined) throw new Error("Kafka's jars are missing");
  const more = await fetchJars();
  const jars = [...more, ...kafka].join(":");
  const source = join(import.meta.dirname, "StreamsMatcher.java");
  const words = ["-encoding", "UTF-8", "-cp", jars, "-d", folder, source];
  await runTool("javac", words, compileLimitMs);
  return { classPath: `${folder}:${jars}` };
}

async function fetchJars(): Promise<readonly string[]> {
  const present = await listJars();
  if (present.length > 0) return present;
  const part = await mkdtemp(join(dirname(jarsDir), "peers.part-"));
  try {
    const pom = join(import.meta.dirname, "pom.xml");
    const words = ["-B", "-q", "-f", pom, "dependency:copy-dependencies"];
    await runTool("mvn", [...words, `-DoutputDirectory=${part}`], downloadLimitMs);
    // Another bench of this clone may have been first.
    await rename(part, jarsDir).catch(() => {});
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return listJars();
}

async function runTool(tool: string, words: readonly string[], timeout: number): Promise<void> {
  await run(tool, words, { timeout }).catch((error: unknown) => {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new Error(isMissing ? `${tool} is missing` : `${tool} failed`, { cause: error });
  });
}

async function listJars(): Promise<readonly string[]> {
  const names = await readdir(jarsDir).catch(() => []);
  return names.filter((name) => name.endsWith(".jar")).map((name) => join(jarsDir, name));
}
