import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { findJars } from "../../kafka/managed/jars.ts";
import { findJava } from "../../kafka/managed/java.ts";
import { defaultJarsDir } from "../../kafka/managed/installation.ts";
import { makeFolder } from "../../kafka/managed/make-folder.ts";
import { isFree } from "../../kafka/managed/ports.ts";
import { KafkaProblem } from "../../kafka/managed/problem.ts";
import { askProgram } from "../../kafka/managed/program.ts";
import { kafkaStatus } from "../../kafka/managed/stop.ts";
import { describeMachineFault } from "../machine-faults.ts";
import { defaultKafkaPort, foldersOf, type Config } from "../config.ts";

/** What one look found. `fix` is what to do about it; empty where nothing is wrong. */
export type Check = {
  readonly level: "ok" | "warn" | "FAIL";
  readonly what: string;
  readonly detail: string;
  readonly fix: string;
};

/** Below this much free space the log has no room for long. */
const freeBytesWanted = 1024 ** 3;
/** Below this Kafka does not start. */
const freeBytesNeeded = 100 * 1024 ** 2;

/** Nothing is wrong. */
export function fine(what: string, detail: string): Check {
  return { level: "ok", what, detail, fix: "" };
}

/** Something is wrong. */
export function failed(what: string, detail: string, fix: string): Check {
  return { level: "FAIL", what, detail, fix };
}

/**
 * Looks at this machine: what the market needs to run here. `isOwnKafka`: no other Kafka was named.
 */
export async function* checkMachine(config: Config, isOwnKafka: boolean): AsyncGenerator<Check> {
  yield checkNode();
  yield checkNodePackage(config);
  const need = isOwnKafka ? "FAIL" : "warn";
  yield await checkJava(need);
  yield await checkMaven(need);
  yield await checkPython();
  if (isOwnKafka) yield await checkPort(config);
  yield await checkDisk(config);
}

function checkNode(): Check {
  const { node } = process.versions;
  if (Number(node.split(".")[0]) >= 24) return fine("Node", node);
  return failed("Node", `${node}, needs 24`, "npm install");
}

function checkNodePackage({ root }: Config): Check {
  const what = "npm package node";
  if (existsSync(join(root, "node_modules", "node", "bin", "node"))) return fine(what, "installed");
  const detail = "not installed, perhaps by --ignore-scripts";
  return { level: "warn", what, detail, fix: "npm rebuild node" };
}

async function checkJava(level: "FAIL" | "warn"): Promise<Check> {
  const what = "Java";
  try {
    const { version } = await findJava(process.env);
    return fine(what, version.split("\n")[0] ?? "");
  } catch (error) {
    if (!(error instanceof KafkaProblem)) throw error;
    return { level, what, detail: error.message, fix: error.wayOn };
  }
}

/** Maven is needed once, to fetch Kafka's jars. */
async function checkMaven(level: "FAIL" | "warn"): Promise<Check> {
  const what = "Maven";
  if ((await findJars(defaultJarsDir)) !== undefined) return fine(what, "Kafka's jars are here");
  const maven = await versionOf("mvn", ["-v"]);
  if ("version" in maven) return fine(what, maven.version);
  const fix = "install Maven (Debian: apt install maven; macOS: brew install maven)";
  return { level, what, detail: `${maven.fault}, and Kafka's jars are not here yet`, fix };
}

async function checkPython(): Promise<Check> {
  const python = await versionOf("python3", ["--version"]);
  if ("version" in python) return fine("Python", python.version);
  const detail = `${python.fault}; npm test leaves out the foreign client, nothing else needs it`;
  return { level: "warn", what: "Python", detail, fix: "install Python 3" };
}

async function checkPort({ dataDir }: Config): Promise<Check> {
  const what = `port ${defaultKafkaPort}`;
  const status = await kafkaStatus(join(dataDir, "kafka"));
  if (status.life === "running") {
    const { port, pid } = status.kafka;
    return fine(`port ${port}`, `our Kafka, pid ${pid}`);
  }
  if (await isFree(defaultKafkaPort)) return fine(what, "free");
  const fix = `KAFKA_BOOTSTRAP_SERVERS=localhost:${defaultKafkaPort} if that is a Kafka to use; else npm start -- --kafka-port ${defaultKafkaPort + 1}`;
  return failed(what, "taken by something that is not our Kafka", fix);
}

async function checkDisk(config: Config): Promise<Check> {
  const { dataDir } = config;
  const fault = await makeFolder(dataDir).then(
    () => null,
    (error: unknown) => describeMachineFault(error, foldersOf(config)),
  );
  if (fault !== null) return failed("disk", fault, "npm start needs it");
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free for ${dataDir}`;
  if (free >= freeBytesWanted) return fine("disk", detail);
  const level = free < freeBytesNeeded ? "FAIL" : "warn";
  return { level, what: "disk", detail, fix: "free some space, or set SAUDA_DATA_DIR" };
}

/** What a program says of itself in its first line that is not blank, or why it says nothing. */
async function versionOf(
  program: string,
  words: readonly string[],
): Promise<{ readonly version: string } | { readonly fault: string }> {
  const output = await askProgram(program, words, process.env);
  if (output === null) return { fault: "not found" };
  if ("fault" in output) return { fault: `${program} does not run: ${firstLine(output.fault)}` };
  const version = firstLine(output.stdout) ?? firstLine(output.stderr);
  return { version: version ?? `found; \`${program} ${words.join(" ")}\` says nothing` };
}

/** Maven colours its version also where nobody sees it. */
function firstLine(text: string): string | undefined {
  const lines = stripVTControlCharacters(text).split("\n");
  return lines.map((line) => line.trim()).find((line) => line !== "");
}
