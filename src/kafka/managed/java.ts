import { resolve } from "node:path";

import { KafkaProblem, otherWays } from "./problem.ts";
import { askProgram } from "./program.ts";

/**
 * A Java that can run Kafka: the program, and its version text, which no other build of Java has.
 */
export type Java = { readonly program: string; readonly version: string };

/** Kafka 4 needs it. */
const oldestMajor = 17;

/**
 * Finds a Java of version 17 or newer: JAVA_HOME's first, then the PATH's. Breaks with NO_JAVA
 * or OLD_JAVA.
 */
export async function findJava(env: NodeJS.ProcessEnv): Promise<Java> {
  const old: string[] = [];
  const faults: string[] = [];
  const home = env["JAVA_HOME"];
  for (const program of home ? [resolve(home, "bin", "java"), "java"] : ["java"]) {
    const found = await findVersion(program, env);
    if (found === undefined) continue;
    if ("fault" in found) {
      faults.push(`${program} does not run: ${found.fault}`);
      continue;
    }
    const { version } = found;
    if (majorOf(version) >= oldestMajor) return { program, version };
    old.push(`${program} is version ${/"(.*?)"/.exec(version)?.[1] ?? "unknown"}`);
  }
  const install = `install Java ${oldestMajor} or newer (Debian: apt install default-jre-headless; macOS: brew install openjdk)`;
  if (old.length === 0 && faults.length > 0) {
    const mend =
      "put right what it says (JAVA_HOME, JAVA_TOOL_OPTIONS, _JAVA_OPTIONS, JDK_JAVA_OPTIONS)";
    throw new KafkaProblem("NO_JAVA", faults.join("; "), mend, install, ...otherWays);
  }
  if (old.length === 0) {
    throw new KafkaProblem(
      "NO_JAVA",
      "no Java found, and Kafka runs on Java",
      install,
      ...otherWays,
    );
  }
  const message = `Kafka needs Java ${oldestMajor} or newer, but ${old.join(" and ")}`;
  throw new KafkaProblem("OLD_JAVA", message, `${install} and set JAVA_HOME to it`, ...otherWays);
}

/** What `java -version` says, or what it fails with; undefined where there is no such program. */
async function findVersion(
  program: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly version: string } | { readonly fault: string } | undefined> {
  const output = await askProgram(program, ["-version"], env);
  if (output === null) return undefined;
  if ("fault" in output) return { fault: output.fault.split("\n").join(" ") };
  // JAVA_TOOL_OPTIONS and its like announce themselves before the version, and the machine's
  // warnings come there.
  const lines = `${output.stderr}${output.stdout}`.split("\n");
  const first = lines.findIndex((line) => /version "/.test(line));
  return { version: lines.slice(Math.max(0, first)).join("\n").trim() };
}

/** 17 for `version "17.0.15"`, 8 for `version "1.8.0_412"`, 0 for what cannot be read. */
function majorOf(version: string): number {
  const found = /version "(?:1\.)?(\d+)/.exec(version);
  return found === null ? 0 : Number(found[1]);
}
