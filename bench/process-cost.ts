import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * The kernel's clock tick in its accounting: a hundredth of a second on every Linux that there is.
 */
const tickUs = 10_000;
const pageBytes = 4096;
/** Processes are quiet when together they use less than this share of a core. */
const quietShare = 0.05;
const quietLookMs = 1000;
/** A machine that others use too may never be. */
const quietLimitMs = 60_000;

/**
 * CPU of the processes of one name since they began, user and system, and what they hold in
 * memory now.
 */
export type ProcessCost = { readonly cpuUs: number; readonly residentBytes: number };

/** What the programs that Sauda is compared with are known by. */
const peerNames = [
  [" StreamsMatcher ", "streams"],
  ["matcher.py", "kafka-python"],
  ["copy-loop.ts", "copy loop"],
] as const;

type Found = {
  readonly pid: number;
  readonly parent: number;
  readonly args: string;
  readonly cost: ProcessCost;
};

/** A process below another, by what it is known as. */
type NamedProcess = {
  readonly pid: number;
  readonly name: string;
  readonly cost: ProcessCost;
};

/**
 * The process `root` and all below it, by name: a service of ours by its own, Kafka as `broker`,
 * PostgreSQL with its workers as `postgres`, everything else as `other`. From /proc, so on Linux
 * only.
 */
export function processesFrom(root: number): NamedProcess[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const found = all.flatMap((name) => look(Number(name)) ?? []);
  const named: NamedProcess[] = [];
  const add = ({ pid, args, cost }: Found, inherited: string): void => {
    const name = nameOf(args) ?? inherited;
    named.push({ pid, name, cost });
    for (const child of found) if (child.parent === pid) add(child, name);
  };
  for (const process of found) if (process.pid === root) add(process, "other");
  return named;
}

/**
 * What they have cost, by name. A process that ended is counted with the one that waited for it.
 */
export function costsBelow(root: number): Map<string, ProcessCost> {
  const costs = new Map<string, ProcessCost>();
  for (const { name, cost } of processesFrom(root)) {
    const { cpuUs, residentBytes } = costs.get(name) ?? { cpuUs: 0, residentBytes: 0 };
    costs.set(name, {
      cpuUs: cpuUs + cost.cpuUs,
      residentBytes: residentBytes + cost.residentBytes,
    });
  }
  return costs;
}

/** Waits until processes have nothing left to do, a minute at most. */
export async function untilQuiet(look: () => ReadonlyMap<string, ProcessCost>): Promise<void> {
  const totalUs = (): number =>
    look()
      .values()
      .reduce((sum, { cpuUs }) => sum + cpuUs, 0);
  const beganMs = performance.now();
  for (let beforeUs = totalUs(); performance.now() - beganMs < quietLimitMs;) {
    await sleep(quietLookMs);
    const nowUs = totalUs();
    if (nowUs - beforeUs < quietShare * quietLookMs * 1000) return;
    beforeUs = nowUs;
  }
}

function nameOf(args: string): string | undefined {
  if (/\bkafka\.Kafka\b/.test(args)) return "broker";
  if (/\bpostgres\b/.test(args) && !args.includes("sauda.js")) return "postgres";
  const peer = peerNames.find(([sign]) => args.includes(sign));
  if (peer !== undefined) return peer[1];
  return /\.(?:ts|js) (intake|exchange|publisher|gateway|books) --json/.exec(args)?.[1];
}

/** Nothing where the process ended in between. */
function look(pid: number): Found | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    // The name in parentheses may hold spaces; what follows it does not.
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11);
    const cpuUs = (user + system + childUser + childSystem) * tickUs;
    return { pid, parent, args, cost: { cpuUs, residentBytes: (fields[21] ?? 0) * pageBytes } };
  } catch {
    return undefined;
  }
}
