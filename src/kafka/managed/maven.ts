import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { packageRoot } from "./installation.ts";
import { KafkaProblem, otherWays } from "./problem.ts";
import { sendSignal } from "./process.ts";
import { firstToAbort } from "../../services/until-aborted.ts";

/** A slow line needs minutes for 44 MB. */
export const downloadLimitMs = 10 * 60_000;

/** What a download needs to know besides its folder. */
export type DownloadOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  /** Told of each jar, which is much for a log but little for one moving line. */
  readonly onJar?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Copies the jars that pom.xml names into the folder. Breaks with NO_MAVEN, NO_JARS or DISK_FULL.
 */
export async function download(dir: string, options: DownloadOptions): Promise<void> {
  options.signal?.throwIfAborted();
  options.onProgress("downloading Kafka's jars with Maven (44 MB, once)");
  const pom = join(packageRoot, "pom.xml");
  const words = ["-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${dir}`];
  // An own group, so that Ctrl-C at the terminal reaches Maven through us only, and a Maven that
  // hangs ends with its children.
  const maven = spawn("mvn", words, {
    env: options.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors: string[] = [];
  let fetched = 0;
  const read = (line: string) => {
    const jar = /^(?:\[INFO\] )?Downloaded from \S+: \S+\/(\S+\.jar) \(([^)]*?)(?: at .*)?\)/.exec(
      line,
    );
    if (jar) options.onJar?.(`downloaded jar ${(fetched += 1)}: ${jar[1]} (${jar[2]})`);
    if (/^\[ERROR\]|No space left/.test(line)) errors.push(line.replace(/^\[ERROR\]\s*/, ""));
  };
  createInterface(maven.stdout).on("line", read);
  createInterface(maven.stderr).on("line", read);
  const end = () => maven.pid !== undefined && sendSignal(maven.pid, "SIGKILL", "group");
  const limit = AbortSignal.timeout(downloadLimitMs);
  const stop = options.signal ? firstToAbort([options.signal, limit]) : limit;
  stop.addEventListener("abort", end);
  process.on("exit", end);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      maven.once("error", reject);
      maven.once("close", resolve);
    });
    if (code !== 0) throw failure(errors, options.signal, limit);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "ENOENT" ? noMaven() : error;
  } finally {
    process.off("exit", end);
    stop.removeEventListener("abort", end);
  }
}

/** The problem to throw when the jars did not come. */
export function noJars(why: string): KafkaProblem {
  const again = "try again; see what Maven says: mvn -B -f pom.xml dependency:copy-dependencies";
  const message = `Kafka's jars could not be downloaded: ${why}`;
  return new KafkaProblem("NO_JARS", message, again, ...otherWays);
}

function failure(
  errors: readonly string[],
  asked: AbortSignal | undefined,
  limit: AbortSignal,
): unknown {
  if (asked?.aborted) return asked.reason;
  if (limit.aborted) return noJars(`not done within ${downloadLimitMs / 60_000} minutes`);
  const full = errors.find((line) => line.includes("No space left"));
  if (full)
    return new KafkaProblem(
      "DISK_FULL",
      `the disk is full: ${full}`,
      "free some space and start again",
    );
  return noJars(errors[0] ?? "Maven ended without saying why");
}

function noMaven(): KafkaProblem {
  const install = "install Maven (Debian: apt install maven; macOS: brew install maven)";
  return new KafkaProblem(
    "NO_MAVEN",
    "no mvn found, and Kafka's jars are fetched with Maven",
    install,
    ...otherWays,
  );
}
