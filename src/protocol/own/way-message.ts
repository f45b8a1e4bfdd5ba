import { z } from "zod";
import { accountKey, type Holder } from "../../domain/facts/account.ts";
import type { Step } from "../../domain/facts/event.ts";
import type { Journal } from "../../domain/facts/journal.ts";
import { utcTime } from "../moment.ts";
import { draft, type Draft, type StepContext } from "./public-record.ts";
import { place, utcMoment, version } from "./public-fields.ts";
import { legSchema, settlementLeg } from "./settlement-message.ts";
import type { StepRef } from "./trade-message.ts";
import {
  settlementStatuses,
  tradeStates,
  type InstructionChange,
  type TradeChange,
  type WayChange,
} from "../ways/way-change.ts";

const settlement = {
  settlement_number: z.string().describe("NSE Clearing's, as in M2026100"),
  settlement_date: z.string().describe("the day of pay-in and pay-out"),
};

const shares = z.int().nonnegative();

/** A trade with a cycle has gone a step on its way, on `sauda.settlements`. */
export const tradeChangeSchema = z.object({
  v: version,
  type: z.literal("Trade").describe("a trade with a cycle; missing: a trade that settled at once"),
  settlement_id: z.string().describe("of this record"),
  trade_id: z.string(),
  status: z
    .enum(settlementStatuses)
    .describe("ISO 20022 (sese.024, sese.025); BoughtIn and ClosedOut are NSE Clearing's"),
  reason: z
    .enum(["FUTU", "CLAC", "MONY"])
    .nullable()
    .describe("its date is to come; the shares lack; the buyer's money lacks"),
  state: z.enum(tradeStates).describe("how far it is; Settled, ClosedOut and Failed are ends"),
  side: z.enum(["BUY", "SELL"]).nullable().describe("whose custodian it is about"),
  symbol: z.string(),
  isin: z.string().nullable(),
  quantity: z.int().positive(),
  amount_paise: z.int().positive(),
  ...settlement,
  settled_quantity: shares.describe("received by the buyer so far"),
  short_quantity: shares.describe("not received with the others"),
  bought_in_quantity: shares.describe("of these, bought in"),
  closed_out_quantity: shares.describe("of these, closed out in cash"),
  legs: z
    .array(legSchema)
    .describe("what moved by the trade: four legs at its end, of what was received; else none"),
  settled_at: utcMoment.nullable().describe("its end"),
  at: utcMoment,
  ...place,
});

const wholeAmount = z.int().nonnegative().nullable();

/** What an account delivers or receives in a settlement has changed, on `sauda.settlements`. */
export const instructionChangeSchema = z.object({
  v: version,
  type: z.literal("Instruction").describe("net of one asset of one account in a settlement"),
  settlement_id: z.string().describe("of this record"),
  instruction_id: z.string(),
  status: z.enum(settlementStatuses),
  reason: z
    .enum(["FUTU", "LACK", "CLAC", "MONY", "CMON"])
    .nullable()
    .describe("its date is to come; own or the other side's shares lack; own or the other's money"),
  state: z.enum(["Netted", "PaidIn", "PaidOut", "Short", "BoughtIn", "ClosedOut"]),
  ...settlement,
  account: z.string(),
  asset: z.string().describe("INR, or a symbol"),
  isin: z.string().nullable(),
  movement: z.enum(["DELI", "RECE"]).describe("delivers or receives, shares or money"),
  quantity: wholeAmount.describe("shares; null for INR"),
  amount_paise: wholeAmount.describe("null for shares"),
  settled_quantity: wholeAmount,
  settled_paise: wholeAmount,
  last_qty: z.int().positive().nullable().describe("shares found short, bought in or closed out"),
  last_price_paise: z.int().positive().nullable().describe("at what price"),
  at: utcMoment,
  ...place,
});

/** What is said of a trade on its way. */
export type TradeChangeMessage = z.infer<typeof tradeChangeSchema>;
/** What is said of an instruction. */
export type InstructionChangeMessage = z.infer<typeof instructionChangeSchema>;

/** The record of a change, for those whose trade or account it is. */
export function wayDraft(context: StepContext, change: WayChange): Draft {
  const { step, shard, seq } = context;
  const stepRef = { at: utcTime(step.at), shard, seq };
  const topic = "sauda.settlements";
  const id = wayId(step, shard, change);
  if (change.type === "Instruction") {
    const key = change.instructionId;
    const concerns = [change.participant];
    return draft(context, { topic, key, id, concerns }, instructionMessage(change, id, stepRef));
  }
  const key = change.trade.tradeId;
  const concerns = partiesOf(change);
  return draft(context, { topic, key, id, concerns }, tradeChangeMessage(change, id, stepRef));
}

/** The id of a change's record: the event's name, and whose change it is. */
export function wayId(step: Step, shard: number, change: WayChange): string {
  const whose =
    change.type === "Trade" ? change.trade.tradeId : `${change.asset}-${change.movement}`;
  return `S-${shard}-${step.cause.offset}-${step.part}-${change.eventIndex}-${whose}`;
}

/** Who traded and who settles it, each once. */
function partiesOf({ trade, buyer, seller }: TradeChange): string[] {
  const traded = [trade.buy.participant, trade.sell.participant];
  return [...new Set([...traded, buyer.participant, seller.participant])];
}

/** The message of a trade's change; `id` is its own. */
export function tradeChangeMessage(
  change: TradeChange,
  id: string,
  { at, shard, seq }: StepRef,
): TradeChangeMessage {
  const { trade, state } = change;
  const isEnded = state === "Settled" || state === "ClosedOut" || state === "Failed";
  return {
    v: 1,
    type: "Trade",
    settlement_id: id,
    trade_id: trade.tradeId,
    status: change.status,
    reason: change.reason,
    state,
    side: change.side,
    symbol: trade.symbol,
    isin: trade.isin,
    quantity: trade.quantity,
    amount_paise: trade.amountPaise,
    settlement_number: change.settlementNumber,
    settlement_date: change.settlementDate,
    settled_quantity: change.delivered,
    short_quantity: change.short,
    bought_in_quantity: change.boughtIn,
    closed_out_quantity: change.closedOut,
    legs: isEnded && change.delivered > 0 ? legsOf(change) : [],
    settled_at: isEnded ? at : null,
    at,
    shard,
    seq,
  };
}

/** What the shares that a buyer received are worth at the trade's price. */
function deliveredPaise({ trade, delivered }: TradeChange): number {
  return trade.pricePaise * delivered;
}

function legsOf(change: TradeChange): TradeChangeMessage["legs"] {
  const { trade, delivered, buyer, seller } = change;
  const [to, from] = [keyOf(buyer), keyOf(seller)];
  const paise = deliveredPaise(change);
  const { symbol: asset } = trade;
  const postings: Journal["postings"] = [
    { account: to, asset: "INR", bucket: "free", amount: 0 - paise },
    { account: from, asset: "INR", bucket: "free", amount: paise },
    { account: from, asset, bucket: "free", amount: 0 - delivered },
    { account: to, asset, bucket: "free", amount: delivered },
  ];
  return postings.map(settlementLeg);
}

/** The message of an instruction's change; `id` is its own. */
export function instructionMessage(
  change: InstructionChange,
  id: string,
  { at, shard, seq }: StepRef,
): InstructionChangeMessage {
  const { asset, amount, settledAmount, lot } = change;
  const isCash = asset === "INR";
  return {
    v: 1,
    type: "Instruction",
    settlement_id: id,
    instruction_id: change.instructionId,
    status: change.status,
    reason: change.reason,
    state: change.state,
    settlement_number: change.settlementNumber,
    settlement_date: change.settlementDate,
    account: keyOf(change),
    asset,
    isin: change.isin,
    movement: change.movement,
    quantity: isCash ? null : amount,
    amount_paise: isCash ? amount : null,
    settled_quantity: isCash ? null : settledAmount,
    settled_paise: isCash ? settledAmount : null,
    last_qty: lot?.quantity ?? null,
    last_price_paise: lot?.pricePaise ?? null,
    at,
    shard,
    seq,
  };
}

function keyOf({ participant, client }: Holder): string {
  return accountKey(participant, client);
}
