import { z } from "zod";
import type { ReaderState } from "../../services/log-fold.ts";
import { checkpointAt, checkpointBefore } from "../../services/log-checkpoints.ts";
import type { Passage, SettlementMarks, ShardMarks } from "../../services/records/log-marks.ts";
import { needOperations, type Caller } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { pageOf, pageSchema } from "../page.ts";
import { Problem } from "../problem.ts";
import type { Server } from "../typed-server.ts";
import { limitQuery, wholeQuery } from "./params.ts";

const whole = wholeQuery(z.int().nonnegative());
const dateText = z.string().regex(/^\d{4}-\d\d-\d\d$/);
const dateParam = z.object({ date: dateText.describe("a trade date such as 2026-11-20") });

const passageSchema = z.object({
  from_offset: z.int().describe("of the first record"),
  end_offset: z.int().describe("after the last one"),
});

/** Where the log tells of a trade date, shard by shard, and what was known there before. */
export const tradeDateSchema = z.object({
  trade_date: z.string(),
  shards: z.array(
    z.object({
      shard: z.int(),
      passages: z.array(passageSchema).describe("of sauda.events, in its order"),
      settlements: z
        .array(z.object({ settlement_number: z.string(), trade_date: z.string() }))
        .describe("those that trades of the passages may name"),
    }),
  ),
});

/** A security that traded in the book on a trade date, as it was before its first trade then. */
export const tradedSecuritySchema = z.object({
  shard: z.int(),
  symbol: z.string(),
  series: z.string(),
  isin: z.string().nullable(),
  lot: z.int(),
  reference_close_paise: z.int().nullable(),
  previous_close_paise: z.int().nullable().describe("null: no close was said before"),
});

/** A settlement, and where the log tells of its obligations and what became of them. */
export const markedSettlementSchema = z.object({
  shard: z.int(),
  settlement_number: z.string(),
  trade_date: z.string(),
  settlement_date: z.string(),
  passages: z.array(passageSchema),
});

/** The last dates on which an account traded. */
export const tradedOnSchema = z.object({
  account: z.string(),
  trade_dates: z.array(z.string()).describe("the last five at most, oldest first"),
});

/**
 * A reader's whole state (rule R5): whoever begins with it at its offset reads the log as we do.
 */
export const checkpointSchema = z.object({
  offset: z.int().describe("of sauda.events, the next record to read"),
  epoch: z.int(),
  nonce: z.string().nullable(),
  seq: z.int(),
  chain: z.string(),
  last_cause: z
    .object({ offset: z.int(), digest: z.string(), part: z.int(), last: z.boolean() })
    .nullable(),
  genesis: z
    .looseObject({})
    .nullable()
    .describe("of the shard's first claim, as the log has it; null before that"),
});

const tags = ["log"];

/**
 * Where the log tells of what reports ask for, from the gateway's own fold: so a report reads no
 * more of the log than that. For operations of all members, like the log itself.
 */
export function logRoutes(app: Server, parts: DoorParts): void {
  tradeDateRoutes(app, parts);
  settlementsRoute(app, parts);
  checkpointRoute(app, parts);
}

function tradeDateRoutes(app: Server, { gateway }: DoorParts): void {
  app.get(
    "/v1/log/trade-dates",
    {
      schema: {
        summary: "The last dates on which an account traded",
        tags,
        querystring: z.strictObject({
          account: z.string().min(1).max(128).describe("HDFC, or HDFC/C1 for its client"),
        }),
        response: { 200: tradedOnSchema },
      },
    },
    async ({ caller, query: { account } }) => {
      needLog(caller);
      return { account, trade_dates: gateway.records.marks.tradedOn.get(account) ?? [] };
    },
  );
  app.get(
    "/v1/log/trade-dates/:date",
    {
      schema: {
        summary: "Where the log tells of a trade date: its trades and closes",
        tags,
        params: dateParam,
        response: { 200: tradeDateSchema },
      },
    },
    async ({ caller, params: { date } }) => {
      needLog(caller);
      needKept(gateway, date);
      const shards = [...gateway.records.marks.shards].flatMap(([shard, own]) => {
        const { passages = [] } = own.dates.get(date) ?? {};
        if (passages.length === 0) return [];
        const settlements = namedIn(own, passages);
        return [{ shard, passages: passages.map(passageJson), settlements }];
      });
      return { trade_date: date, shards };
    },
  );
  app.get(
    "/v1/log/trade-dates/:date/securities",
    {
      schema: {
        summary: "The securities that traded in the book on a trade date, as they were before",
        tags,
        params: dateParam,
        querystring: limitQuery,
        response: { 200: pageSchema("securities", tradedSecuritySchema) },
      },
    },
    async ({ caller, params: { date }, query }) => {
      needLog(caller);
      needKept(gateway, date);
      return pageOf("securities", securitiesOn(gateway, date), query, {
        idOf: ({ shard, symbol }) => `${shard} ${symbol}`,
        rowOf: (row) => row,
      });
    },
  );
}

function settlementsRoute(app: Server, { gateway }: DoorParts): void {
  app.get(
    "/v1/log/settlements",
    {
      schema: {
        summary: "Settlements, and where the log tells of their obligations, oldest first",
        tags,
        querystring: limitQuery.extend({
          settlement_number: z.string().max(32).optional().describe("one such as M2026100"),
        }),
        response: { 200: pageSchema("settlements", markedSettlementSchema) },
      },
    },
    async ({ caller, query }) => {
      needLog(caller);
      const { settlement_number: number } = query;
      const { marks } = gateway.records;
      const all = [...marks.shards].flatMap(([shard, { settlements }]) =>
        [...settlements.values()].map((own) => ({ shard, own })),
      );
      const isKnown = all.some(({ own }) => own.settlementNumber === number);
      if (number !== undefined && !isKnown && marks.forgottenTo !== null)
        throw tooOld(`settlement_number: ${number}`, marks.forgottenTo);
      return pageOf("settlements", all, query, {
        idOf: ({ shard, own }) => `${shard} ${own.settlementNumber}`,
        rowOf: ({ shard, own }) => settlementJson(shard, own),
        fits: ({ own }) => number === undefined || own.settlementNumber === number,
      });
    },
  );
}

function checkpointRoute(app: Server, { gateway }: DoorParts): void {
  app.get(
    "/v1/log/checkpoints/:shard",
    {
      schema: {
        summary: "A place of the log where a reader may begin, with the state it begins with",
        tags,
        params: z.object({ shard: whole.describe("a whole number, the `shard` of a place") }),
        querystring: z.strictObject({
          offset: whole.optional().describe("a whole number: the nearest at or before it"),
          command_offset: whole
            .optional()
            .describe("a whole number: the nearest before what that command caused"),
        }),
        response: { 200: checkpointSchema },
      },
    },
    async ({ caller, params: { shard }, query }) => {
      needLog(caller);
      const checkpoints = gateway.views[shard]?.checkpoints;
      if (checkpoints === undefined)
        throw new Problem(404, "SHARD_NOT_FOUND", `shard: the market has no ${shard}`);
      const { offset = Infinity, command_offset: command } = query;
      const found =
        command === undefined
          ? checkpointAt(checkpoints, offset)
          : checkpointBefore(checkpoints, command);
      if (found === undefined)
        throw new Problem(404, "CHECKPOINT_NOT_FOUND", `shard ${shard}: nothing was read yet`);
      return checkpointJson(found);
    },
  );
}

function needLog(caller: Caller): void {
  needOperations(caller, "see what all members have");
}

/** Throws `Problem` 410 for a date whose marks were let go of. */
function needKept({ records: { marks } }: DoorParts["gateway"], date: string): void {
  const { forgottenTo } = marks;
  if (forgottenTo !== null && date <= forgottenTo) throw tooOld(`date: ${date}`, forgottenTo);
}

function tooOld(what: string, forgottenTo: string): Problem {
  const detail = `${what} is older than what this gateway keeps, which begins after ${forgottenTo}; --kafka reads the log itself`;
  return new Problem(410, "NO_LONGER_KEPT", detail);
}

/** Settlements that were open anywhere in the passages. */
function namedIn({ settlements }: ShardMarks, passages: readonly Passage[]) {
  const [first, last] = [passages[0], passages.at(-1)];
  if (first === undefined || last === undefined) return [];
  return [...settlements.values()]
    .filter(
      ({ openedAt, completedAt }) =>
        openedAt < last.end && (completedAt === null || completedAt >= first.from),
    )
    .map(({ settlementNumber, tradeDate }) => ({
      settlement_number: settlementNumber,
      trade_date: tradeDate,
    }));
}

function securitiesOn({ views, records }: DoorParts["gateway"], date: string) {
  return [...records.marks.shards].flatMap(([shard, { dates }]) =>
    [...(dates.get(date)?.previousCloses ?? [])].flatMap(([symbol, closePaise]) => {
      const instrument = views[shard]?.market.instruments.get(symbol);
      if (instrument === undefined) return [];
      const { series, isin, lot, referenceClosePaise: reference } = instrument;
      const closes = { reference_close_paise: reference, previous_close_paise: closePaise };
      return [{ shard, symbol, series, isin, lot, ...closes }];
    }),
  );
}

function settlementJson(shard: number, marks: SettlementMarks) {
  return {
    shard,
    settlement_number: marks.settlementNumber,
    trade_date: marks.tradeDate,
    settlement_date: marks.settlementDate,
    passages: marks.passages.map(passageJson),
  };
}

function passageJson({ from, end }: Passage) {
  return { from_offset: from, end_offset: end };
}

function checkpointJson({ offset, epoch, nonce, seq, chain, ...rest }: ReaderState) {
  const { lastCause: last_cause, genesis } = rest;
  return { offset, epoch, nonce, seq, chain, last_cause, genesis };
}
