import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";

/**
 * What of a temporary folder is to be ended, and its data removed. Each is loaded when it is
 * needed, which is seldom.
 */
const ends = {
  kafka: async (folder: string): Promise<void> => {
    const { eraseKafka, stopKafka } = await import("../../kafka/managed/stop.ts");
    await stopKafka(folder, 0);
    await eraseKafka(folder);
  },
  postgres: async (folder: string): Promise<void> => {
    const { erasePostgres, stopPostgres } = await import("../../postgres/managed/stop.ts");
    await stopPostgres(folder, 1000);
    await erasePostgres(folder);
  },
};

/**
 * Makes sure that the server of a temporary folder ends, and the folder goes, when this process
 * goes away in whatever way, SIGKILL too. A small process waits for the end of a pipe that only
 * this one holds, then ends the server that runs on the folder by then. Call the returned function
 * when all was cleaned up in peace.
 */
export function endWithThisProcess(server: keyof typeof ends, folder: string): () => void {
  const watchdog = spawn(process.execPath, [import.meta.filename, server, folder], {
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
  const [, , server = "", folder = ""] = process.argv;
  let input = "";
  for await (const text of process.stdin) input += String(text);
  if (!input.includes("done")) {
    await ends[server as keyof typeof ends](folder);
    await rm(folder, { recursive: true, force: true });
  }
}
