import { readFileSync, readdirSync } from "node:fs";

/**
 * The kernel's clock tick in its accounting: a hundredth of a second on every Linux that there is.
 */
const tickUs = 10_000;
const pageBytes = 4096;

/**
 * CPU of the processes of one name since they began, user and system, and what they hold in
 * memory now.
 */
export type ProcessCost = { readonly cpuUs: number; readonly residentBytes: number };

type Found = {
  readonly pid: number;
  readonly parent: number;
  readonly args: string;
  readonly cost: ProcessCost;
};

/**
 * What the process `root` and all below it have cost, by name: a service of ours by its own, Kafka
 * as `broker`, PostgreSQL with its workers as `postgres`, everything else as `other`. From /proc,
 * so on Linux only. A process that ended is counted with the one that waited for it.
 */
export function costsBelow(root: number): Map<string, ProcessCost> {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const found = all.flatMap((name) => look(Number(name)) ?? []);
  const costs = new Map<string, ProcessCost>();
  const add = (of: Found, inherited: string): void => {
    const name = nameOf(of.args) ?? inherited;
    const { cpuUs, residentBytes } = costs.get(name) ?? { cpuUs: 0, residentBytes: 0 };
    costs.set(name, {
      cpuUs: cpuUs + of.cost.cpuUs,
      residentBytes: residentBytes + of.cost.residentBytes,
    });
    for (const child of found) if (child.parent === of.pid) add(child, name);
  };
  for (const process of found) if (process.pid === root) add(process, "other");
  return costs;
}

function nameOf(args: string): string | undefined {
  if (/\bkafka\.Kafka\b/.test(args)) return "broker";
  if (/\bpostgres\b/.test(args) && !args.includes("sauda.js")) return "postgres";
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
