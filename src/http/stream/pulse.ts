import type { MarketEvent } from "../../domain/facts/event.ts";
import { findBars } from "../../services/records/bars.ts";
import type { DoorParts } from "../door.ts";

/** What happened since the last message of the channel `market`. */
export type Pulse = {
  orders: number;
  trades: number;
  readonly traded: Set<string>;
  sentAtMs: number;
};

/** Nothing has happened yet. */
export function newPulse(elapsedMs: number): Pulse {
  return { orders: 0, trades: 0, traded: new Set(), sentAtMs: elapsedMs };
}

/** Counts an event. */
export function notePulse(pulse: Pulse, event: MarketEvent): void {
  if (event.type === "OrderAccepted") pulse.orders += 1;
  if (event.type !== "TradeExecuted") return;
  pulse.trades += 1;
  if (event.kind === "book") pulse.traded.add(event.symbol);
}

/** The message's fields, and the counts begin anew. */
export function takePulse(pulse: Pulse, { gateway }: DoorParts): object {
  const sentAtMs = gateway.clock.elapsedMs();
  const message = {
    seq: gateway.seq(),
    orders: pulse.orders,
    trades: pulse.trades,
    interval_ms: Math.round(sentAtMs - pulse.sentAtMs),
    lag_records: gateway.lag(),
    pending: gateway.pending(),
    prices: [...pulse.traded].flatMap((symbol) => {
      const day = findBars(gateway.records.bars, symbol)?.day;
      if (day === undefined || day.lastPaise === null) return [];
      return [{ symbol, last_price_paise: day.lastPaise, volume: day.quantity }];
    }),
  };
  pulse.traded.clear();
  Object.assign(pulse, { orders: 0, trades: 0, sentAtMs });
  return message;
}
