import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";

/** How often the parent is looked for. */
const lookMs = 500;
/**
 * Processes that only pass a command on, by how they show themselves: npm's own title, npm, npx or
 * our launcher under node, and the shell in which npm runs a script. Whoever started them is the
 * real parent.
 */
const passesOn = new RegExp(
  [
    "^npm (exec|run|run-script|start)\\b",
    "^(\\S*/)?(npm|npx)( |$)",
    "^(\\S*/)?node (\\S*/)?(npm|npx|npm-cli\\.js|npx-cli\\.js|sauda|sauda\\.js)( |$)",
    "^(\\S*/)?(sh|dash|bash) -c (sauda|node bin/sauda\\.js)\\b",
  ].join("|"),
);

/**
 * Resolves when the process that started this one is gone, seen through npx, npm and its shell.
 * Does not keep the process alive. Resolves also when the signal is aborted.
 */
export async function parentGone(signal: AbortSignal): Promise<void> {
  const parent = await findParent(process.ppid);
  while (!signal.aborted && isAlive(parent)) {
    await sleep(lookMs, undefined, { ref: false });
  }
}

async function findParent(pid: number): Promise<number> {
  const line = await describeProcess(pid);
  const [, ppid = "1", args = ""] = /^\s*(\d+)\s+(.*)$/s.exec(line) ?? [];
  return passesOn.test(args.trim()) && Number(ppid) > 1 ? findParent(Number(ppid)) : pid;
}

/** Parent and arguments as `ps` shows them; nothing where there is no `ps`. */
async function describeProcess(pid: number): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "ppid=,args=", "-p", String(pid)]);
    return stdout;
  } catch {
    return ""; // then the direct parent is the one to look at
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
