import type { Holder } from "./account.ts";
import type {
  AffirmationAnswered,
  AffirmationAwaited,
  TradeAffirmed,
  TradeDevolved,
} from "./affirmation-event.ts";
import type { DateText, SettlementType } from "./calendar.ts";
import type { Cover } from "./clearing-terms.ts";
import type { TradeExecuted } from "./trade-event.ts";
import { fundsTypes, type FundsEvent } from "./funds-event.ts";
import type { Asset } from "./journal.ts";
import { marginTypes, type MarginEvent } from "./margin-event.ts";
import { shortfallTypes, type ShortfallEvent } from "./shortfall-event.ts";
import type { Paise, Participant, PricePaise, Quantity, Ticker, TimeMs } from "./units.ts";

/** The moments of a settlement. Null: it has no such thing. */
export type Schedule = {
  /** Trades join it until then; then obligations are provisional. */
  readonly tradedUntilMs: TimeMs;
  readonly affirmUntilMs: TimeMs | null;
  readonly finalAtMs: TimeMs | null;
  readonly payInAtMs: TimeMs;
  readonly auctionFromMs: TimeMs | null;
  readonly auctionUntilMs: TimeMs | null;
  readonly closeOutAtMs: TimeMs | null;
  readonly payOutAtMs: TimeMs | null;
};

/**
 * What a settlement does, in this order; `Delivery` is all that one without netting does.
 * `Devolution` is left out where no trade waits for a custodian.
 */
export type Stage =
  | "Trading"
  | "Provisional"
  | "Devolution"
  | "Final"
  | "PayInShares"
  | "Margins"
  | "PayInCash"
  | "Shortages"
  | "PayOutCash"
  | "PayOutShares"
  | "Confirmation"
  | "Delivery";

/** The first trade of a settlement: from here on it has a number and its moments. */
export type SettlementOpened = {
  readonly type: "SettlementOpened";
  readonly settlementNumber: string;
  readonly settlementType: SettlementType;
  readonly tradeDate: DateText;
  readonly settlementDate: DateText;
  readonly schedule: Schedule;
};

/**
 * A side of a novated trade: the account it binds. `blocked`: paise of a buyer, shares of a seller,
 * that stay blocked for it. `cover` is there where a margin stands in for them.
 */
export type NovatedSide = Holder & {
  readonly blocked: number;
  readonly cover?: Exclude<Cover, "full">;
};

/**
 * The clearing corporation stands between the sides: what they owe each other they now owe it,
 * by the eight postings of the journal. Its `TradeExecuted` is in the same step; no
 * `TradeSettled` comes.
 */
export type TradeNovated = {
  readonly type: "TradeNovated";
  readonly tradeId: string;
  readonly settlementNumber: string;
  readonly settlementDate: DateText;
  readonly journalId: string;
  readonly kind: TradeExecuted["kind"];
  readonly symbol: Ticker;
  readonly quantity: Quantity;
  readonly pricePaise: PricePaise;
  readonly amountPaise: Paise;
  readonly buyer: NovatedSide;
  readonly seller: NovatedSide;
};

/**
 * The first trade in the book of a trade date, the same as its settlement's. `isPostClose`: the
 * first after the date's close; its prices close when the date ends.
 */
export type TradingDayOpened = {
  readonly type: "TradingDayOpened";
  readonly tradeDate: DateText;
  readonly closesAtMs: TimeMs;
  readonly isPostClose?: true;
};

/** A symbol's close and highest price of a day. */
export type DayPrices = {
  readonly symbol: Ticker;
  readonly closePaise: PricePaise;
  readonly highPaise: PricePaise;
};

/**
 * The close of each symbol that traded on the trade date; the others keep the close they had. Said
 * at the close, and again at the date's end if something traded in between.
 */
export type TradingDayClosed = {
  readonly type: "TradingDayClosed";
  readonly tradeDate: DateText;
  readonly prices: readonly DayPrices[];
};

/**
 * A settlement goes on to its next stage. The work of the stage is what the settlement holds now.
 */
type SettlementStageBegun = {
  readonly type: "SettlementStageBegun";
  readonly settlementNumber: string;
  readonly stage: Stage;
};

/** So many pieces of the stage's work are done, by the events before. */
export type SettlementWorkDone = {
  readonly type: "SettlementWorkDone";
  readonly settlementNumber: string;
  readonly pieces: number;
};

/**
 * Net of one asset: paise of INR or shares; above zero it receives, below zero it delivers or pays.
 */
export type Obligation = { readonly asset: Asset; readonly amount: number };

/**
 * What an account has to deliver, pay and receive. Once final, each line that is not zero is an
 * instruction, Pending for its date (ISO 20022: FUTU) until pay-in says more.
 */
export type ObligationDetermined = Holder & {
  readonly type: "ObligationDetermined";
  readonly settlementNumber: string;
  readonly status: "Provisional" | "Final";
  readonly obligations: readonly Obligation[];
};

/** The same of a member: the sum over its accounts. */
type MemberObligationDetermined = {
  readonly type: "MemberObligationDetermined";
  readonly settlementNumber: string;
  readonly status: "Provisional" | "Final";
  readonly participant: Participant;
  readonly obligations: readonly Obligation[];
};

/**
 * How far an instruction is (ISO 20022 sese.024). `BoughtIn` and `ClosedOut` are said by events of
 * their own.
 */
export type InstructionStatus = "Settled" | "PartiallySettled" | "Failing";

/**
 * Why it is not settled (ISO 20022): own shares or the other side's lack, own money or the other
 * side's does. The other side is the clearing corporation.
 */
type InstructionReason = "LACK" | "CLAC" | "MONY" | "CMON";

/**
 * The outcome of an instruction: what one account delivers or receives of one asset in
 * a settlement.
 */
export type InstructionUpdated = Holder & {
  readonly type: "InstructionUpdated";
  readonly instructionId: string;
  readonly settlementNumber: string;
  readonly asset: Asset;
  readonly movement: "DELI" | "RECE";
  readonly amount: number;
  readonly settledAmount: number;
  readonly status: InstructionStatus;
  readonly reason: InstructionReason | null;
};

/** A trade that settles by itself is settled: shares and cash moved in the journal named. */
type TradeDelivered = {
  readonly type: "TradeDelivered";
  readonly settlementNumber: string;
  readonly tradeId: string;
  readonly journalId: string;
};

/**
 * The pay-out is over for so many netted trades, `first` counted from 0 in the order of their
 * novation in the settlement: each is settled, or waits for what of it is short (ISO 20022
 * sese.025). No more of them in a step than it can tell of.
 */
type TradesConfirmed = {
  readonly type: "TradesConfirmed";
  readonly settlementNumber: string;
  readonly first: number;
  readonly count: number;
};

/** A member's cash of a settlement has gone to the clearing corporation, or come from it. */
export type MemberPaid = {
  readonly type: "MemberPaid";
  readonly settlementNumber: string;
  readonly participant: Participant;
  readonly direction: "PayIn" | "PayOut";
  readonly paidPaise: number;
};

/**
 * Everything of the settlement is paid out, bought in or closed out. Its positions leave the state.
 */
export type SettlementCompleted = {
  readonly type: "SettlementCompleted";
  readonly settlementNumber: string;
  readonly trades: number;
  /** What would have moved trade by trade, and what members paid in net. */
  readonly grossPaise: number;
  readonly netPaise: number;
  readonly grossShares: number;
  readonly netShares: number;
  /** What netting saved of the cash, in hundredths of a percent. */
  readonly savedBasisPoints: number;
};

/** What happens to trades that do not settle at once, as long as everybody delivers and pays. */
export type SettlementEvent =
  | SettlementOpened
  | TradeNovated
  | TradingDayOpened
  | TradingDayClosed
  | SettlementStageBegun
  | SettlementWorkDone
  | ObligationDetermined
  | MemberObligationDetermined
  | InstructionUpdated
  | TradeDelivered
  | TradesConfirmed
  | MemberPaid
  | SettlementCompleted
  | AffirmationAwaited
  | AffirmationAnswered
  | TradeAffirmed
  | TradeDevolved;

/**
 * Everything that happens after a trade that does not settle at once, and what moves in and out of
 * the market.
 */
export type ClearingEvent = SettlementEvent | ShortfallEvent | MarginEvent | FundsEvent;

/** True for an event of clearing. Readers that have nothing to do with it ask this first. */
export function isClearingEvent<Event extends { readonly type: string }>(
  event: Event,
): event is Event & ClearingEvent {
  return clearingTypes.has(event.type);
}

const clearingTypes: ReadonlySet<string> = new Set([
  ...shortfallTypes,
  ...marginTypes,
  ...fundsTypes,
  ...Object.keys({
    SettlementOpened: true,
    TradeNovated: true,
    TradingDayOpened: true,
    TradingDayClosed: true,
    SettlementStageBegun: true,
    SettlementWorkDone: true,
    ObligationDetermined: true,
    MemberObligationDetermined: true,
    InstructionUpdated: true,
    TradeDelivered: true,
    TradesConfirmed: true,
    MemberPaid: true,
    SettlementCompleted: true,
    AffirmationAwaited: true,
    AffirmationAnswered: true,
    TradeAffirmed: true,
    TradeDevolved: true,
  } satisfies Record<SettlementEvent["type"], true>),
]);
