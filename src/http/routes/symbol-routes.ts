import { z } from "zod";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import { printSchema } from "../../protocol/own/trade-message.ts";
import { newestFirst } from "../../services/records/arrivals.ts";
import { barLengthsMs, findBars } from "../../services/records/bars.ts";
import type { Gateway } from "../../services/gateway.ts";
import type { DoorParts } from "../door.ts";
import { pageOf, pageSchema } from "../page.ts";
import { limitQuery, symbolParam, wholeQuery } from "./params.ts";
import { barSchema, depthSchema } from "../schemas.ts";
import type { Server } from "../typed-server.ts";
import { printJson } from "../journey/trade-json.ts";
import { depthJson } from "../wire.ts";

/** One symbol's market: depth, bars, prints. */
export function symbolRoutes(app: Server, { gateway }: DoorParts): void {
  depthRoute(app, gateway);
  barsRoute(app, gateway);
  printsRoute(app, gateway);
}

const tags = ["market"];

const barsSchema = z.object({
  bars: z.array(barSchema),
  seq: z.int().describe("the shard's last step in these bars: later trades are not in them"),
});

function depthRoute(app: Server, gateway: Gateway): void {
  app.get(
    "/v1/depth/:symbol",
    {
      schema: {
        summary: "The book of a symbol, best price first",
        tags,
        params: symbolParam,
        querystring: z.strictObject({
          levels: wholeQuery(z.int().min(1).max(20)).default(5).describe("a whole number, 1 to 20"),
        }),
        response: { 200: depthSchema },
      },
    },
    async ({ params, query }) => {
      const symbol = canonicalSymbol(params.symbol);
      return depthJson(gateway.viewOf(symbol).market, gateway.records, symbol, query.levels);
    },
  );
}

function barsRoute(app: Server, gateway: Gateway): void {
  app.get(
    "/v1/bars/:symbol",
    {
      schema: {
        summary: "Trades of the book by spans of time, oldest first",
        tags,
        params: symbolParam,
        querystring: z.strictObject({
          length_ms: wholeQuery(z.literal(barLengthsMs))
            .default(60_000)
            .describe(barLengthsMs.join(", ")),
        }),
        response: { 200: barsSchema },
      },
    },
    async ({ params, query }) => {
      const symbol = canonicalSymbol(params.symbol);
      const own = findBars(gateway.records.bars, symbol);
      const bars = (own?.spans.get(query.length_ms) ?? []).map((bar) => ({
        start_ms: bar.startMs,
        open_paise: bar.openPaise,
        high_paise: bar.highPaise,
        low_paise: bar.lowPaise,
        close_paise: bar.closePaise,
        quantity: bar.quantity,
        trades: bar.trades,
      }));
      return { bars, seq: gateway.viewOf(symbol).market.seq };
    },
  );
}

function printsRoute(app: Server, gateway: Gateway): void {
  app.get(
    "/v1/prints/:symbol",
    {
      schema: {
        summary: "The tape of a symbol, newest first: it names nobody",
        tags,
        params: symbolParam,
        querystring: limitQuery,
        response: { 200: pageSchema("trades", printSchema) },
      },
    },
    async ({ params, query }) => {
      const { records } = gateway;
      const own = records.trades.ofSymbol.get(canonicalSymbol(params.symbol));
      return pageOf("trades", newestFirst(own, records.trades.byId.get(query.after ?? "")), query, {
        idOf: ({ trade }) => trade.tradeId,
        rowOf: printJson,
      });
    },
  );
}
