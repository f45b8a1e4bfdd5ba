import { runGateway } from "../../src/cli/market/gateway-service.ts";
import { deskKey, deskText, newSecret } from "../../src/cli/keys/keys-file.ts";
import { runService, serviceNames } from "../../src/cli/market/run-service.ts";
import { localTerms } from "../../src/domain/facts/terms.ts";
import type { MarketTerms } from "../../src/domain/facts/terms.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import type { MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { builtDashboard } from "../built-dashboard.ts";
import type { DashboardMarket, WrittenRecord } from "./dashboard-market.ts";

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
  const exchange = { ended: new AbortController(), run: Promise.resolve() };
  const startExchange = (): void => {
    exchange.ended = new AbortController();
    const either = AbortSignal.any([ended.signal, exchange.ended.signal]);
    exchange.run = runService("exchange", parts, either);
  };
  startExchange();
  const gateways = { ended: new AbortController(), run: Promise.resolve(), url: "", port: 0 };

  async function startGateway(): Promise<void> {
    const { promise: serving, resolve, reject } = Promise.withResolvers<void>();
    gateways.ended = new AbortController();
    const gateway = {
      log,
      logName: "memory" as const,
      host: "127.0.0.1",
      port: gateways.port,
      ordersPerSecond,
      origins: [],
      keysFile: null,
      desk: deskKey(secret),
      webDir: builtDashboard(),
      report: (said: { readonly type: string }) => {
        if ("url" in said) gateways.url = String(said.url);
        if (said.type === "serving") resolve();
      },
    };
    gateways.run = runGateway(gateway, gateways.ended.signal);
    gateways.run.catch(reject);
    await serving;
    gateways.port = Number(new URL(gateways.url).port);
  }

  await startGateway();
  return {
    url: gateways.url,
    key: deskText(secret),
    log,
    cluster,
    gatewayBack: startGateway,
    stopExchange: async () => {
      exchange.ended.abort();
      await exchange.run;
    },
    exchangeBack: startExchange,
    killGateway: async () => {
      gateways.ended.abort();
      await gateways.run;
    },
    write: async (topic, value) => {
      const appender = await log.appender(topic, 0);
      await appender.append([{ key: null, value: Buffer.from(value) }]);
      await appender.close();
    },
    read: (topic) => readAll(log, topic),
    close: async () => {
      gateways.ended.abort();
      ended.abort();
      await Promise.all([gateways.run, exchange.run, ...services]);
      await log.close();
    },
  };
}

async function readAll(log: MarketLog, topic: string): Promise<WrittenRecord[]> {
  const { start, end } = await log.bounds(topic, 0);
  const reader = await log.reader(topic, 0, start);
  const all: WrittenRecord[] = [];
  for (let next = start; next < end;) {
    const { records } = await reader.read(1_000);
    for (const { offset, value, isControl } of records) {
      next = offset + 1;
      if (!isControl) all.push({ offset, text: value?.toString("utf8") ?? "" });
    }
  }
  await reader.close();
  return all;
}
