import type { AwaitedSide } from "./affirmation.ts";
import type { AffirmTrade } from "./command.ts";
import type { Side } from "./side.ts";
import type { Participant } from "./units.ts";

/** A side of a trade waits for its custodian's word. Its `TradeNovated` is in the same step. */
export type AffirmationAwaited = AwaitedSide & { readonly type: "AffirmationAwaited" };

/**
 * A custodian's word counts: the outcome of its command. What follows from it is in the same step.
 */
export type AffirmationAnswered = Omit<AffirmTrade, "type"> & {
  readonly type: "AffirmationAnswered";
};

/**
 * The custodian settles the side for its client: what is due has moved to that account by the
 * journal named.
 */
export type TradeAffirmed = {
  readonly type: "TradeAffirmed";
  readonly settlementNumber: string;
  readonly tradeId: string;
  readonly side: Side;
  readonly custodian: Participant;
  /** Of the custodian: whom it settles for. */
  readonly client: string;
  readonly journalId: string;
  /** Paise of a buyer, shares of a seller, blocked for it in the custodian's account. */
  readonly blocked: number;
};

/**
 * The side stays the trading member's own: its custodian rejected it, or was silent at the cut-off.
 * Nothing moves, as it stood on the member's own account since the trade.
 */
export type TradeDevolved = {
  readonly type: "TradeDevolved";
  readonly settlementNumber: string;
  readonly tradeId: string;
  readonly side: Side;
  readonly reason: "REJECTED" | "CUT_OFF";
  readonly custodian: Participant;
  readonly participant: Participant;
};
