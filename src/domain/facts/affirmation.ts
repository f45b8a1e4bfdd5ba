import type { Side } from "./side.ts";
import type { Paise, Participant, PricePaise, Quantity, Ticker, TimeMs } from "./units.ts";

/**
 * A side of a novated trade that waits for its custodian's word, on the member's own account
 * until then.
 */
export type AwaitedSide = {
  readonly settlementNumber: string;
  readonly tradeId: string;
  readonly side: Side;
  readonly custodian: Participant;
  /** The trading member, and the custodian's client that it traded for. */
  readonly participant: Participant;
  readonly client: string;
  readonly symbol: Ticker;
  readonly quantity: Quantity;
  readonly pricePaise: PricePaise;
  readonly amountPaise: Paise;
  /** Paise of a buyer, shares of a seller, blocked for it in the member's own account. */
  readonly blocked: number;
  /** Silence ends then. */
  readonly affirmUntilMs: TimeMs;
};

/** Names a side of a trade: `T-0-7-0-0/BUY`. */
export function sideName(tradeId: string, side: Side): string {
  return `${tradeId}/${side}`;
}
