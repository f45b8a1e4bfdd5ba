import { once } from "node:events";
import { openMemoryCluster, type MemoryCluster } from "../../memory/memory-cluster.ts";
import { openMemoryLog } from "../../memory/memory-log.ts";
import { realClock } from "../../services/clock.ts";
import type { MarketLog } from "../../services/log.ts";
import { Stop } from "../../services/stop.ts";
import type { GatewayEndpoint } from "../client/gateway-client.ts";
import type { Config } from "../config.ts";
import { calendarNote } from "./calendar-note.ts";
import { demoLeftOut, playDemoTrades } from "./demo-trades.ts";
import { sayDashboard, deskPath, keepDeskSecret } from "../keys/desk-key.ts";
import { CannotListen, runGateway } from "./gateway-service.ts";
import { deskText, keysPath } from "../keys/keys-file.ts";
import { readTerms, type ReadTerms } from "./market-terms.ts";
import { noteMemoryMarket, type MemoryNote } from "./memory-market.ts";
import { Failure, exitCode, type Output } from "../output.ts";
import { runPrompt } from "../actors/market-prompt.ts";
import {
  describeReport,
  runService,
  serviceNames,
  shardCount,
  workingReport,
  type ServiceReport,
} from "./run-service.ts";

/** The services work within this, or something is broken. */
const workingMs = 5000;

type InMemoryOptions = {
  readonly participants: string;
  readonly mode?: "open" | "strict";
  readonly demo: boolean;
  readonly httpPort: number;
  readonly ordersPerSecond: number;
  /** True: only `ended` ends it, and not the end of the lines that are piped in. */
  readonly staysUp: boolean;
  /** One of many on the same data folder: other commands are not told of it. */
  readonly ephemeral?: boolean;
  /** Aborted by Ctrl-C and its like. */
  readonly ended: AbortController;
};

/**
 * `sauda up --in-memory`: the same services on a log in memory, all in this process; nothing is
 * kept. It is asked by its gateway and a prompt in the same terminal, or lines on stdin. Ends at
 * `exit`, Ctrl-C, or the end of piped lines; a stdin without any (/dev/null, closed, under systemd
 * or nohup) ends nothing. One of them at a time on a data folder: throws `Failure` that names the
 * other one.
 */
export async function runInMemory(
  config: Config,
  options: InMemoryOptions,
  output: Output,
): Promise<void> {
  const terms = await readTerms(options.participants, options.mode);
  const note = options.ephemeral === true ? null : await noteMemoryMarket(config.dataDir);
  try {
    await runNoted(config, options, output, { terms, note });
  } finally {
    await note?.remove();
  }
}

async function runNoted(
  config: Config,
  options: InMemoryOptions,
  output: Output,
  { terms, note }: { readonly terms: ReadTerms; readonly note: MemoryNote | null },
): Promise<void> {
  const cluster = openMemoryCluster(shardCount);
  const log = openMemoryLog(cluster, "terminal");
  const { ended } = options;
  const { promise: working, resolve } = Promise.withResolvers<void>();
  const waiting = new Set<string>([...serviceNames, "gateway"]);
  const secret = await keepDeskSecret(deskPath(config.dataDir));
  let url = "";
  const report = (message: ServiceReport): void => {
    output.note(describeReport(message));
    if ("url" in message) url = String(message.url);
    if (message.type === workingReport[message.service]) waiting.delete(message.service);
    if (waiting.size === 0) resolve();
  };
  const services = startAll(cluster, { config, options, terms, report }, ended.signal);
  const failed = Promise.race(services.map((service) => service.then(() => ended.signal)));
  try {
    const tooLong = realClock.sleep(workingMs, ended.signal).then(() => {
      if (waiting.size > 0) throw new Failure(`${[...waiting].join(", ")}: not working`);
    });
    await Promise.race([working, failed, tooLong]);
    const key = deskText(secret);
    output.fact("MARKET in memory   nothing is kept", {
      type: "ready",
      log: "memory",
      http: url,
      key,
    });
    sayDashboard(output, url, key);
    await note?.setHttp(url);
    const settled = terms.terms.clearing?.settlement ?? "instant";
    const unknownDays = calendarNote(terms.terms, realClock.nowMs());
    if (unknownDays !== null) output.note(unknownDays);
    if (options.demo && settled !== "instant") output.note(demoLeftOut(settled));
    else if (options.demo) {
      for (const { topic, line } of await playDemoTrades(log, realClock, workingMs)) {
        output.fact(line, { type: "leg", topic, line });
      }
    }
    const logClient = { log, shards: shardCount, close: () => log.close() };
    const prompt = runPrompt(logClient, ownGateway(url, key), output, ended.signal).then(
      async ({ code, lines }) => {
        const isService = process.stdin.isTTY !== true && (options.staysUp || lines === 0);
        if (isService) await untilEnded(output, ended.signal);
        return code;
      },
    );
    const code = await Promise.race([prompt, failed]);
    if (typeof code === "number") process.exitCode = code;
  } catch (error) {
    if (error instanceof CannotListen) throw new Failure(error.message);
    if (error instanceof Stop) throw new Failure(error.message, exitCode.stopped);
    throw error;
  } finally {
    ended.abort();
    await Promise.allSettled(services);
    await log.close();
  }
}

/** For the prompt, which is in the gateway's own process. */
function ownGateway(http: string, key: string): GatewayEndpoint {
  const whySilent = async (): Promise<string> => "the market is busy";
  return { http, key, keyFrom: "of the dashboard", whySilent, beside: null };
}

/** Nobody types here, or no more: a market is a service, and goes on for who asks its gateway. */
async function untilEnded(output: Output, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  output.note("no more comes on stdin: the market goes on; Ctrl-C or SIGTERM ends it");
  await once(signal, "abort");
}

type AllParts = {
  readonly config: Config;
  readonly options: InMemoryOptions;
  readonly terms: ReadTerms;
  readonly report: (message: ServiceReport) => void;
};

/** Every service and the gateway, each with its own way to the log, as if it were a process. */
function startAll(
  cluster: MemoryCluster,
  { config, options, terms, report }: AllParts,
  signal: AbortSignal,
): Promise<void>[] {
  const withLog = async (name: string, run: (log: MarketLog) => Promise<void>): Promise<void> => {
    const log = openMemoryLog(cluster, name);
    await run(log).finally(() => void log.close());
  };
  const gateway = {
    logName: "memory" as const,
    host: "127.0.0.1",
    port: options.httpPort,
    ordersPerSecond: options.ordersPerSecond,
    origins: [],
    keysFile: keysPath(config.dataDir),
    desk: null,
    deskFile: deskPath(config.dataDir),
    webDir: `${config.root}/web/dist`,
    ...(options.ephemeral === true ? {} : { noted: { dataDir: config.dataDir, bootstrap: null } }),
    report,
  };
  return [
    ...serviceNames.map((name) =>
      withLog(name, (log) => runService(name, { ...terms, log, report }, signal)),
    ),
    withLog("gateway", (log) => runGateway({ ...gateway, log }, signal)),
  ];
}
