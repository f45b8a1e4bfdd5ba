import { runGateway } from "../../src/cli/market/gateway-service.ts";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import { openOlderRecords } from "../../src/postgres/older-records.ts";
import { openBooksStore } from "../../src/postgres/books-store.ts";
import { emptyMarket } from "../../src/postgres/empty.ts";
import { readMarketId, keepBooks } from "../../src/services/books/books-life.ts";
import { keptRecords } from "../../src/services/records/market-records.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import type { OlderRecords } from "../../src/services/books/older-records.ts";
import { until } from "../acceptance/market-process.ts";
import {
  india,
  movedClock,
  startGateway,
  type RunningGateway,
  type SettlementKind,
  type Who,
} from "../http/running-gateway.ts";

export type Row = Record<string, any>;

export const forEver = new AbortController().signal;

/** A market whose gateway keeps little, its books, and a second gateway that keeps everything. */
export type OlderMarket = {
  readonly market: RunningGateway;
  readonly older: OlderRecords;
  /** The same keys at the gateway that keeps all. */
  all(who: Who, path: string): Promise<Row>;
  get(who: Who, path: string): Promise<{ status: number; body: Row; headers: Headers }>;
  /** Brings the books to the log's end, or to before it. */
  keep(endOffset?: number): Promise<void>;
  send(commands: readonly Command[]): Promise<void>;
  close(): Promise<void>;
};

const bounds = {
  host: "127.0.0.1",
  port: 0,
  ordersPerSecond: 1000,
  readsPerSecond: 100_000,
  origins: [],
};

/** Starts it; `url`: the database of its books. */
export async function startOlder(
  url: string,
  kept: { endedOrders: number; trades: number },
  kind: SettlementKind = "instant",
): Promise<OlderMarket> {
  const older = openOlderRecords(url);
  const clock = movedClock(india("2026-06-01", "10:00"));
  const terms = kind === "T+1" ? { clearing: nseClearing } : {};
  const parts = { older, clock, kept: { ...keptRecords, ...kept } };
  const market = await startGateway(parts, ["exchange"], terms);
  const ended = new AbortController();
  let wholeUrl = "";
  const whole = runGateway(
    {
      log: market.log,
      logName: "memory",
      ...bounds,
      keysFile: market.keysFile,
      desk: null,
      webDir: import.meta.dirname,
      clock,
      report: (event) => {
        if ("url" in event) wholeUrl = String(event.url);
      },
    },
    ended.signal,
  );
  const ask = async (base: string, who: Who, path: string) => {
    const headers = { authorization: `Bearer ${market.keys[who]}` };
    const answer = await fetch(`${base}${path}`, { headers });
    return { status: answer.status, body: (await answer.json()) as Row, headers: answer.headers };
  };
  const seqOf = async (base: string): Promise<number> =>
    Number((await ask(base, "operations", "/v1/orders?limit=1")).headers.get("sauda-seq"));
  const appender = await market.log.appender(commandsTopic, 0);
  const { log } = market;
  await until("the second gateway", () => wholeUrl !== "");
  return {
    market,
    older,
    all: async (who, path) => (await ask(wholeUrl, who, path)).body,
    get: (who, path) => ask(market.url, who, path),
    keep: async (endOffset) => {
      const store = openBooksStore(url);
      const end = endOffset ?? (await log.bounds(eventsTopic, 0)).end;
      const life = { isOurs: () => true, endOffset: end };
      await keepBooks({ log, store, shard: 0 }, life, forEver);
    },
    send: async (commands) => {
      await appender.append(
        commands.map((command) => ({ key: logKey, value: encodeCommand(command) })),
      );
      const { end } = await log.bounds(commandsTopic, 0);
      await until("all is decided", async () => {
        const seqs = await Promise.all([seqOf(market.url), seqOf(wholeUrl)]);
        return seqs.every((seq) => seq >= end);
      });
    },
    close: async () => {
      ended.abort();
      await whole;
      await older.close();
      await appender.close();
      const marketId = await readMarketId({ log, shard: 0 }, forEver);
      await market.close();
      await emptyMarket(url, marketId ?? "");
    },
  };
}
