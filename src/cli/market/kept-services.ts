import { Failure } from "../output.ts";
import {
  describeReport,
  serviceNames,
  workingReport,
  type ProcessName,
  type ServiceReport,
} from "./run-service.ts";
import { supervise, type Supervised } from "../supervisor.ts";

/** How long a service may take to end before it is killed. */
const stopGraceMs = 5000;

/** The market's services as processes of their own, kept alive. */
type KeptServices = {
  pids(): Readonly<Record<string, number | undefined>>;
  /** Ends them in the order of the trade, so that what was taken in is decided and published. */
  stop(): Promise<void>;
};

/** What `startServices` tells while it runs. */
export type ServicesTell = {
  /** Ordinary news: claims, standbys. */
  readonly note: (line: string) => void;
  /** What a person should see: deaths, doubts, alarms, stops. */
  readonly warn: (line: string) => void;
};

/**
 * A gateway beside the services: its own arguments, and a secret of the dashboard's key for this
 * run alone.
 */
export type GatewayProcess = {
  readonly args: readonly string[];
  readonly deskSecret: string | null;
};

/** The gateway where it listened before: a free port is chosen once, its clients know no other. */
export function sameAddress({ args, deskSecret }: GatewayProcess, url: string): GatewayProcess {
  return { args: [...args, "--http-port", new URL(url).port], deskSecret };
}

/**
 * Starts every service and returns when all of them work. Throws `Failure` when one of them stops
 * or does not work within `timeoutMs`; then none is left.
 */
export async function startServices(
  args: readonly string[],
  tell: ServicesTell,
  timeoutMs: number,
  gateway: GatewayProcess | null = null,
): Promise<{ services: KeptServices; marketId: string; url: string }> {
  let marketId = "";
  let url = "";
  let there = gateway;
  const { promise: working, resolve, reject } = Promise.withResolvers<void>();
  const names: readonly ProcessName[] =
    gateway === null ? serviceNames : [...serviceNames, "gateway"];
  const waiting = new Set<ProcessName>(names);
  const kept: Supervised[] = names.map((name) =>
    supervise({
      name,
      args: () => (name === "gateway" ? (there?.args ?? []) : args),
      env: name === "gateway" ? envOf(gateway) : {},
      onReport: (report) => {
        if (report.type === "claimed") marketId = readText(report, "marketId");
        if (report.type === "listening") {
          url = readText(report, "url");
          there = gateway === null ? null : sameAddress(gateway, url);
        }
        const isTrouble = ["doubt", "released", "restart", "stuck", "alarm"].includes(report.type);
        (isTrouble ? tell.warn : tell.note)(describeReport(report));
        if (report.type === workingReport[name]) waiting.delete(name);
        if (waiting.size === 0) resolve();
      },
      onLine: (line) => tell.warn(`${name}: ${line}`),
      onDeath: tell.warn,
      onStop: () => {
        tell.warn(`${name} stays down: what it said above needs a person (exit code 3)`);
        reject(new Failure(`${name} stopped`));
      },
    }),
  );
  const services: KeptServices = {
    pids: () => Object.fromEntries(kept.map((service) => [service.name, service.pid()])),
    stop: async () => {
      for (const service of kept) await service.stop(stopGraceMs);
    },
  };
  const timer = setTimeout(() => {
    reject(new Failure(`${[...waiting].join(", ")}: not working after ${timeoutMs / 1000} s`));
  }, timeoutMs);
  try {
    await working;
    return { services, marketId, url };
  } catch (error) {
    await services.stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function readText(report: ServiceReport, field: string): string {
  const value = (report as Readonly<Record<string, unknown>>)[field];
  return typeof value === "string" ? value : "";
}

function envOf(gateway: GatewayProcess | null): Record<string, string> {
  const secret = gateway?.deskSecret ?? null;
  return secret === null ? {} : { SAUDA_DESK_KEY: secret };
}
