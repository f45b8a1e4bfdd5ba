import { accountKey, type Holder } from "../../domain/facts/account.ts";
import type { TradeExecuted } from "../../domain/facts/trade-event.ts";
import { failInvariant } from "../../domain/facts/units.ts";
import type {
  Instruction,
  InstructionChange,
  TradeChange,
  TradeState,
  TradeWay,
  WayChange,
} from "./way-change.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";

/** A settlement until its last trade has ended. */
type SettlementWay = {
  readonly settlementNumber: string;
  readonly settlementDate: string;
  /** In the order of their novation. */
  readonly trades: TradeWay[];
  /** By account and symbol, in the order in which they came to the buyer's account. */
  readonly bought: Map<string, Map<string, TradeWay>>;
  readonly instructions: Map<string, Instruction>;
  open: number;
  isCompleted: boolean;
};

/** Shares of one receiver's that came short. */
export type LotWay = {
  readonly settlementNumber: string;
  readonly account: string;
  readonly symbol: string;
};

/**
 * Trades that have a cycle and have not ended: a fold of the log, from its first step. Nothing of
 * it lasts longer than what is unsettled.
 */
export type TradeWays = {
  readonly byId: Map<string, TradeWay>;
  readonly settlements: Map<string, SettlementWay>;
  readonly lots: Map<string, LotWay>;
  /** Trades of auctions: what they bring in, and for which lot. */
  readonly auctioned: Map<string, LotWay & { readonly quantity: number }>;
  readonly isins: Map<string, string | null>;
};

/** A step that is being taken in. */
export type Taking = {
  readonly ways: TradeWays;
  readonly changes: WayChange[];
  eventIndex: number;
  /** The step's last trade: what is novated comes right after it. */
  executed: TradeExecuted | null;
};

/** The trade has ended once every share of it was received or closed out. */
export function endIfWhole(taking: Taking, way: TradeWay): void {
  const { delivered: received, closedOut: closed, trade } = way;
  if (received + closed === trade.quantity) {
    const state = closed === 0 ? "Settled" : "ClosedOut";
    return end(taking, way, { state, status: state, reason: null, side: null });
  }
  if (received === 0) return;
  const status = "PartiallySettled";
  tell(taking, way, { state: status, status, reason: "CLAC", side: null });
}

/** Where a trade is, and why. */
type TradeStanding = Pick<TradeChange, "state" | "status" | "reason" | "side">;

/** The trade has ended: it leaves. */
export function end(taking: Taking, way: TradeWay, standing: TradeStanding): void {
  const { ways } = taking;
  tell(taking, way, standing);
  ways.byId.delete(way.trade.tradeId);
  const settlement = knownSettlement(taking, way.settlementNumber);
  settlement.open -= 1;
  leaveIfOver(ways, settlement);
}

/** The settlement leaves with the last of its trades, once it is completed. */
export function leaveIfOver(
  ways: TradeWays,
  { settlementNumber, open, isCompleted }: SettlementWay,
): void {
  if (open > 0 || !isCompleted) return;
  ways.settlements.delete(settlementNumber);
  for (const [lotId, lot] of ways.lots)
    if (lot.settlementNumber === settlementNumber) ways.lots.delete(lotId);
}

/** Still to be settled, on its date. */
export function pending(state: TradeState, side: TradeChange["side"]): TradeStanding {
  return { state, status: "Pending", reason: "FUTU", side };
}

/** Says how far a trade is. */
export function tell(
  { changes, eventIndex }: Taking,
  way: TradeWay,
  standing: TradeStanding,
): void {
  changes.push({ type: "Trade", eventIndex, ...way, ...standing });
}

/** Says how far an instruction is. */
export function tellInstruction(
  { changes, eventIndex }: Taking,
  instruction: Instruction,
  standing: Pick<InstructionChange, "state" | "status" | "reason" | "lot">,
): void {
  changes.push({ type: "Instruction", eventIndex, ...instruction, ...standing });
}

/** The trades by which an account bought a symbol. */
export function boughtBy(
  { bought }: SettlementWay,
  { participant, client }: Holder,
  symbol: string,
): Map<string, TradeWay> {
  const key = `${accountKey(participant, client)} ${symbol}`;
  return getOrMake(bought, key, () => new Map());
}

/** The trade on its way. Breaks where there is none. */
export function knownTrade({ ways }: Taking, tradeId: string): TradeWay {
  return ways.byId.get(tradeId) ?? failInvariant(`${tradeId} is not on its way`);
}

/** The settlement. Breaks where there is none. */
export function knownSettlement({ ways }: Taking, settlementNumber: string): SettlementWay {
  return ways.settlements.get(settlementNumber) ?? failInvariant(`${settlementNumber} is not open`);
}
