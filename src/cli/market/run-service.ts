import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { commandsTopic, eventsTopic, sourceTopics, type TopicName } from "../../protocol/topics.ts";
import { realClock, type Clock } from "../../services/clock.ts";
import { runExchange } from "../../services/exchange.ts";
import { runIntake } from "../../services/intake.ts";
import type { MarketLog } from "../../services/log.ts";
import { runPublisher } from "../../services/publisher.ts";
import { Stop } from "../../services/stop.ts";
import type { ReadTerms } from "./market-terms.ts";
import { firstToAbort } from "../../services/until-aborted.ts";

/** The services of the market, in the order they are stopped. */
export const serviceNames = ["intake", "exchange", "publisher"] as const;
/** One service's name. */
export type ServiceName = (typeof serviceNames)[number];
/**
 * A process that `up` keeps alive. The standby is a second exchange. The gateway is in no group:
 * any number may run at once. The books come after the others, and a market goes on without them.
 */
export type ProcessName = ServiceName | "standby" | "gateway" | "books";

/** How many shards the market has. One, until "Fast and large". */
export const shardCount = 1;

/** What a service reports; `type` says what, the rest is for people. */
export type ServiceReport = { readonly service: ProcessName; readonly type: string };

/** The report by which a process says that it works. */
export const workingReport: Readonly<Record<ProcessName, string>> = {
  intake: "relaying",
  exchange: "claimed",
  standby: "standby",
  publisher: "publishing",
  gateway: "serving",
  books: "keeping",
};

/** What runs one service in this process. */
type ServiceParts = ReadTerms & {
  readonly log: MarketLog;
  readonly report: (report: ServiceReport) => void;
  /** A standby exchange takes a snapshot after so many steps; 0 or absent: never. */
  readonly snapshotSteps?: number;
  /** A process of the service that is silent for so long is dead to the others. */
  readonly sessionTimeoutMs?: number;
  /** The machine's where it is absent: a test's may be days ahead. */
  readonly clock?: Clock;
  /** Told when commands begin to be decided, and when they are. */
  readonly onDeciding?: ((isDeciding: boolean) => void) | undefined;
};

/**
 * Runs a service on the log until the signal ends it. Joins the service's group, so that several
 * may run at once and one works. Throws `Stop` where only a person may decide.
 */
export async function runService(
  name: ServiceName,
  parts: ServiceParts,
  signal: AbortSignal,
): Promise<void> {
  const { log, clock = realClock } = parts;
  // Not of the strangers' topics: one of them that is gone must not stop the others.
  const problems = await log.findTopicProblems(shardCount, ["internal", "output"]);
  if (problems.length > 0) throw new Stop(problems.join("\n"));
  const ofService: Record<ServiceName, readonly TopicName[]> = {
    intake: sourceTopics,
    exchange: [commandsTopic],
    publisher: [eventsTopic],
  };
  const spread = name === "intake" ? "one" : "each";
  const { sessionTimeoutMs } = parts;
  const group = await log.join(`sauda-${name}`, ofService[name], spread, sessionTimeoutMs);
  const report = (message: { readonly type: string }): void =>
    parts.report({ service: name, ...message });
  const shared = { log, group, shards: shardCount, clock, report };
  const owner = `${hostname()}/${process.pid}`;
  const run = (shard: number, until: AbortSignal): Promise<void> => {
    if (name === "publisher") return runPublisher({ ...shared, shard }, until);
    const { terms, termsDigest, onDeciding, snapshotSteps = 0 } = parts;
    const own = { shard, terms, termsDigest, owner, randomHex, onDeciding };
    const pace = snapshotSteps === 0 ? {} : { snapshotSteps };
    return runExchange({ ...shared, ...own, ...pace }, until);
  };
  try {
    if (name === "intake") await runIntake(shared, signal);
    else await runShards(run, signal);
  } finally {
    await group.close();
  }
}

/** Runs every shard; one that stops ends the others before its reason is thrown. */
export async function runShards(
  run: (shard: number, until: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const until = firstToAbort([signal, ended.signal]);
  const shards = Array.from({ length: shardCount }, (_, shard) =>
    run(shard, until).finally(() => ended.abort()),
  );
  await Promise.allSettled(shards);
  await Promise.all(shards);
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

/** The report as a line for people. */
export function describeReport(report: ServiceReport): string {
  const { service, type, ...facts } = report;
  const rest = Object.entries(facts).map(([name, value]) => `${name}=${String(value)}`);
  return [service, type, ...rest].join(" ");
}
