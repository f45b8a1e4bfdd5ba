import { runGateway } from "../../src/cli/market/gateway-service.ts";
import { deskKey, deskText, newSecret } from "../../src/cli/keys/keys-file.ts";
import { runService, serviceNames } from "../../src/cli/market/run-service.ts";
import { localTerms, type MarketTerms } from "../../src/domain/facts/terms.ts";
import { openMemoryCluster, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { builtDashboard } from "../built-dashboard.ts";
import { textOf, type DashboardMarket, type WrittenRecord } from "./dashboard-market.ts";

/** What a market in this process can do besides. */
type MemoryParts = {
  readonly log: MarketLog;
  readonly cluster: MemoryCluster;
  /** Ends the exchange alone: nothing is decided until it is back. */
  stopExchange(): Promise<void>;
  exchangeBack(): void;
};

/** Starts a market in memory, in this process; ready when its gateway serves. */
export async function startMemoryMarket(
  more: Partial<MarketTerms> = {},
  { ordersPerSecond = 1_000 } = {},
): Promise<DashboardMarket & MemoryParts> {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "test");
  const secret = newSecret();
  const ended = new AbortController();
  // A CONFIRM that meets no order becomes a dead letter soon enough for a test.
  const terms = { ...localTerms, answerWindowMs: 100, ...more };
  const parts = { log, terms, termsDigest: "test", report: () => {} };
  const others = serviceNames.filter((name) => name !== "exchange");
  const services = others.map((name) => runService(name, parts, ended.signal));
  const exchange = restartable((signal) =>
    runService("exchange", parts, AbortSignal.any([ended.signal, signal])),
  );
  exchange.start();
  const gateway = restartableGateway(log, secret, ordersPerSecond);
  await gateway.start();
  return {
    url: gateway.url(),
    key: deskText(secret),
    log,
    cluster,
    gatewayBack: gateway.start,
    stopExchange: exchange.stop,
    exchangeBack: exchange.start,
    killGateway: gateway.stop,
    write: (topic, value) => writeOne(log, topic, value),
    read: (topic) => readAll(log, topic),
    close: async () => {
      ended.abort();
      await Promise.all([gateway.stop(), exchange.stop(), ...services]);
      await log.close();
    },
  };
}

/** A service that can be ended by itself and started again. */
function restartable(run: (signal: AbortSignal) => Promise<void>): {
  start: () => void;
  stop: () => Promise<void>;
} {
  let ended = new AbortController();
  let running = Promise.resolve();
  return {
    start: () => {
      ended = new AbortController();
      running = run(ended.signal);
    },
    stop: async () => {
      ended.abort();
      await running;
    },
  };
}

/** The gateway, at the same port after every start, which returns when it serves. */
function restartableGateway(
  log: MarketLog,
  secret: ReturnType<typeof newSecret>,
  ordersPerSecond: number,
) {
  let url = "";
  let serving = Promise.withResolvers<void>();
  const gateway = restartable((signal) => {
    const options = {
      log,
      logName: "memory" as const,
      host: "127.0.0.1",
      port: url === "" ? 0 : Number(new URL(url).port),
      ordersPerSecond,
      origins: [],
      keysFile: null,
      desk: deskKey(secret),
      webDir: builtDashboard(),
      report: (event: { readonly type: string }) => {
        if ("url" in event) url = String(event.url);
        if (event.type === "serving") serving.resolve();
      },
    };
    const run = runGateway(options, signal);
    run.catch(serving.reject);
    return run;
  });
  return {
    url: () => url,
    start: async (): Promise<void> => {
      serving = Promise.withResolvers<void>();
      gateway.start();
      await serving.promise;
    },
    stop: gateway.stop,
  };
}

async function writeOne(log: MarketLog<string>, topic: string, value: string): Promise<void> {
  const appender = await log.appender(topic, 0);
  await appender.append([{ key: null, value: Buffer.from(value) }]);
  await appender.close();
}

async function readAll(log: MarketLog<string>, topic: string): Promise<WrittenRecord[]> {
  const { start, end } = await log.bounds(topic, 0);
  const reader = await log.reader(topic, 0, start);
  const all: WrittenRecord[] = [];
  for (let next = start; next < end;) {
    const { records } = await reader.read(1_000);
    for (const { offset, value, isControl } of records) {
      next = offset + 1;
      if (!isControl) all.push({ offset, text: textOf(topic, value) });
    }
  }
  await reader.close();
  return all;
}
