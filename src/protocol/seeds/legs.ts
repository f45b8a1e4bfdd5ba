import { z } from "zod";
import type { TradeExecuted } from "../../domain/facts/trade-event.ts";
import { kolkataTime } from "../moment.ts";
import type { Draft, StepContext } from "../own/public-record.ts";
import { kolkataMoment, nameUuid } from "../own/public-fields.ts";
import { rupeesAsPythonFloat } from "../rupees.ts";
import { uuidV5 } from "../uuid.ts";
import type { TopicName } from "../topics.ts";

const shares = z.int().positive();
const amount = z.number().positive().describe("rupees, written as Python writes a float");
const ours = {
  trade_id: z.string(),
  account: z.string().describe("the buyer's account"),
};
/** Flow A's shares for the buyer. */
export const dematAllocationSchema = z.object({
  type: z.literal("Demat_allocation"),
  action: z.literal("DEMAT"),
  symbol: z.string().describe("as the buyer sent it"),
  qty: shares,
  transfer_id: nameUuid,
  ...ours,
  order_id: z.string().describe("the buyer's own id, or the one made for the order"),
  timestamp: kolkataMoment,
});

/** Flow A's payment by the buyer. */
export const cashMovementSchema = z.object({
  type: z.literal("Cash_movement"),
  action: z.literal("DEBIT"),
  amount,
  movement_id: nameUuid,
  ...ours,
  order_id: z.string().describe("the buyer's own id, or the one made for the order"),
  timestamp: kolkataMoment,
});

/** Flow B's shares for the buyer. */
export const dematTransferSchema = z.object({
  transfer_id: nameUuid,
  from_entity: z.literal("NSE"),
  to_entity: z.string().describe("the buyer"),
  stock_symbol: z.string().describe("as the buyer sent it"),
  quantity: shares,
  order_id: z.string().describe("the buyer's own id"),
  timestamp: kolkataMoment,
  ...ours,
});

/** Flow B's payment by the buyer, who is named in `to_entity` as the seed did. */
export const cashMovementsSchema = z.object({
  movement_id: nameUuid,
  from_entity: z.literal("NSE"),
  to_entity: z.string().describe("the buyer, who pays"),
  amount,
  order_id: z.string().describe("the buyer's own id"),
  description: z.string(),
  timestamp: kolkataMoment,
  ...ours,
  direction: z.literal("DEBIT").describe("the true direction for the buyer"),
});

/**
 * What of a trade moved for its buyer: all of it, or less where the rest was closed out in cash.
 */
type MovedTrade = Pick<
  TradeExecuted,
  "tradeId" | "kind" | "buy" | "pricePaise" | "quantity" | "amountPaise"
> & { /** The account that took the shares. */ readonly account: string };

/** The buyer's two legs of a settled trade, shares first, as the seeds' readers expect them. */
export function seedLegs(context: StepContext, trade: MovedTrade): Draft[] {
  return trade.kind === "negotiated" ? flowA(context, trade) : flowB(context, trade);
}

type Leg = {
  readonly dematId: string;
  readonly cashId: string;
  readonly amount: unknown;
  readonly order_id: string | null;
  readonly timestamp: string;
  readonly account: string;
};

function leg({ marketId, step }: StepContext, trade: MovedTrade): Leg {
  const { buy, tradeId, account } = trade;
  return {
    dematId: uuidV5(`${marketId}/${tradeId}/DEMAT`),
    cashId: uuidV5(`${marketId}/${tradeId}/CASH`),
    amount: rawJson(rupeesAsPythonFloat(trade.amountPaise)),
    order_id: buy.clientOrderId ?? buy.orderId,
    timestamp: kolkataTime(step.at),
    account,
  };
}

function flowA(context: StepContext, trade: MovedTrade): Draft[] {
  const { dematId, cashId, amount: rupees, order_id, timestamp, account } = leg(context, trade);
  const demat = {
    type: "Demat_allocation",
    action: "DEMAT",
    symbol: trade.buy.symbolAsSent,
    qty: trade.quantity,
    transfer_id: dematId,
    trade_id: trade.tradeId,
    account,
    order_id,
    timestamp,
  };
  const cash = {
    type: "Cash_movement",
    action: "DEBIT",
    amount: rupees,
    movement_id: cashId,
    trade_id: trade.tradeId,
    account,
    order_id,
    timestamp,
  };
  return [seedDraft("Demat_allocation", dematId, demat), seedDraft("Cash_movement", cashId, cash)];
}

function flowB(context: StepContext, trade: MovedTrade): Draft[] {
  const { dematId, cashId, amount: rupees, order_id, timestamp, account } = leg(context, trade);
  const { buy, quantity, tradeId } = trade;
  const entities = { from_entity: "NSE", to_entity: buy.participant };
  const price = rupeesAsPythonFloat(trade.pricePaise);
  const demat = {
    transfer_id: dematId,
    ...entities,
    stock_symbol: buy.symbolAsSent,
    quantity,
    order_id,
    timestamp,
    trade_id: tradeId,
    account,
  };
  const cash = {
    movement_id: cashId,
    ...entities,
    amount: rupees,
    order_id,
    description: `Payment for ${quantity} ${buy.symbolAsSent} stocks @ ₹${price}`,
    timestamp,
    trade_id: tradeId,
    account,
    direction: "DEBIT",
  };
  return [seedDraft("demat-transfers", dematId, demat), seedDraft("cash-movements", cashId, cash)];
}

/** The seeds' topics have one partition and no keys. */
function seedDraft(topic: TopicName, id: string, message: object): Draft {
  return { topic, partition: 0, key: null, value: JSON.stringify(message), id };
}

/**
 * A number that keeps its text, as in `98500.0`. TypeScript's library does not know it yet
 * (Node 24).
 */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown };
