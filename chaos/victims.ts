import { setTimeout as sleep } from "node:timers/promises";
import {
  findPid,
  processesBelow,
  until,
  type TestMarket,
} from "../test/acceptance/market-process.ts";

/** What a market runs as: each may die or stand still alone. */
export const victims = [
  "intake",
  "exchange",
  "standby",
  "publisher",
  "gateway",
  "books",
  "postgres",
  "kafka",
] as const;
/** One of them. `exchange` is the one that writes, `standby` the other one. */
export type Victim = (typeof victims)[number];

/** The pid of whom the log names as its writer; null before the first claim. Throws while Kafka
 * is away.
 */
type WriterPid = () => Promise<number | null>;

/** How long one that is just dead is waited for until it runs again. */
const backLimitMs = 180_000;

/** The pid of a victim as it runs now; null between its death and its next start. */
async function pidOf(
  market: TestMarket,
  victim: Victim,
  writerPid: WriterPid,
): Promise<number | null> {
  if (victim === "postgres") {
    const own = await processesBelow(market.up.pid);
    return own.find(({ args }) => /\/postgres -D /.test(args))?.pid ?? null;
  }
  if (victim !== "exchange" && victim !== "standby")
    return findPid(market.up.pid, victim, market.dataDir);
  const own = await processesBelow(market.up.pid);
  const exchanges = own.filter(({ args }) => /\.(ts|js) exchange --json/.test(args));
  const writer = await writerPid().catch(() => undefined); // Kafka is away: nobody knows
  if (writer === undefined) return null;
  const isWanted = (pid: number): boolean => (pid === writer) === (victim === "exchange");
  return exchanges.find(({ pid }) => isWanted(pid))?.pid ?? null;
}

/** The same, waited for. Throws where it does not run again. */
export async function awaitPid(
  market: TestMarket,
  victim: Victim,
  writerPid: WriterPid,
): Promise<number> {
  let pid: number | null = null;
  const isThere = async (): Promise<boolean> => {
    pid = await pidOf(market, victim, writerPid);
    return pid !== null;
  };
  await until(`${victim} runs again`, isThere, backLimitMs);
  return pid ?? 0;
}

/** Sends it to whoever it is when it runs; his pid. */
async function send(
  market: TestMarket,
  victim: Victim,
  writerPid: WriterPid,
  signal: NodeJS.Signals,
): Promise<number> {
  let pid = 0;
  const isSent = async (): Promise<boolean> => {
    pid = await awaitPid(market, victim, writerPid);
    return hasTaken(pid, signal);
  };
  await until(`${victim} takes ${signal}`, isSent, backLimitMs);
  return pid;
}

/** SIGKILL by pid; one that is just dead is killed as soon as it runs again. */
export async function killNow(
  market: TestMarket,
  victim: Victim,
  writerPid: WriterPid,
): Promise<void> {
  await send(market, victim, writerPid, "SIGKILL");
}

/**
 * Lets it stand still for so long, as a disk that stalls does or a laptop's lid; SIGSTOP of Kafka
 * is a stall of every disk at once.
 */
export async function pauseFor(
  market: TestMarket,
  victim: Victim,
  writerPid: WriterPid,
  forMs: number,
): Promise<void> {
  const pid = await send(market, victim, writerPid, "SIGSTOP");
  await sleep(forMs);
  hasTaken(pid, "SIGCONT"); // or it was killed meanwhile
}

/** Sends a signal. False where the process has just died. */
export function hasTaken(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
