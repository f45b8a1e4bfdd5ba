import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { makeFolder } from "./make-folder.ts";
import { KafkaProblem } from "./problem.ts";
import { isRunning, ownProof, type ProcessProof } from "./process.ts";

/**
 * Does the work while no other process does it under the same lock file, whose folder is made where
 * it is missing, and removes the file afterwards. A lock whose owner has died is taken over. Two
 * that take over the same dead lock at the same moment may both go on, so what the work puts in
 * place is put there by a rename.
 */
export async function whileLocked<Value>(
  file: string,
  options: { limitMs: number; readonly onWait: () => void; signal?: AbortSignal | undefined },
  work: () => Promise<Value>,
): Promise<Value> {
  await makeFolder(dirname(file));
  const deadline = performance.now() + options.limitMs;
  for (let attempt = 0; !(await isTaken(file)); attempt += 1) {
    options.signal?.throwIfAborted();
    if (attempt === 0) options.onWait();
    if (performance.now() >= deadline) {
      const message = `another process has held ${file} for ${options.limitMs / 1000} s`;
      throw new KafkaProblem("BUSY", message, `wait for it, or end it and remove ${file}`);
    }
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function isTaken(file: string): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(await ownProof()), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if (!(await isHeld(file))) await rm(file, { force: true });
  return false;
}

async function isHeld(file: string): Promise<boolean> {
  // Between its making and its writing a lock file is empty for a moment: look twice before calling
  // it dead.
  for (let look = 0; look < 2; look += 1) {
    try {
      return await isRunning(JSON.parse(await readFile(file, "utf8")) as ProcessProof);
    } catch {
      await sleep(200);
    }
  }
  return false;
}
