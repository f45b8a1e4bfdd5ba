import { getOrMake } from "../facts/get-or-make.ts";
import { accountKey, type Holder } from "../facts/account.ts";
import type { AwaitedSide } from "../facts/affirmation.ts";
import type { DateText, SettlementType } from "../facts/calendar.ts";
import type { Asset } from "../facts/journal.ts";
import {
  failInvariant,
  type Paise,
  type Participant,
  type Quantity,
  type Ticker,
} from "../facts/units.ts";
import type { Schedule, Stage } from "../facts/clearing-event.ts";

/** What is kept of a side that waits no longer, until its settlement is completed. */
export type EndedSide = {
  readonly custodian: Participant;
  readonly symbol: Ticker;
  readonly end: "affirmed" | "devolved";
};

/** One account's net of one asset in one settlement: paise of INR or shares. */
export type Position = {
  /** Above zero it receives, below zero it delivers or pays. Trades change it, nothing else. */
  net: number;
  /** How much of that has moved. */
  settled: number;
  /** Blocked in the account for this settlement. */
  blocked: number;
  /**
   * Of what it delivers or receives: shares bought in or closed out instead, by lots of their own;
   * cash that defaulters owe it instead.
   */
  short: number;
};

/** An account's positions in a settlement. */
export type AccountPositions = Holder & {
  readonly account: string;
  readonly assets: Map<Asset, Position>;
};

/**
 * A member in a settlement: its accounts by key, and its cash of the settlement in its
 * transit bucket.
 */
export type MemberPositions = {
  readonly accounts: Map<string, AccountPositions>;
  transitPaise: number;
  /** What even the guarantee fund lacked for it, and no receiver has gone without yet. */
  lackingPaise: number;
};

/** A trade that settles by itself: series BE, or bought in an auction. */
export type GrossTrade = {
  readonly tradeId: string;
  readonly symbol: Ticker;
  readonly quantity: Quantity;
  readonly amountPaise: Paise;
  readonly buyer: Holder & { readonly blocked: number };
  readonly seller: Holder & { readonly blocked: number };
};

/**
 * A piece of a stage's work: an account, a member, a position, a trade that settles by itself, a
 * side that waits, or netted trades in a row, counted from 0 in the order of their novation.
 */
export type Piece =
  | (Holder & { readonly type: "Account" })
  | { readonly type: "Member"; readonly participant: Participant }
  | (Holder & { readonly type: "Position"; readonly asset: Asset })
  | { readonly type: "Trade"; readonly tradeId: string }
  | { readonly type: "Trades"; readonly first: number; readonly count: number }
  | { readonly type: "Side"; readonly name: string };

/** A settlement from its first trade until it is completed. */
export type Settlement = {
  readonly settlementNumber: string;
  readonly settlementType: SettlementType;
  readonly tradeDate: DateText;
  readonly settlementDate: DateText;
  readonly schedule: Schedule;
  stage: Stage;
  /** What is left of the stage's work, next one last. */
  work: Piece[];
  /** Netted trades by member. Empty where trades settle by themselves. */
  readonly members: Map<Participant, MemberPositions>;
  /** Trades that settle by themselves, by id. Empty where they are netted. */
  readonly trades: Map<string, GrossTrade>;
  /**
   * Sides of trades that wait for their custodians, by `sideName`, oldest first. Emptied at
   * the cut-off.
   */
  readonly pending: Map<string, AwaitedSide>;
  /** What became of those that wait no longer. */
  readonly ended: Map<string, EndedSide>;
  /** Accounts that traded in it on margin, by key. */
  readonly onMargin: Map<string, Holder>;
  tradeCount: number;
  grossPaise: number;
  grossShares: number;
  netPaise: number;
  netShares: number;
  /** Paid in and not paid out, in the clearing corporation's transit bucket. */
  cashPaise: number;
};

/**
 * The most that the trades of one settlement may be worth, so that no sum of it leaves the
 * safe integers.
 */
export const grossMaxPaise: number = 2 ** 49;

/** A settlement without trades. */
export function openSettlement(
  opening: Pick<
    Settlement,
    "settlementNumber" | "settlementType" | "tradeDate" | "settlementDate" | "schedule"
  >,
): Settlement {
  const { settlementNumber, settlementType, tradeDate, settlementDate, schedule } = opening;
  return {
    settlementNumber,
    settlementType,
    tradeDate,
    settlementDate,
    schedule,
    stage: "Trading",
    work: [],
    members: new Map(),
    trades: new Map(),
    pending: new Map(),
    ended: new Map(),
    onMargin: new Map(),
    tradeCount: 0,
    grossPaise: 0,
    grossShares: 0,
    netPaise: 0,
    netShares: 0,
    cashPaise: 0,
  };
}

/** True if the trades of the settlement are netted against each other. */
export function isNetted({ settlementType }: Pick<Settlement, "settlementType">): boolean {
  return settlementType === "M" || settlementType === "5";
}

/** The account's position, made when its first trade comes. */
export function positionOf(settlement: Settlement, holder: Holder, asset: Asset): Position {
  const { assets } = accountOf(memberOf(settlement, holder.participant), holder);
  return getOrMake(assets, asset, () => ({ net: 0, settled: 0, blocked: 0, short: 0 }));
}

/** The account's position; undefined where it has none. */
export function findPosition(
  settlement: Settlement,
  { participant, client }: Holder,
  asset: Asset,
): Position | undefined {
  const member = settlement.members.get(participant);
  return member?.accounts.get(accountKey(participant, client))?.assets.get(asset);
}

/** The member's accounts and cash. Breaks where it has none in this settlement. */
export function knownMember(settlement: Settlement, participant: Participant): MemberPositions {
  return (
    settlement.members.get(participant) ??
    failInvariant(`${participant} has nothing in ${settlement.settlementNumber}`)
  );
}

/** How much of the position is left to move, not counting what comes another way. */
export function leftOf({ net, settled, short }: Position): number {
  return Math.abs(net) - settled - short;
}

function memberOf(settlement: Settlement, participant: Participant): MemberPositions {
  const nothing = (): MemberPositions => ({
    accounts: new Map(),
    transitPaise: 0,
    lackingPaise: 0,
  });
  return getOrMake(settlement.members, participant, nothing);
}

function accountOf(member: MemberPositions, { participant, client }: Holder): AccountPositions {
  return getOrMake(member.accounts, accountKey(participant, client), (account) => ({
    participant,
    client,
    account,
    assets: new Map(),
  }));
}
