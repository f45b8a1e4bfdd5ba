import type { Holder } from "../../domain/facts/account.ts";
import type { InstructionStatus } from "../../domain/facts/clearing-event.ts";
import type { Step } from "../../domain/facts/event.ts";
import type { TradeExecuted } from "../../domain/facts/trade-event.ts";
import type { Asset } from "../../domain/facts/journal.ts";

/** Where a trade with a cycle may be on its way. `Settled`, `ClosedOut` and `Failed` are ends. */
export const tradeStates = [
  "Novated",
  "AwaitingAffirmation",
  "Affirmed",
  "Devolved",
  "Short",
  "BoughtIn",
  "PartiallySettled",
  "Settled",
  "ClosedOut",
  "Failed",
] as const;

/** One of them. */
export type TradeState = (typeof tradeStates)[number];

/** ISO 20022's words for it (sese.024, sese.025), and the two ends that have none there. */
export const settlementStatuses = [
  "Pending",
  "Settled",
  "PartiallySettled",
  "Failing",
  "BoughtIn",
  "ClosedOut",
] as const satisfies readonly ("Pending" | InstructionStatus | "BoughtIn" | "ClosedOut")[];

/** One of them. */
type SettlementStatus = (typeof settlementStatuses)[number];

/** A trade in a settlement, until it has ended. Shares of it, all in all `trade.quantity`. */
export type TradeWay = {
  readonly trade: TradeExecuted;
  readonly settlementNumber: string;
  readonly settlementDate: string;
  /** The accounts it binds: a custodian's client's once it is affirmed. */
  buyer: Holder;
  seller: Holder;
  /**
   * Not received with the others. Of these: bought in for it, received of those, and closed out.
   */
  short: number;
  boughtIn: number;
  boughtInReceived: number;
  closedOut: number;
  /** All that the buyer received. */
  delivered: number;
};

/** A trade has gone a step on its way. Its numbers are as of then. */
export type TradeChange = Readonly<TradeWay> & {
  readonly type: "Trade";
  /** The event that says so, in its step. */
  readonly eventIndex: number;
  readonly state: TradeState;
  readonly status: SettlementStatus;
  readonly reason: "FUTU" | "CLAC" | "MONY" | null;
  /** Whose custodian spoke or is to speak. */
  readonly side: "BUY" | "SELL" | null;
};

/** What an account delivers or receives of an asset in a settlement: paise of INR or shares. */
export type Instruction = Holder & {
  readonly instructionId: string;
  readonly settlementNumber: string;
  readonly settlementDate: string;
  readonly asset: Asset;
  readonly isin: string | null;
  readonly movement: "DELI" | "RECE";
  readonly amount: number;
  settledAmount: number;
};

/** Where an instruction is on its way. */
type InstructionState = "Netted" | "PaidIn" | "PaidOut" | "Short" | "BoughtIn" | "ClosedOut";

/** An instruction has changed. */
export type InstructionChange = Readonly<Instruction> & {
  readonly type: "Instruction";
  readonly eventIndex: number;
  readonly state: InstructionState;
  readonly status: SettlementStatus;
  readonly reason: "FUTU" | "LACK" | "CLAC" | "MONY" | "CMON" | null;
  /**
   * Of a lot that was found short, bought in or closed out: its shares, and the price where there
   * is one.
   */
  readonly lot: { readonly quantity: number; readonly pricePaise: number | null } | null;
};

/** What a step changed on the way of trades and instructions. */
export type WayChange = TradeChange | InstructionChange;

/** A step with what it changed: all that is said of it comes from these two. */
export type TakenStep = { readonly step: Step; readonly changes: readonly WayChange[] };
