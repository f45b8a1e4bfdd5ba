import { open, readFile, statfs } from "node:fs/promises";
import { join } from "node:path";

import { portTaken } from "./ports.ts";
import { KafkaProblem } from "./problem.ts";

/** Less is not worth a start: Kafka makes index files of 10 MB for each partition it writes to. */
const leastFreeBytes = 100 * 1024 * 1024;

/** Where in the broker's log a start began: what stands before it tells of earlier lives. */
type LogMark = { readonly bytes: number };

/** Breaks with DISK_FULL if the folder's disk has less than 100 MiB left: Kafka dies of it without always saying so. */
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

/** The end of the broker's log now. */
export async function markLog(dataDir: string): Promise<LogMark> {
  const text = await readFile(join(dataDir, "broker.log")).catch(() => Buffer.alloc(0));
  return { bytes: text.length };
}

/** Why the broker of this folder died during a start, in its own words where it found any. */
export async function explainDeath(
  dataDir: string,
  mark: LogMark,
  port: number,
  exit: string,
): Promise<KafkaProblem> {
  const lines = [
    ...(await readLines(dataDir, "broker.log", mark)),
    ...(await readLines(dataDir, "console.log")),
  ];
  const line = findTellingLine(lines);
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

/** The line that tells most of why a broker died, cut to a readable length; undefined if none does. */
export function findTellingLine(lines: readonly string[]): string | undefined {
  for (const pattern of telling) {
    const found = lines.find((line) => pattern.test(line));
    if (found === undefined) continue;
    // The exception itself stands below a log line's message; the time before it tells nothing here.
    const line = found.replace(/^[\d-]+ [\d:,]+ /, "").trim();
    return line.length > 300 ? `${line.slice(0, 300)}...` : line;
  }
  return undefined;
}

async function readLines(
  dataDir: string,
  name: string,
  mark: LogMark = { bytes: 0 },
): Promise<string[]> {
  try {
    const file = await open(join(dataDir, name));
    try {
      const { size } = await file.stat();
      // A log that is shorter than its mark was rolled over since.
      const start = size < mark.bytes ? 0 : mark.bytes;
      const { buffer, bytesRead } = await file.read({
        position: start,
        buffer: Buffer.alloc(Math.min(size - start, 4 * 1024 * 1024)),
      });
      return buffer.toString("utf8", 0, bytesRead).split("\n");
    } finally {
      await file.close();
    }
  } catch {
    return [];
  }
}

async function freeBytes(dataDir: string): Promise<number> {
  const disk = await statfs(dataDir);
  return disk.bavail * disk.bsize;
}
