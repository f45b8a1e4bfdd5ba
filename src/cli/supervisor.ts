import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { packageRoot } from "../kafka/managed/installation.ts";
import { newFailures, waitAfter } from "../services/failures.ts";
import { memoryFlags } from "./memory-flags.ts";
import { exitCode } from "./output.ts";
import type { ProcessName, ServiceReport } from "./market/run-service.ts";

/** A service that died is started again after this long, doubling, to this long. */
const restartWaitMs = { first: 1000, most: 10_000 };
/** A service that ran so long is taken for healthy: the waits begin anew. */
const healthyMs = 30_000;

/** What a supervised service needs. */
type Supervision = {
  readonly name: ProcessName;
  /** Arguments after the service's name, asked for at every start. */
  readonly args: () => readonly string[];
  /** What its environment has besides ours. */
  readonly env: Readonly<Record<string, string>>;
  readonly onReport: (report: ServiceReport) => void;
  /** What the child says on stderr, line by line. */
  readonly onLine: (line: string) => void;
  readonly onDeath: (why: string) => void;
  /** Exit code 3: only a person may go on. The service stays down. */
  readonly onStop: () => void;
};

/** A service kept alive. */
export type Supervised = {
  readonly name: ProcessName;
  pid(): number | undefined;
  /** Ends it: SIGTERM, after the grace SIGKILL. Returns when it is gone. */
  stop(graceMs: number): Promise<void>;
};

/**
 * Starts the service as a process of its own, in its own group (so that Ctrl-C reaches only
 * us), and starts it again when it dies. It ends by itself when this process is gone: its
 * channel closes.
 */
export function supervise(supervision: Supervision): Supervised {
  let child: ChildProcess | null = null;
  let isStopping = false;
  let timer: NodeJS.Timeout | undefined;
  let lastLine = "";
  const deaths = newFailures();
  const watched = { ...supervision, onLine };
  function onLine(line: string): void {
    lastLine = line;
    supervision.onLine(line);
  }

  const start = (): void => {
    const startedAtMs = performance.now();
    lastLine = "";
    child = spawnService(watched);
    child.once("exit", (code, signal) => {
      child = null;
      if (isStopping) return;
      if (code === exitCode.stopped) return supervision.onStop();
      if (performance.now() - startedAtMs > healthyMs) deaths.worked();
      const how = signal === null ? `exit code ${code}` : signal;
      const death = deaths.note(lastLine, how);
      const waitMs = waitAfter(death, restartWaitMs);
      const times = death.isStuck ? `, ${death.times} times in a row the same way` : "";
      const more = death.isStuck ? ". `npx sauda doctor` says what is wrong" : "";
      supervision.onDeath(
        `${supervision.name} ended (${how})${times}; starting it again in ${waitMs / 1000} s${more}`,
      );
      timer = setTimeout(start, waitMs);
    });
  };
  start();
  return {
    name: supervision.name,
    pid: () => child?.pid,
    stop: async (graceMs) => {
      isStopping = true;
      clearTimeout(timer);
      if (child !== null) await endChild(child, graceMs);
    },
  };
}

function spawnService({ name, args, env, onReport, onLine }: Supervision): ChildProcess {
  const sauda = join(packageRoot, "bin", "sauda.js");
  const command = name === "standby" ? "exchange" : name;
  const child = spawn(
    process.execPath,
    [...memoryFlags(name), sauda, command, "--json", ...args()],
    {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, ...env },
      detached: true,
    },
  );
  child.on("error", (error) => onLine(`cannot start ${name}: ${error.message}`));
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const report = readReport(line);
      if (report === null) onLine(line);
      else onReport(report);
    });
  }
  if (child.stderr !== null) createInterface({ input: child.stderr }).on("line", onLine);
  return child;
}

function readReport(line: string): ServiceReport | null {
  try {
    return JSON.parse(line) as ServiceReport;
  } catch {
    return null; // not a report: shown as it is
  }
}

async function endChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once("exit", () => resolve());
  child.kill("SIGTERM");
  child.kill("SIGCONT"); // a stopped process takes no SIGTERM
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await promise;
  clearTimeout(timer);
}
