import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Makes sure that the Kafka of a temporary data folder ends, and the folder goes, when this process goes away in
 * whatever way, SIGKILL too. A small process waits for the end of a pipe that only this one holds, then kills the broker
 * that runs on the folder by then. Call the returned function when all was cleaned up in peace.
 */
export function endWithThisProcess(dataDir: string): () => void {
  const watchdog = spawn(process.execPath, [import.meta.filename, dataDir], {
    cwd: join(import.meta.dirname),
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watchdog.unref();
  const pipe = watchdog.stdin as typeof watchdog.stdin & { unref(): void };
  pipe.unref();
  pipe.on("error", () => undefined);
  return () => pipe.end("done\n");
}

if (process.argv[1] === import.meta.filename) {
  const [, , dataDir = ""] = process.argv;
  let input = "";
  for await (const text of process.stdin) input += String(text);
  if (!input.includes("done")) {
    // Only now: it is seldom needed, and brings the client library with it.
    const { eraseKafka, stopKafka } = await import("./stop.ts");
    await stopKafka(dataDir, 0);
    await eraseKafka(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  }
}
