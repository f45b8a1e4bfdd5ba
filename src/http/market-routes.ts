import { z } from "zod";
import type { Instrument } from "../domain/instrument.ts";
import { listedInstruments } from "../domain/market.ts";
import { nseInstruments } from "../domain/nse-instruments.ts";
import { utcTime } from "../protocol/moment.ts";
import { findBars } from "../services/bars.ts";
import type { DoorParts } from "./door.ts";
import { instrumentSchema, marketSchema } from "./schemas.ts";
import type { Server } from "./server.ts";

/** What everybody with a key may see: instruments, depth, prints, bars, the market's state. */
export function marketRoutes(app: Server, parts: DoorParts): void {
  const { records, views } = parts.gateway;
  const instrumentJson = (each: Instrument) => {
    const day = findBars(records.bars, each.symbol)?.day;
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
    async () => marketJson(parts),
  );
  app.get(
    "/v1/instruments",
    {
      schema: {
        summary: "Listed and built-in instruments, by symbol",
        tags,
        response: { 200: z.object({ instruments: z.array(instrumentSchema) }) },
      },
    },
    async () => {
      const listed = new Map(
        views.flatMap(({ market }) => listedInstruments(market)).map((each) => [each.symbol, each]),
      );
      const builtIn = nseInstruments.filter(({ symbol }) => !listed.has(symbol));
      const all = [
        ...[...listed.values()].map((each) => ({ ...instrumentJson(each), is_listed: true })),
        ...builtIn.map((each) => ({ ...instrumentJson(each), is_listed: false })),
      ];
      return { instruments: all.toSorted((one, other) => (one.symbol < other.symbol ? -1 : 1)) };
    },
  );
}

/** The market in short. */
export function marketJson({ gateway }: DoorParts): z.infer<typeof marketSchema> {
  const { views } = gateway;
  const lag = views.reduce((sum, _, shard) => sum + gateway.lag(shard), 0);
  const participants = views.flatMap(({ market }) =>
    [...market.accounts.keys()].filter((account) => !/[/:]/.test(account)),
  );
  const first = views[0];
  return {
    market_id: first?.fold.genesis?.marketId ?? "",
    status: !gateway.isCaughtUp() ? "starting" : lag > 1000 ? "behind" : "open",
    clock: utcTime(Math.max(...views.map(({ market }) => market.clockMs))),
    seq: views.reduce((sum, { fold }) => sum + fold.seq, 0),
    epoch: Math.max(...views.map(({ fold }) => fold.epoch)),
    shards: views.length,
    lag_records: lag,
    participants: [...new Set(participants)].toSorted(),
  };
}
