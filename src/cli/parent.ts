import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";

/** How often the parent is looked for. */
const lookMs = 500;
/** Processes that only pass a command on: whoever started them is the real parent. */
const passesOn = /(^|\/)(sh|dash|bash) -c |npm exec|npm-cli|npx|npm run|npm start|bin\/sauda\.js/;

/**
 * Resolves when the process that started this one is gone, seen through npx, npm and `sh -c`. Does not
 * keep the process alive. Resolves also when the signal is aborted.
 */
export async function parentGone(signal: AbortSignal): Promise<void> {
  const parent = await findParent(process.ppid);
  while (!signal.aborted && isAlive(parent)) {
    await sleep(lookMs, undefined, { ref: false });
  }
}

async function findParent(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "ppid=,args=", "-p", String(pid)]);
  const [, ppid = "1", args = ""] = /^\s*(\d+)\s+(.*)$/s.exec(stdout) ?? [];
  return passesOn.test(args.trim()) && Number(ppid) > 1 ? findParent(Number(ppid)) : pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
