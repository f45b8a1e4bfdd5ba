import { join } from "node:path";
import { runGateway } from "../../src/cli/gateway-service.ts";
import { deskKey, deskText, newSecret } from "../../src/cli/keys-file.ts";
import { runService, serviceNames } from "../../src/cli/run-service.ts";
import { localTerms } from "../../src/domain/terms.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import type { MarketLog } from "../../src/services/log.ts";

const webDir = join(import.meta.dirname, "../../web/dist");

/** A market in memory with a gateway that serves the dashboard and can be killed and started again. */
export type DashboardMarket = {
  /** Of the gateway; the same after a restart. */
  readonly url: string;
  /** The key that the address in the terminal brings. */
  readonly key: string;
  readonly log: MarketLog;
  /** Cuts every connection, as a killed process does. */
  killGateway(): Promise<void>;
  startGateway(): Promise<void>;
  /** Writes a record to a topic, as a stranger does. */
  write(topic: string, value: string): Promise<void>;
  /** Sends an order as the member, without the dashboard. Returns its id. */
  place(participant: string, order: object): Promise<string>;
  close(): Promise<void>;
};

/** Starts the market; ready when the gateway serves. */
export async function startMarket(port = 0): Promise<DashboardMarket> {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "test");
  const secret = newSecret();
  const key = deskText(secret);
  const ended = new AbortController();
  // A CONFIRM that meets no order becomes a dead letter soon enough for a test.
  const terms = { ...localTerms, answerWindowMs: 100 };
  const parts = { log, terms, termsDigest: "test", report: () => {} };
  const services = serviceNames.map((name) => runService(name, parts, ended.signal));
  const gateways = { ended: new AbortController(), run: Promise.resolve(), url: "", port };

  async function startGateway(): Promise<void> {
    const { promise: serving, resolve, reject } = Promise.withResolvers<void>();
    gateways.ended = new AbortController();
    const gateway = {
      log,
      logName: "memory" as const,
      host: "127.0.0.1",
      port: gateways.port,
      ordersPerSecond: 1_000,
      origins: [],
      keysFile: null,
      desk: deskKey(secret),
      webDir,
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
    key,
    log,
    startGateway,
    killGateway: async () => {
      gateways.ended.abort();
      await gateways.run;
    },
    write: async (topic, value) => {
      const appender = await log.appender(topic, 0);
      await appender.append([{ key: null, value: Buffer.from(value) }]);
      await appender.close();
    },
    place: (participant, order) => place(gateways.url, key, participant, order),
    close: async () => {
      gateways.ended.abort();
      ended.abort();
      await Promise.all([gateways.run, ...services]);
      await log.close();
    },
  };
}

async function place(url: string, key: string, member: string, order: object): Promise<string> {
  const headers = {
    authorization: `Bearer ${key}`,
    "sauda-participant": member,
    "content-type": "application/json",
  };
  const body = JSON.stringify(order);
  const answer = await fetch(`${url}/v1/orders`, { method: "POST", headers, body });
  const said = (await answer.json()) as { order?: { order_id: string } | null };
  if (said.order === undefined || said.order === null)
    throw new Error(`${answer.status} ${JSON.stringify(said)}`);
  return said.order.order_id;
}
