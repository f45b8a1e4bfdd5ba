import type { Side } from "./side.ts";
import type { Paise, Participant, PricePaise, Quantity, Ticker } from "./units.ts";

/** One side of a trade, with what became of its order. Ids are null where the side had no order. */
export type TradeSide = {
  readonly orderId: string | null;
  readonly clientOrderId: string | null;
  readonly participant: Participant;
  readonly client: string | null;
  /** Who is to affirm this side and settle it for its client. */
  readonly custodian?: Participant;
  readonly symbolAsSent: string;
  readonly orderQuantity: Quantity;
  readonly orderPricePaise: PricePaise | null;
  readonly cumQuantity: Quantity;
  readonly leavesQuantity: number;
};

/** Two sides traded. `aggressor` is the incoming side; null for a negotiated trade. */
export type TradeExecuted = {
  readonly type: "TradeExecuted";
  readonly tradeId: string;
  readonly kind: "book" | "negotiated";
  readonly symbol: Ticker;
  readonly isin: string | null;
  readonly quantity: Quantity;
  readonly pricePaise: PricePaise;
  readonly amountPaise: Paise;
  readonly buy: TradeSide;
  readonly sell: TradeSide;
  readonly aggressor: Side | null;
};

/**
 * Shares and cash of a trade without a cycle moved in the journal named. Its `TradeExecuted` is in
 * the same step.
 */
export type TradeSettled = {
  readonly type: "TradeSettled";
  readonly settlementId: string;
  readonly tradeId: string;
  readonly journalId: string;
};
