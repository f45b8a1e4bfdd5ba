import { z } from "zod";
import type { TradeExecuted, TradeSide } from "../../domain/facts/trade-event.ts";
import { utcTime } from "../moment.ts";
import { draft, type Address, type Draft, type StepContext } from "./public-record.ts";
import { place, utcMoment, version } from "./public-fields.ts";

/** A trade, on `sauda.trades`. */
export const tradeSchema = z.object({
  v: version,
  trade_id: z.string().describe("T-, shard, offset of the command, part, index"),
  symbol: z.string(),
  isin: z.string().nullable(),
  quantity: z.int().positive(),
  price_paise: z.int().positive(),
  amount_paise: z.int().positive(),
  buy_order_id: z.string().nullable(),
  sell_order_id: z.string().nullable().describe("null for a negotiated trade"),
  buyer: z.string(),
  seller: z.string(),
  kind: z.enum(["book", "negotiated"]),
  aggressor: z.enum(["BUY", "SELL"]).nullable().describe("null for a negotiated trade"),
  executed_at: utcMoment,
  ...place,
});

/** What is said of a trade: of its sides only whose they are, and their orders. */
export type TradeFacts = Omit<TradeExecuted, "type" | "buy" | "sell"> & {
  readonly buy: Pick<TradeSide, "orderId" | "participant">;
  readonly sell: Pick<TradeSide, "orderId" | "participant">;
};

/** A message of `sauda.trades`. */
export type TradeMessage = z.infer<typeof tradeSchema>;

/**
 * A trade on the tape: for everybody, so nobody is named in it. `trade_id` is the match number by
 * which the two that traded know theirs.
 */
export const printSchema = tradeSchema.omit({
  buy_order_id: true,
  sell_order_id: true,
  buyer: true,
  seller: true,
});

/** A trade as the tape has it. */
export type PrintMessage = z.infer<typeof printSchema>;

/** Which step a message is of, and when that was: every message ends with it. */
export type StepRef = { readonly at: string; readonly shard: number; readonly seq: number };

/** The trade for everybody. */
export function tradeDraft(context: StepContext, trade: TradeExecuted): Draft {
  const { step, shard, seq } = context;
  const message = tradeMessage(trade, { at: utcTime(step.at), shard, seq });
  const concerns = [trade.buy.participant, trade.sell.participant];
  const address: Address = {
    topic: "sauda.trades",
    key: trade.symbol,
    id: trade.tradeId,
    concerns,
  };
  return draft(context, address, message);
}

/** The message of a trade. */
export function tradeMessage(trade: TradeFacts, { at, shard, seq }: StepRef): TradeMessage {
  return {
    v: 1,
    trade_id: trade.tradeId,
    symbol: trade.symbol,
    isin: trade.isin,
    quantity: trade.quantity,
    price_paise: trade.pricePaise,
    amount_paise: trade.amountPaise,
    buy_order_id: trade.buy.orderId,
    sell_order_id: trade.sell.orderId,
    buyer: trade.buy.participant,
    seller: trade.sell.participant,
    kind: trade.kind,
    aggressor: trade.aggressor,
    executed_at: at,
    shard,
    seq,
  };
}

/** The trade as the tape has it. */
export function printMessage(trade: TradeExecuted, stepRef: StepRef): PrintMessage {
  const {
    buy_order_id: _1,
    sell_order_id: _2,
    buyer: _3,
    seller: _4,
    ...print
  } = tradeMessage(trade, stepRef);
  return print;
}
