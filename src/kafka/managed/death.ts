import { stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { readFrom } from "./logs.ts";
import { portTaken } from "./ports.ts";
import { KafkaProblem } from "./problem.ts";

/** Less is not worth a start: Kafka makes index files of 10 MB for each partition it writes to. */
const leastFreeBytes = 100 * 1024 * 1024;

/**
 * Breaks with DISK_FULL if the folder's disk has less than 100 MiB left: Kafka dies of it without
 * always saying so.
 */
export async function checkDisk(dataDir: string): Promise<void> {
  const free = await freeBytes(dataDir);
  if (free >= leastFreeBytes) return;
  const message = `the disk of ${dataDir} is full: ${Math.floor(free / 1024 / 1024)} MiB free, Kafka needs 100`;
  throw new KafkaProblem(
    "DISK_FULL",
    message,
    "free some space, or choose another folder with --data-dir",
  );
}

/** How long the broker's log is now: what stands before that tells of earlier lives. */
export async function logSize(dataDir: string): Promise<number> {
  const log = await stat(join(dataDir, "broker.log")).catch(() => null);
  return log?.size ?? 0;
}

/**
 * Why the broker of this folder died during a start, in its own words where it found any behind
 * `logged` bytes.
 */
export async function explainDeath(
  dataDir: string,
  logged: number,
  port: number,
  exit: string,
): Promise<KafkaProblem> {
  const log = await readFrom(join(dataDir, "broker.log"), logged);
  const console = await readFrom(join(dataDir, "console.log"), 0);
  const line = findTellingLine([log, console].flatMap(({ text }) => text.split("\n")));
  const message = `Kafka died while it started (${exit})${line === undefined ? ", without a word" : `: ${line}`}`;
  // On a full disk the broker cannot write down that it is full.
  if (line?.includes("No space left") || (await freeBytes(dataDir)) < 1024 * 1024) {
    return new KafkaProblem(
      "DISK_FULL",
      `the disk of ${dataDir} is full. ${message}`,
      "free some space and start again",
    );
  }
  if (line !== undefined && /Address already in use|failed to bind/i.test(line)) {
    const { wayOn } = portTaken(port);
    return new KafkaProblem("PORT_TAKEN", message, wayOn);
  }
  if (line?.includes("Failed to acquire lock")) {
    const way =
      "another Kafka works on this folder: end it, or choose another folder with --data-dir";
    return new KafkaProblem("DIED", message, way);
  }
  return new KafkaProblem(
    "DIED",
    message,
    "see more with: npx sauda kafka logs; begin anew with: npx sauda kafka reset --yes",
  );
}

/** What tells most, first. The others are the consequences. */
const telling: readonly RegExp[] = [
  /No space left on device/,
  /Address already in use|failed to bind/i,
  /Failed to acquire lock/,
  /insufficient memory|OutOfMemoryError|Could not reserve enough/,
  /Permission denied|AccessDenied|Read-only file system/,
  /ConfigException|InconsistentClusterId|doesn't match/,
  / FATAL | ERROR /,
  /Error|Exception/,
];

/**
 * The line that tells most of why a broker died, cut to a readable length; undefined if none does.
 */
export function findTellingLine(lines: readonly string[]): string | undefined {
  for (const pattern of telling) {
    const found = lines.find((line) => pattern.test(line));
    if (found === undefined) continue;
    // The exception itself stands below a log line's message; the time before it tells
    // nothing here.
    const line = found.replace(/^[\d-]+ [\d:,]+ /, "").trim();
    return line.length > 300 ? `${line.slice(0, 300)}...` : line;
  }
  return undefined;
}

async function freeBytes(dataDir: string): Promise<number> {
  const disk = await statfs(dataDir);
  return disk.bavail * disk.bsize;
}
