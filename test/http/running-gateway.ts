import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGateway, type GatewayParts } from "../../src/cli/market/gateway-service.ts";
import { changeKeys, keysPath, newKey } from "../../src/cli/keys/keys-file.ts";
import { runService, type ServiceName } from "../../src/cli/market/run-service.ts";
import { localTerms, type MarketTerms } from "../../src/domain/facts/terms.ts";
import { openMemoryCluster, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { Member } from "../../src/memory/member.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import { commandsTopic } from "../../src/protocol/topics.ts";
import { noFaults } from "../../src/memory/faults.ts";
import { realClock, type Clock } from "../../src/services/clock.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { builtDashboard } from "../built-dashboard.ts";

/** Who may be called: a member each, a reader for HDFC, operations for everybody. */
export type Who = "HDFC" | "SELLER" | "COUNTERPARTY" | "reader" | "operations";

/** How trades settle. */
export type SettlementKind = "instant" | "T+1";

/** Both, for tests that run over each. */
export const settlementKinds: readonly SettlementKind[] = ["instant", "T+1"];

/** The machine's clock, so far ahead; it can be moved on. */
type MovedClock = Clock & {
  /** To a moment, or nowhere if that is over. */
  moveTo(atMs: number): void;
};

/** A clock that begins at a moment. */
export function movedClock(startMs: number): MovedClock {
  let aheadMs = startMs - Date.now();
  const nowMs = (): number => Date.now() + aheadMs;
  return {
    ...realClock,
    nowMs,
    moveTo: (atMs) => {
      aheadMs += Math.max(0, atMs - nowMs());
    },
  };
}

/** A moment in India. */
export function india(date: string, time: string): number {
  return Date.parse(`${date}T${time}:00+05:30`);
}

/** What an HTTP door answered. */
export type Answered = { readonly status: number; readonly body: Record<string, unknown> };

/** A market in memory with a gateway on a free port of loopback. */
export type RunningGateway = {
  readonly url: string;
  readonly log: MarketLog;
  readonly cluster: MemoryCluster;
  /** The process as the cluster knows it: isolated, it reaches no broker. */
  readonly member: Member;
  /** The texts of the keys. */
  readonly keys: Readonly<Record<Who, string>>;
  readonly keysFile: string;
  /** Starts a service that was left out at first. */
  start(name: ServiceName): void;
  /** A request with a key; `body` is sent as JSON. */
  call(who: Who | null, method: string, path: string, body?: unknown): Promise<Answered>;
  /**
   * Moves the clock to a moment, if it is a `movedClock`. The exchange believes no clock that jumps
   * before the broker's time comes with an append (R11), so one is made: a tick.
   */
  moveTo(atMs: number): Promise<void>;
  /** Writes a record to a topic, as a stranger does. */
  write(topic: string, value: string): Promise<void>;
  close(): Promise<void>;
};

const all: readonly ServiceName[] = ["intake", "exchange", "publisher"];

/**
 * Starts the services named and a gateway; ready when it serves. The gateway alone may have
 * another clock.
 */
export async function startGateway(
  over: Partial<GatewayParts> = {},
  services: readonly ServiceName[] = all,
  more: Partial<MarketTerms> = {},
  ownClock: Clock | null = null,
): Promise<RunningGateway> {
  const { clock = realClock } = over;
  const cluster = openMemoryCluster(1, { clock, faults: noFaults });
  const member = new Member("test");
  const log = openMemoryLog(cluster, member);
  const folder = await mkdtemp(join(tmpdir(), "sauda-gateway-"));
  const keysFile = keysPath(folder);
  const keys = await makeKeys(keysFile);
  const ended = new AbortController();
  const running: Promise<void>[] = [];
  const terms = { ...localTerms, answerWindowMs: 200, ...more };
  const start = (name: ServiceName): void => {
    const parts = { log, terms, termsDigest: "test", clock, report: () => {} };
    running.push(runService(name, parts, ended.signal));
  };
  for (const name of services) start(name);
  const { promise: serving, resolve, reject } = Promise.withResolvers<void>();
  let url = "";
  const gateway: GatewayParts = {
    log,
    logName: "memory",
    host: "127.0.0.1",
    port: 0,
    ordersPerSecond: 1000,
    readsPerSecond: 100_000,
    origins: [],
    keysFile,
    desk: null,
    webDir: builtDashboard(),
    ...over,
    ...(ownClock === null ? {} : { clock: ownClock }),
    report: (event) => {
      over.report?.(event);
      if ("url" in event) url = String(event.url);
      if (event.type === "serving") resolve();
    },
  };
  running.push(runGateway(gateway, ended.signal));
  running.at(-1)?.catch(reject);
  await serving;
  return {
    url,
    log,
    cluster,
    member,
    keys,
    keysFile,
    start,
    call: (who, method, path, body) =>
      call(url, who === null ? null : keys[who], method, path, body),
    moveTo: async (atMs) => {
      if (!("moveTo" in clock)) throw new Error("start it with a movedClock to move it");
      (clock as MovedClock).moveTo(atMs);
      await append(log, commandsTopic, { key: logKey, value: encodeCommand({ type: "Tick" }) });
    },
    write: (topic, value) => append(log, topic, { key: null, value: Buffer.from(value) }),
    close: async () => {
      ended.abort();
      await Promise.all(running);
      await log.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function append(
  log: MarketLog<string>,
  topic: string,
  record: { readonly key: Buffer | null; readonly value: Buffer },
): Promise<void> {
  const appender = await log.appender(topic, 0);
  await appender.append([record]);
  await appender.close();
}

async function makeKeys(keysFile: string): Promise<Record<Who, string>> {
  const member = (name: string) => newKey(name, ["trader", "counterparty"], [name]);
  const made = {
    HDFC: member("HDFC"),
    SELLER: member("SELLER"),
    COUNTERPARTY: member("COUNTERPARTY"),
    reader: newKey("reader", ["read"], ["HDFC"]),
    operations: newKey("operations", ["operations"], "*"),
  };
  await changeKeys(keysFile, () => Object.values(made).map(({ key }) => key));
  const texts = Object.entries(made).map(([who, { text }]) => [who, text] as const);
  return Object.fromEntries(texts) as Record<Who, string>;
}

async function call(
  url: string,
  key: string | null,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answered> {
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  if (body !== undefined) headers["content-type"] = "application/json";
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = body === undefined ? { method, headers } : { method, headers, body: text };
  const answer = await fetch(`${url}${path}`, init);
  const bodyText = await answer.text();
  return {
    status: answer.status,
    body: bodyText === "" ? {} : (JSON.parse(bodyText) as Answered["body"]),
  };
}
/** The body of an order of HDFC's that rests, where it is not said otherwise. */
export function restingOrder(over: object = {}): object {
  return { symbol: "SBIN", side: "BUY", quantity: 1, price_paise: 90_000, ...over };
}

/** How many orders of a member are open; at most 1,000. */
export async function countOpen(market: RunningGateway, who: "HDFC" | "SELLER"): Promise<number> {
  const { body } = await market.call(who, "GET", "/v1/orders?status=open&limit=1000");
  return (body["orders"] as unknown[]).length;
}
