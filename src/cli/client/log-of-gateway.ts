import type { z } from "zod";
import type { recordsSchema, topicsSchema } from "../../http/routes/topic-routes.ts";
import { OutsideLog, type MarketLog } from "../../services/log.ts";
import { Refused, type MarketJson } from "./gateway-client.ts";
import type { TerminalContext } from "../context.ts";
import type { Registry } from "../registry.ts";
import { onMarket, type MarketContext, type MarketOptions } from "./market-context.ts";

/** What can be read of a log without being in it. */
export type LogReading = Pick<MarketLog, "bounds" | "reader">;

/**
 * Records that are asked for at a time: a key's reads are counted by them, and who follows a
 * topic's end asks often for few.
 */
const limits = { atEnd: 100, behind: 1000 };
/** The gateway waits so long at most for the next record. */
const waitMaxMs = 5_000;
/** How much longer than it waits an answer may take. */
const wayMs = 10_000;

type RecordsJson = z.infer<typeof recordsSchema>;

/** The topics of the market as its gateway reads them: committed records. */
export function logOfGateway({
  market,
  signal,
}: Pick<MarketContext, "market" | "signal">): LogReading {
  return {
    async bounds(topic, partition) {
      const { topics } = await market.get<z.infer<typeof topicsSchema>>("/v1/topics");
      const own = topics.find(({ topic: name }) => name === topic)?.partitions?.[partition];
      if (own === undefined) throw new OutsideLog(`there is no ${topic}-${partition}`);
      return { start: own.start, end: own.end };
    },
    async reader(topic, partition, from) {
      let offset = from;
      let limit = limits.atEnd;
      const path = `/v1/topics/${encodeURIComponent(topic)}/records`;
      const read = async (waitMs: number): Promise<RecordsJson> => {
        const wait_ms = Math.min(waitMs, waitMaxMs);
        const query = { partition, offset, limit, wait_ms };
        return market.get<RecordsJson>(path, { query, timeoutMs: wait_ms + wayMs });
      };
      return {
        async read(waitMs) {
          const page = await read(waitMs).catch((error: unknown) => {
            if (signal.aborted) return { records: [], next_offset: offset }; // cut off by Ctrl-C
            const isGone = error instanceof Refused && error.problem.code === "OFFSET_GONE";
            throw isGone ? new OutsideLog(error.message) : error;
          });
          limit = page.records.length < limit ? limits.atEnd : limits.behind;
          offset = page.next_offset;
          const records = page.records.map((record) => ({
            offset: record.offset,
            timestampMs: Date.parse(record.timestamp),
            key: bytesOf(record.key_base64),
            value: bytesOf(record.value_base64),
            isControl: false,
          }));
          return { records, end: offset };
        },
        close: async () => {},
      };
    },
  };
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, "base64");
}

/** A context of which a command only reads the log. */
export type ReadingContext = TerminalContext & {
  readonly logClient: { readonly log: LogReading; readonly shards: number };
};

/** The context from which the log is read through the gateway: for what no route of it tells. */
async function readingContext(context: MarketContext): Promise<ReadingContext> {
  const { shards } = await context.market.get<MarketJson>("/v1/market");
  return { ...context, logClient: { log: logOfGateway(context), shards } };
}

/**
 * Runs a command that only reads the log, through the gateway or itself; its result is the
 * exit code.
 */
export function onReading(
  registry: Registry,
  options: MarketOptions,
  run: (context: ReadingContext) => Promise<number>,
): Promise<void> {
  return onMarket(registry, options, {
    gateway: async (context) => run(await readingContext(context)),
    log: run,
  });
}
