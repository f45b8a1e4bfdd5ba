import { Failure } from "./output.ts";
import { describeReport, serviceNames, workingReport } from "./run-service.ts";
import type { ServiceName, ServiceReport } from "./run-service.ts";
import { supervise } from "./supervisor.ts";
import type { Supervised } from "./supervisor.ts";

/** How long a service may take to end before it is killed. */
const stopGraceMs = 5000;

/** The market's services as processes of their own, kept alive. */
export type KeptServices = {
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
 * Starts every service and returns when all of them work. Throws `Failure` when one of them stops or
 * does not work within `timeoutMs`; then none is left.
 */
export async function startServices(
  args: readonly string[],
  tell: ServicesTell,
  timeoutMs: number,
): Promise<{ services: KeptServices; marketId: string }> {
  let marketId = "";
  const { promise: working, resolve, reject } = Promise.withResolvers<void>();
  const waiting = new Set<ServiceName>(serviceNames);
  const kept: Supervised[] = serviceNames.map((name) =>
    supervise({
      name,
      args,
      onReport: (report) => {
        if (report.type === "claimed") marketId = readMarketId(report);
        const isTrouble = ["doubt", "released", "restart", "alarm"].includes(report.type);
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
    return { services, marketId };
  } catch (error) {
    await services.stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function readMarketId(report: ServiceReport): string {
  return "marketId" in report && typeof report.marketId === "string" ? report.marketId : "";
}
