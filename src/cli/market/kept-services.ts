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
  /** Where the market's books lie; null: it has none. */
  readonly database: string | null;
};

/** The gateway where it listened before: a free port is chosen once, its clients know no other. */
export function sameAddress(gateway: GatewayProcess, url: string): GatewayProcess {
  return { ...gateway, args: [...gateway.args, "--http-port", new URL(url).port] };
}

/** What is started. */
type ServicesPlan = {
  /** Of every service. */
  readonly args: readonly string[];
  /** Of the exchange and its standby besides. */
  readonly exchangeArgs?: readonly string[];
  readonly withStandby?: boolean;
  readonly gateway?: GatewayProcess;
};

/**
 * Starts every service and returns when all of them work; a standby exchange begins then. Throws
 * `Failure` when one of them stops or does not work within `timeoutMs`; then none is left.
 */
export async function startServices(
  plan: ServicesPlan,
  tell: ServicesTell,
  timeoutMs: number,
): Promise<{ services: KeptServices; marketId: string; url: string }> {
  const names: readonly ProcessName[] =
    plan.gateway === undefined ? serviceNames : [...serviceNames, "gateway"];
  const working = Promise.withResolvers<void>();
  const heard: Heard = { marketId: "", url: "", writer: "exchange", waiting: new Set(names) };
  const keep = (name: ProcessName): Supervised => keepService(name, { plan, tell, heard, working });
  const kept = names.map(keep);
  const stop = async (): Promise<void> => {
    for (const service of stopOrder(kept, heard)) await service.stop(stopGraceMs);
  };
  const services: KeptServices = {
    pids: () => Object.fromEntries(kept.map((service) => [service.name, service.pid()])),
    stop,
  };
  const timer = setTimeout(() => {
    const missing = [...heard.waiting].join(", ");
    working.reject(new Failure(`${missing}: not working after ${timeoutMs / 1000} s`));
  }, timeoutMs);
  try {
    await working.promise;
    // Only now: it is in nobody's way at the start, and the exchange is the one named so.
    if (plan.withStandby === true) kept.push(keep("standby"));
    return { services, marketId: heard.marketId, url: heard.url };
  } catch (error) {
    await services.stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What the services have said. */
type Heard = {
  marketId: string;
  url: string;
  /** The one that claimed last. */
  writer: ProcessName;
  readonly waiting: Set<ProcessName>;
};

type Keeping = {
  readonly plan: ServicesPlan;
  readonly tell: ServicesTell;
  readonly heard: Heard;
  readonly working: PromiseWithResolvers<void>;
};

/** What a person should see. */
const troubles = ["doubt", "released", "restart", "stuck", "alarm", "passed_over", "no_snapshot"];

function keepService(name: ProcessName, { plan, tell, heard, working }: Keeping): Supervised {
  const { gateway = null, exchangeArgs = [] } = plan;
  let there = gateway;
  const isExchange = name === "exchange" || name === "standby";
  const own = isExchange ? [...plan.args, ...exchangeArgs] : plan.args;
  return supervise({
    name,
    args: () => (name === "gateway" ? (there?.args ?? []) : own),
    env: name === "gateway" ? envOf(gateway) : {},
    onReport(report) {
      if (report.type === "claimed") {
        heard.marketId = readText(report, "marketId");
        heard.writer = name;
      }
      if (report.type === "listening") {
        heard.url = readText(report, "url");
        there = gateway === null ? null : sameAddress(gateway, heard.url);
      }
      const told = describeReport({ ...report, service: name });
      (troubles.includes(report.type) ? tell.warn : tell.note)(told);
      if (report.type === workingReport[name]) heard.waiting.delete(name);
      if (heard.waiting.size === 0) working.resolve();
    },
    onLine: (line) => tell.warn(`${name}: ${line}`),
    onDeath: tell.warn,
    onStop: () => {
      tell.warn(`${name} stays down: what it said above needs a person (exit code 3)`);
      working.reject(new Failure(`${name} stopped`));
    },
  });
}

/** In the order of the trade; who stands by goes before who writes, or it would take over. */
function stopOrder(kept: readonly Supervised[], { writer }: Heard): Supervised[] {
  const idle = writer === "standby" ? "exchange" : "standby";
  const first = kept.filter(({ name }) => name === idle);
  const writing = kept.filter(({ name }) => name === writer);
  const [intake, ...others] = kept.filter(
    (each) => !first.includes(each) && !writing.includes(each),
  );
  return [...(intake === undefined ? [] : [intake]), ...first, ...writing, ...others];
}

function readText(report: ServiceReport, field: string): string {
  const value = (report as Readonly<Record<string, unknown>>)[field];
  return typeof value === "string" ? value : "";
}

function envOf(gateway: GatewayProcess | null): Record<string, string> {
  const secret = gateway?.deskSecret ?? null;
  // Also where there are none: those that our own environment names are another market's.
  const books = { DATABASE_URL: gateway?.database ?? "" };
  return secret === null ? books : { ...books, SAUDA_DESK_KEY: secret };
}
