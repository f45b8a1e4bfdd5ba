import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { erasePostgres, stopPostgres } from "./stop.ts";

/**
 * Makes sure that the PostgreSQL of a temporary folder ends, and the folder goes, when this process goes
 * away in whatever way, SIGKILL too: a small process waits for the end of a pipe that only this one holds.
 * Call the returned function when all was cleaned up in peace.
 */
export function endWithThisProcess(folder: string): () => void {
  const watchdog = spawn(process.execPath, [import.meta.filename, folder], {
    cwd: import.meta.dirname,
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
  const [, , folder = ""] = process.argv;
  let input = "";
  for await (const text of process.stdin) input += String(text);
  if (!input.includes("done")) {
    await stopPostgres(folder, 1000);
    await erasePostgres(folder);
    await rm(folder, { recursive: true, force: true });
  }
}
