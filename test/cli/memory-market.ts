import type { LogClient } from "../../src/cli/log-client.ts";
import { runService, serviceNames } from "../../src/cli/market/run-service.ts";
import { localTerms, type MarketTerms } from "../../src/domain/facts/terms.ts";
import {
  allRecords,
  openMemoryCluster,
  type MemoryCluster,
} from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";

/** A market in memory and the client of its log. */
export type MemoryMarket = {
  readonly cluster: MemoryCluster;
  readonly logClient: LogClient;
  /** The values of a topic's records as text. */
  readonly values: (topic: string) => string[];
  readonly write: (topic: string, value: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Topics only: nobody decides anything. */
export function memoryTopics(): MemoryMarket {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "test");
  return {
    cluster,
    logClient: { log, shards: 1, close: () => log.close() },
    values: (topic) =>
      allRecords(cluster, topic, 0)
        .filter(({ isControl }) => !isControl)
        .map(({ value }) => String(value)),
    async write(topic, value) {
      const appender = await log.appender(topic, 0);
      await appender.append([{ key: null, value: Buffer.from(value) }]);
      await appender.close();
    },
    close: () => log.close(),
  };
}

/** The topics with all services at work. */
export function memoryMarket(more: Partial<MarketTerms> = {}): MemoryMarket {
  const topics = memoryTopics();
  const ended = new AbortController();
  const terms = { ...localTerms, answerWindowMs: 300, ...more };
  const services = serviceNames.map(async (name) => {
    const log = openMemoryLog(topics.cluster, name);
    const parts = { log, terms, termsDigest: "test", report: () => {} };
    try {
      await runService(name, parts, ended.signal);
    } finally {
      await log.close();
    }
  });
  return {
    ...topics,
    async close() {
      ended.abort();
      await Promise.all(services);
      await topics.close();
    },
  };
}
