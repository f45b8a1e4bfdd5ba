import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A process and when it began. Pids are used again, also after a reboot; the pair is not. */
export type ProcessProof = { readonly pid: number; readonly began: string };

/**
 * When the process of this pid began, as text that no later process of the same pid has; undefined
 * if none runs.
 */
export async function findBeginning(pid: number): Promise<string | undefined> {
  return process.platform === "linux" ? findOnLinux(pid) : findByPs(pid);
}

/** This process, to be told from a later one of its pid. */
export async function ownProof(): Promise<ProcessProof> {
  return { pid: process.pid, began: (await findBeginning(process.pid)) ?? "unknown" };
}

/** True if the very process of the proof still runs. A zombie does not. */
export async function isRunning(proof: ProcessProof): Promise<boolean> {
  const began = await findBeginning(proof.pid);
  return began !== undefined && began === proof.began; // a note of an earlier version has none
}

/** True if the process is stopped by a signal (SIGSTOP, Ctrl-Z): it lives, and answers nobody. */
export async function isPaused(pid: number): Promise<boolean> {
  const state = process.platform === "linux" ? await stateOnLinux(pid) : await stateByPs(pid);
  return state === "T";
}

/** What to say of such a process. */
export function pausedWords(pid: number): string {
  return `process ${pid} is paused (SIGSTOP): \`kill -CONT ${pid}\` lets it go on`;
}

/** Waits until the process has ended, at most `limitMs`. True if it has. */
export async function hasEndedWithin(proof: ProcessProof, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (await isRunning(proof)) {
    if (performance.now() >= deadline) return false;
    await sleep(25);
  }
  return true;
}

/**
 * Sends a signal to the process, or to its whole group; a process that has just ended is no error.
 */
export function sendSignal(pid: number, signal: NodeJS.Signals, whom: "process" | "group"): void {
  try {
    process.kill(whom === "group" ? -pid : pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function findOnLinux(pid: number): Promise<string | undefined> {
  try {
    const [fields, boot] = await Promise.all([
      readStat(pid),
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    ]);
    // The state (field 3), the number of threads (20) and the start in clock ticks since boot (22).
    // While a killed Java dies, its first thread is a zombie already and the others still hold
    // the ports.
    const hasEnded = fields[0] === "Z" && Number(fields[17]) <= 1;
    return hasEnded ? undefined : `${boot.trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

async function findByPs(pid: number): Promise<string | undefined> {
  try {
    const ps = promisify(execFile);
    const { stdout } = await ps("/bin/ps", ["-o", "stat=", "-o", "lstart=", "-p", String(pid)], {
      timeout: 5_000,
      env: { LC_ALL: "C", TZ: "UTC" },
    });
    const [state, ...began] = stdout.trim().split(/\s+/);
    return state === undefined || state.startsWith("Z") ? undefined : began.join(" ");
  } catch {
    return undefined;
  }
}

/** The fields of a process from its state on. */
async function readStat(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The second field, the name in brackets, may hold spaces and brackets: count from its
  // last bracket.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

async function stateOnLinux(pid: number): Promise<string | undefined> {
  return (await readStat(pid).catch(() => []))[0];
}

async function stateByPs(pid: number): Promise<string | undefined> {
  const ps = promisify(execFile)("/bin/ps", ["-o", "stat=", "-p", String(pid)], { timeout: 5_000 });
  return ps.then(({ stdout }) => stdout.trim()[0]).catch(() => undefined);
}
