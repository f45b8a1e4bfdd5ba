import { getOrMake } from "../facts/get-or-make.ts";
import { accountKey, type Holder } from "../facts/account.ts";
import type { DateText } from "../facts/calendar.ts";
import type { ChargeOwner } from "./journal.ts";
import type { ChargedTrade, SettledAs } from "./security.ts";
import type { TradeNovated } from "../facts/clearing-event.ts";
import type { Side } from "../facts/side.ts";
import type { MarketEvent, Step } from "../facts/event.ts";
import type { TradeExecuted, TradeSide } from "../facts/trade-event.ts";
import { noteTradeDate, tradeDateOf, type TradeDates } from "../facts/trade-date.ts";
import type { TimeMs } from "../facts/units.ts";

/** A settlement number, as in `M2026216`, and its date. */
export type TradeSettlement = { readonly number: string; readonly date: DateText };

/**
 * An account's side of a trade; times in ms since 1970 UTC. `orderedAtMs` null: it had no order.
 * `settlement` null: settled at once.
 */
export type AccountTrade = ChargedTrade & {
  readonly orderedAtMs: number | null;
  readonly tradedAtMs: number;
  readonly settlement: TradeSettlement | null;
};

/** An account's trades of one day, oldest first. */
export type AccountDay = ChargeOwner & { readonly trades: readonly AccountTrade[] };

/** Trades by account and day, in the order of their first trade; and what later steps refer to. */
export type AccountDays = {
  /** Whose trades are kept; the others' are passed over. */
  readonly wants: (holder: Holder) => boolean;
  readonly byDay: Map<string, ChargeOwner & { readonly trades: AccountTrade[] }>;
  readonly orderedAtMs: Map<string, TimeMs>;
  readonly tradeDates: TradeDates;
};

/** No trades yet. */
export function newAccountDays(wants: (holder: Holder) => boolean): AccountDays {
  return { wants, byDay: new Map(), orderedAtMs: new Map(), tradeDates: new Map() };
}

/**
 * The days so far, by account and then by date. Trades of several shards come together by
 * their time.
 */
export function listAccountDays({ byDay }: AccountDays): readonly AccountDay[] {
  return [...byDay]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { trades, ...owner }]) => ({
      ...owner,
      trades: trades.toSorted((one, other) => one.tradedAtMs - other.tradedAtMs),
    }));
}

/**
 * Adds a step's trades to both sides' days. A trade with a settlement number is of that
 * settlement's trade date, one settled at once of its own day in India. Steps come in the order of
 * their shard's log.
 */
export function noteAccountDays(days: AccountDays, { events, at }: Step): void {
  const novated = new Map<string, TradeNovated>();
  for (const event of events) {
    noteOrder(days, event, at);
    noteTradeDate(days.tradeDates, event);
    if (event.type === "TradeNovated") novated.set(event.tradeId, event);
  }
  for (const event of events) {
    if (event.type !== "TradeExecuted") continue;
    const novation = novated.get(event.tradeId);
    addSide(days, { trade: event, side: "BUY", of: event.buy, novation, at });
    addSide(days, { trade: event, side: "SELL", of: event.sell, novation, at });
  }
}

function noteOrder({ orderedAtMs, wants }: AccountDays, event: MarketEvent, at: TimeMs): void {
  if (event.type === "OrderAccepted" && wants(event)) orderedAtMs.set(event.orderId, at);
}

type TradedSide = {
  readonly trade: TradeExecuted;
  readonly side: Side;
  readonly of: TradeSide;
  readonly novation: TradeNovated | undefined;
  readonly at: TimeMs;
};

function addSide(days: AccountDays, { trade, side, of, novation, at }: TradedSide): void {
  if (!days.wants(of)) return;
  const { participant: member, client, orderId } = of;
  const number = novation?.settlementNumber;
  const date = tradeDateOf(days.tradeDates, number, at);
  const key = `${accountKey(member, client)} ${date}`;
  const day = getOrMake(days.byDay, key, () => ({ member, client, date, trades: [] }));
  day.trades.push({
    tradeId: trade.tradeId,
    orderId,
    symbol: trade.symbol,
    isin: trade.isin,
    side,
    quantity: trade.quantity,
    pricePaise: trade.pricePaise,
    settledAs: settledAs(number),
    orderedAtMs: orderId === null ? null : (days.orderedAtMs.get(orderId) ?? null),
    tradedAtMs: at,
    settlement:
      novation === undefined
        ? null
        : { number: novation.settlementNumber, date: novation.settlementDate },
  });
}

/**
 * Types M and 5 are netted; type Z, and what has no settlement number, is delivered trade by trade.
 */
function settledAs(settlementNumber: string | undefined): SettledAs {
  return settlementNumber !== undefined && /^[M5]/.test(settlementNumber) ? "netted" : "delivery";
}
