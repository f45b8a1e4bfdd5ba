import type { z } from "zod";
import type { Instrument } from "../../domain/facts/instrument.ts";
import { listedInstruments } from "../../domain/market.ts";
import { nseInstruments } from "../../domain/facts/nse-instruments.ts";
import { utcTime } from "../../protocol/moment.ts";
import { findBars } from "../../services/records/bars.ts";
import type { Gateway } from "../../services/gateway.ts";
import type { DoorParts } from "../door.ts";
import { pageOf, pageQuery, pageSchema } from "../page.ts";
import { instrumentSchema, marketSchema } from "../schemas.ts";
import type { Server } from "../typed-server.ts";

type MarketJson = z.infer<typeof marketSchema>;

/** Records of the log not folded yet above which a gateway's answers are too old. */
const lagMax = 1_000;

/** What everybody with a key may see: instruments, depth, prints, bars, the market's state. */
export function marketRoutes(app: Server, { gateway }: DoorParts): void {
  const { views } = gateway;
  const instrumentJson = (each: Instrument) => {
    const day = findBars(gateway.records.bars, each.symbol)?.day;
    return {
      symbol: each.symbol,
      series: each.series,
      isin: each.isin,
      face_value_paise: each.faceValuePaise,
      lot: each.lot,
      tick_paise: each.tickPaise,
      reference_close_paise: each.referenceClosePaise,
      last_price_paise: day?.lastPaise ?? null,
      volume: day?.quantity ?? 0,
    };
  };
  const tags = ["market"];
  app.get(
    "/v1/market",
    { schema: { summary: "The market in short", tags, response: { 200: marketSchema } } },
    async () => marketJson(gateway),
  );
  app.get(
    "/v1/instruments",
    {
      schema: {
        summary: "Listed and built-in instruments, by symbol",
        tags,
        querystring: pageQuery,
        response: { 200: pageSchema("instruments", instrumentSchema) },
      },
    },
    async ({ query }) => {
      const listed = new Map(
        views.flatMap(({ market }) => listedInstruments(market)).map((each) => [each.symbol, each]),
      );
      const builtIn = nseInstruments.filter(({ symbol }) => !listed.has(symbol));
      const all = [...listed.values(), ...builtIn];
      const sorted = all.toSorted((one, other) => (one.symbol < other.symbol ? -1 : 1));
      return pageOf("instruments", sorted, query, {
        idOf: ({ symbol }) => symbol,
        rowOf: (each) => ({ ...instrumentJson(each), is_listed: listed.has(each.symbol) }),
      });
    },
  );
}

/** Whether the gateway may be used: one that is `behind` would answer with what is long over. */
export function marketStatus(gateway: Gateway): MarketJson["status"] {
  if (!gateway.isCaughtUp()) return "starting";
  return gateway.lag() > lagMax ? "behind" : "open";
}

function marketJson(gateway: Gateway): MarketJson {
  const { views } = gateway;
  const participants = views.flatMap(({ market }) =>
    [...market.accounts.keys()].filter((account) => !/[/:]/.test(account)),
  );
  return {
    market_id: gateway.marketId(),
    status: marketStatus(gateway),
    clock: utcTime(Math.max(...views.map(({ market }) => market.clockMs))),
    seq: gateway.seq(),
    epoch: Math.max(...views.map(({ fold }) => fold.epoch)),
    shards: views.length,
    lag_records: gateway.lag(),
    participants: [...new Set(participants)].toSorted(),
  };
}
