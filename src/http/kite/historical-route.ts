import { z } from "zod";
import { shortened } from "../../protocol/unreadable.ts";
import { barsKept, findBars, type Bar } from "../../services/records/bars.ts";
import type { Server } from "../typed-server.ts";
import { candleLengths, candlesOf } from "./candles.ts";
import { inputError } from "./kite-error.ts";
import { success, type KiteParts } from "./kite-parts.ts";
import { kiteTime, readKiteTime, spanStart } from "./kite-time.ts";

/** Candles of an instrument, from bars as far as they are kept. */
export function historicalRoute(kite: Server, { gateway, tokens }: KiteParts): void {
  kite.get(
    "/instruments/historical/:token/:interval",
    { config: { readCost: 2 }, schema: { params: which, querystring: span } },
    async ({ params, query }) => {
      const symbol = tokens.findByToken(Number(params.token))?.symbol;
      if (symbol === undefined)
        throw inputError(`instrument_token ${params.token}: not in the list of /instruments`);
      const length = candleLengths.get(params.interval);
      if (length === undefined) throw inputError(unknownInterval(params.interval));
      const fromMs = readMoment("from", query.from);
      const toMs = readMoment("to", query.to);
      const kept = findBars(gateway.records.bars, symbol)?.spans.get(length.barMs) ?? [];
      refuseForgotten(kept, fromMs);
      const bars = kept.filter(({ startMs }) => {
        const candleMs = spanStart(startMs, length.lengthMs);
        return candleMs >= fromMs && candleMs <= toMs;
      });
      return success({ candles: candlesOf(bars, length.lengthMs, query.oi === "1") });
    },
  );
}

const which = z.object({ token: z.string().regex(/^\d{1,10}$/), interval: z.string().max(20) });
const moment = z.string().max(30);
const span = z.object({ from: moment, to: moment, oi: z.string().max(1).optional() });

function unknownInterval(interval: string): string {
  const known = [...candleLengths.keys()].join(", ");
  return `interval: found ${shortened(interval)}, send one of ${known}: there are no trading days yet`;
}

function readMoment(field: string, text: string): number {
  const atMs = readKiteTime(text);
  if (atMs !== null) return atMs;
  throw inputError(
    `${field}: found ${shortened(text)}, send India's time such as 2026-01-05 09:15:00`,
  );
}

/**
 * Candles that would lack trades are not told: the oldest bars are let go of above the number kept.
 */
function refuseForgotten(kept: readonly Bar[], fromMs: number): void {
  const [oldest] = kept;
  if (oldest === undefined || kept.length < barsKept || fromMs >= oldest.startMs) return;
  const since = kiteTime(oldest.startMs);
  throw inputError(`from: candles are kept since ${since}, ask for none before`);
}
