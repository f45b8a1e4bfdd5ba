import { z } from "zod";
import type { TradeExecuted, TradeSettled } from "../../domain/facts/trade-event.ts";
import type { Journal, Posting } from "../../domain/facts/journal.ts";
import { utcTime } from "../moment.ts";
import { draft, type Draft, type StepContext } from "./public-record.ts";
import { place, utcMoment, version } from "./public-fields.ts";
import type { StepRef, TradeFacts } from "./trade-message.ts";

const shareLegSchema = z.object({
  account: z.string(),
  asset: z.string(),
  direction: z.enum(["DELI", "RECE"]).describe("delivers or receives shares"),
  quantity: z.int().positive(),
});

const cashLegSchema = z.object({
  account: z.string(),
  asset: z.literal("INR"),
  direction: z.enum(["DEBIT", "CREDIT"]),
  amount_paise: z.int().positive(),
});

/** What moved into or out of one account. */
export const legSchema = z.union([cashLegSchema, shareLegSchema]);

/** A trade that settled at once, with all its legs, on `sauda.settlements`. */
export const settlementSchema = z.object({
  v: version,
  settlement_id: z.string(),
  trade_id: z.string(),
  status: z.literal("Settled"),
  symbol: z.string(),
  isin: z.string().nullable(),
  quantity: z.int().positive(),
  amount_paise: z.int().positive(),
  legs: z
    .array(legSchema)
    .length(4)
    .describe("account, asset, direction (DELI, RECE, DEBIT, CREDIT), quantity or amount_paise"),
  settled_at: utcMoment,
  ...place,
});

/** A message of `sauda.settlements`. */
export type SettlementMessage = z.infer<typeof settlementSchema>;
type SettlementLeg = z.infer<typeof legSchema>;

/** The settlement with the four legs of its delivery against payment. */
export function settlementDraft(
  context: StepContext,
  settled: TradeSettled,
  trade: TradeExecuted,
  journal: Journal,
): Draft {
  const { step, shard, seq } = context;
  const stepRef = { at: utcTime(step.at), shard, seq };
  const message = settlementMessage(settled, trade, journal, stepRef);
  const concerns = [trade.buy.participant, trade.sell.participant];
  const [key, id] = [trade.tradeId, settled.settlementId];
  return draft(context, { topic: "sauda.settlements", key, id, concerns }, message);
}

/** The message of a settlement. */
export function settlementMessage(
  settled: TradeSettled,
  trade: TradeFacts,
  journal: Journal,
  { at, shard, seq }: StepRef,
): SettlementMessage {
  return {
    v: 1,
    settlement_id: settled.settlementId,
    trade_id: trade.tradeId,
    status: "Settled",
    symbol: trade.symbol,
    isin: trade.isin,
    quantity: trade.quantity,
    amount_paise: trade.amountPaise,
    legs: journal.postings.map(settlementLeg),
    settled_at: at,
    shard,
    seq,
  };
}

/** A posting as a leg. */
export function settlementLeg({ account, asset, amount }: Posting): SettlementLeg {
  const moved = Math.abs(amount);
  if (asset !== "INR")
    return { account, asset, direction: amount < 0 ? "DELI" : "RECE", quantity: moved };
  return { account, asset: "INR", direction: amount < 0 ? "DEBIT" : "CREDIT", amount_paise: moved };
}
