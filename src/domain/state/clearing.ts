import { accountKey } from "../facts/account.ts";
import { sideName } from "../facts/affirmation.ts";
import type { AffirmationAnswered, TradeAffirmed } from "../facts/affirmation-event.ts";
import { affirmSide, beginToWait, devolveSide } from "./affirmation-evolve.ts";
import { auctionDueMs, type Auction } from "./buy-in.ts";
import type { DateText, SettlementType } from "../facts/calendar.ts";
import type { Side } from "../facts/side.ts";
import type {
  InstructionUpdated,
  MemberPaid,
  NovatedSide,
  ObligationDetermined,
  SettlementEvent,
  SettlementWorkDone,
  TradeNovated,
  TradingDayClosed,
  TradingDayOpened,
} from "../facts/clearing-event.ts";
import {
  closeDay,
  noteNegotiated,
  notePrice,
  type SymbolPrices,
  type TradingDay,
} from "./day-prices.ts";
import { countTrade, noMargins, revalueAll, uncountTrade, type Margins } from "./margin.ts";
import {
  isNetted,
  knownMember,
  openSettlement,
  positionOf,
  type GrossTrade,
  type Position,
  type Settlement,
} from "./settlement.ts";
import { nextStage, piecesOf, settlementDueMs } from "./settlement-stage.ts";
import { evolveShortfall, noShortfalls, type Shortfalls } from "./shortfall.ts";
import type { ShortfallEvent } from "../facts/shortfall-event.ts";
import { failInvariant, type Participant, type Ticker, type TimeMs } from "../facts/units.ts";

/** What a shard knows of the trades that are not settled yet. */
export type Clearing = {
  /** By number, oldest first. They leave when they are completed. */
  readonly settlements: Map<string, Settlement>;
  /** The newest settlement of each type: the one that trades join until its time. */
  readonly newest: Map<SettlementType, Settlement>;
  /** By symbol, of those with a cycle. Never emptied: a symbol keeps its close. */
  readonly prices: Map<Ticker, SymbolPrices>;
  /** Trade dates that traded and whose close is to come, oldest first. */
  readonly days: Map<DateText, TradingDay>;
  /** What lacked, and what came of it. */
  readonly shortfalls: Shortfalls;
  readonly margins: Margins;
};

/** Nothing is owed. */
export function noClearing(): Clearing {
  return {
    settlements: new Map(),
    newest: new Map(),
    prices: new Map(),
    days: new Map(),
    shortfalls: noShortfalls(),
    margins: noMargins(),
  };
}

/**
 * The settlement. Breaks where there is none: a number in an event is always an open settlement's.
 */
export function knownSettlement(clearing: Clearing, settlementNumber: string): Settlement {
  return (
    clearing.settlements.get(settlementNumber) ?? failInvariant(`${settlementNumber} is not open`)
  );
}

/** Something that clearing has to do, and when. */
export type Work = { readonly dueMs: TimeMs } & (
  | { readonly type: "Freeing"; readonly account: string }
  | { readonly type: "Margins" }
  | { readonly type: "SquareOff" }
  | { readonly type: "Day" }
  | { readonly type: "Suspension"; readonly participant: Participant }
  | { readonly type: "Auction"; readonly auction: Auction }
  | { readonly type: "Settlement"; readonly settlement: Settlement }
);

/**
 * What clearing has to do first; null where nothing is owed. At one moment: shares that a payment
 * left to be freed, margins whose basis has changed, the day's close, which close-outs need, then
 * auctions and their close-outs, and then settlements, whose pay-out waits for those.
 */
export function firstWork({ days, shortfalls, settlements, margins }: Clearing): Work | null {
  const [freeing] = shortfalls.toFree;
  if (freeing !== undefined) return { type: "Freeing", account: freeing[0], dueMs: freeing[1] };
  const { revalueAtMs } = margins;
  if (revalueAtMs !== null) return { type: "Margins", dueMs: revalueAtMs };
  let first: Work | null = null;
  const isFirst = (dueMs: TimeMs): boolean => first === null || dueMs < first.dueMs;
  for (const { closesAtMs } of days.values())
    if (isFirst(closesAtMs)) first = { type: "Day", dueMs: closesAtMs };
  const { squareOffAtMs } = margins.intraday;
  if (squareOffAtMs !== null && isFirst(squareOffAtMs))
    first = { type: "SquareOff", dueMs: squareOffAtMs };
  for (const [participant, { sinceMs, isDone }] of shortfalls.suspended)
    if (!isDone && isFirst(sinceMs)) first = { type: "Suspension", dueMs: sinceMs, participant };
  for (const auction of shortfalls.auctions.values()) {
    const dueMs = auctionDueMs(auction);
    if (isFirst(dueMs)) first = { type: "Auction", dueMs, auction };
  }
  for (const settlement of settlements.values()) {
    const dueMs = settlementDueMs(settlement);
    if (isFirst(dueMs)) first = { type: "Settlement", dueMs, settlement };
  }
  return first;
}

/**
 * Changes what is known of shares and cash that lack by one event, at the step's time and number.
 */
export function evolveLacking(
  clearing: Clearing,
  event: ShortfallEvent,
  { clockMs: nowMs, seq }: { readonly clockMs: TimeMs; readonly seq: number },
): void {
  const settlementOf = (number: string): Settlement => knownSettlement(clearing, number);
  evolveShortfall({ shortfalls: clearing.shortfalls, settlementOf, seq, nowMs }, event);
}

/** Changes what is known of settlements by one event. `nowMs` is the step's time. */
export function evolveClearing(
  clearing: Clearing,
  event: Exclude<SettlementEvent, AffirmationAnswered>,
  nowMs: TimeMs,
): void {
  switch (event.type) {
    case "SettlementOpened": {
      const settlement = openSettlement(event);
      // Open orders net with the new one from here on, no longer with that before it.
      if (clearing.newest.has(event.settlementType)) revalueAll(clearing.margins, nowMs);
      clearing.settlements.set(event.settlementNumber, settlement);
      clearing.newest.set(event.settlementType, settlement);
      return;
    }
    case "TradeNovated":
      return tradeNovated(clearing, event, nowMs);
    case "TradingDayOpened":
      return tradingDayOpened(clearing, event);
    case "TradingDayClosed":
      dayClosed(clearing, event);
      return revalueAll(clearing.margins, nowMs);
    case "SettlementStageBegun": {
      const settlement = knownSettlement(clearing, event.settlementNumber);
      if (settlement.stage === "Trading") revalueAll(clearing.margins, nowMs);
      settlement.stage = event.stage;
      settlement.work = piecesOf(settlement, event.stage);
      return;
    }
    case "SettlementWorkDone":
      return workDone(clearing, event);
    case "ObligationDetermined":
      return obligationDetermined(clearing, event);
    case "MemberObligationDetermined": {
      if (event.status === "Provisional") return;
      const settlement = knownSettlement(clearing, event.settlementNumber);
      for (const { asset, amount } of event.obligations)
        if (asset === "INR" && amount < 0) settlement.netPaise -= amount;
      return;
    }
    case "InstructionUpdated":
      return instructionUpdated(clearing, event);
    case "TradeDelivered":
      knownSettlement(clearing, event.settlementNumber).trades.delete(event.tradeId);
      return;
    case "TradesConfirmed":
      return; // the settlement counts its trades and keeps none
    case "MemberPaid":
      return memberPaid(clearing, event);
    case "SettlementCompleted":
      return completed(clearing, event.settlementNumber);
    case "AffirmationAwaited":
      return beginToWait(knownSettlement(clearing, event.settlementNumber), event);
    case "TradeAffirmed":
      return tradeAffirmed(clearing, event);
    case "TradeDevolved":
      return devolveSide(knownSettlement(clearing, event.settlementNumber), event);
  }
}

function tradeNovated(clearing: Clearing, event: TradeNovated, nowMs: TimeMs): void {
  const { settlementNumber, symbol, quantity, amountPaise, buyer, seller } = event;
  const settlement = knownSettlement(clearing, settlementNumber);
  settlement.tradeCount += 1;
  settlement.grossPaise += amountPaise;
  settlement.grossShares += quantity;
  if (isNetted(settlement)) {
    add(positionOf(settlement, buyer, "INR"), 0 - amountPaise, buyer.blocked);
    add(positionOf(settlement, buyer, symbol), quantity, 0);
    add(positionOf(settlement, seller, "INR"), amountPaise, 0);
    add(positionOf(settlement, seller, symbol), 0 - quantity, seller.blocked);
  } else settlement.trades.set(event.tradeId, grossTrade(event, buyer, seller));
  countSide(clearing, settlement, event, "BUY", nowMs);
  countSide(clearing, settlement, event, "SELL", nowMs);
  if (event.kind === "negotiated") noteNegotiated(clearing.prices, symbol, event.pricePaise);
  else notePrice(clearing.prices, openDay(clearing, settlement.tradeDate), event, nowMs);
}

function tradingDayOpened({ days }: Clearing, event: TradingDayOpened): void {
  const { tradeDate, closesAtMs, isPostClose = false } = event;
  days.set(tradeDate, { tradeDate, closesAtMs, isPostClose });
}

function openDay({ days }: Clearing, tradeDate: DateText): TradingDay {
  return days.get(tradeDate) ?? failInvariant(`${tradeDate} is not open for prices`);
}

function countSide(
  { margins }: Clearing,
  settlement: Settlement,
  event: TradeNovated,
  side: Side,
  nowMs: TimeMs,
): void {
  const holder = side === "BUY" ? event.buyer : event.seller;
  if (holder.cover === undefined) return;
  const { participant, client } = holder;
  settlement.onMargin.set(accountKey(participant, client), { participant, client });
  countTrade(margins, settlement, holder, { ...event, side }, nowMs);
}

function tradeAffirmed(clearing: Clearing, event: TradeAffirmed): void {
  const { settlementNumber, tradeId, side } = event;
  const settlement = knownSettlement(clearing, settlementNumber);
  const from = settlement.pending.get(sideName(tradeId, side));
  affirmSide(settlement, event);
  // What nothing was blocked for stood on a margin of the member's own account.
  if (from?.blocked === 0)
    uncountTrade(
      clearing.margins,
      settlement,
      { participant: from.participant, client: null },
      from,
    );
}

function grossTrade(
  { tradeId, symbol, quantity, amountPaise }: TradeNovated,
  buyer: NovatedSide,
  seller: NovatedSide,
): GrossTrade {
  const of = ({ participant, client, blocked }: NovatedSide): GrossTrade["buyer"] => {
    return { participant, client, blocked };
  };
  return { tradeId, symbol, quantity, amountPaise, buyer: of(buyer), seller: of(seller) };
}

function add(position: Position, net: number, blocked: number): void {
  position.net += net;
  position.blocked += blocked;
}

function dayClosed(clearing: Clearing, event: TradingDayClosed): void {
  let oldestDate = event.tradeDate;
  for (const { tradeDate } of clearing.settlements.values())
    if (tradeDate < oldestDate) oldestDate = tradeDate;
  for (const { tradeDate } of clearing.shortfalls.lots.values())
    if (tradeDate < oldestDate) oldestDate = tradeDate;
  closeDay(clearing.prices, event, oldestDate);
  clearing.days.delete(event.tradeDate);
}

function workDone(clearing: Clearing, { settlementNumber, pieces }: SettlementWorkDone): void {
  const settlement = knownSettlement(clearing, settlementNumber);
  const { work, stage } = settlement;
  for (let count = 0; count < pieces; count += 1) {
    const piece = work.pop() ?? failInvariant(`${settlementNumber} had less work than was done`);
    // What was blocked and not needed has gone back by the piece's own journal.
    const isPayIn = stage === "PayInShares" || stage === "PayInCash";
    if (isPayIn && piece.type === "Position")
      positionOf(settlement, piece, piece.asset).blocked = 0;
  }
}

function obligationDetermined(clearing: Clearing, event: ObligationDetermined): void {
  if (event.status === "Provisional") return;
  const settlement = knownSettlement(clearing, event.settlementNumber);
  for (const { asset, amount } of event.obligations)
    if (asset !== "INR" && amount < 0) settlement.netShares -= amount;
}

function instructionUpdated(clearing: Clearing, event: InstructionUpdated): void {
  const { settlementNumber, participant, asset, movement, settledAmount } = event;
  const settlement = knownSettlement(clearing, settlementNumber);
  const position = positionOf(settlement, event, asset);
  const moved = settledAmount - position.settled;
  position.settled = settledAmount;
  if (asset !== "INR") return;
  const member = knownMember(settlement, participant);
  member.transitPaise += movement === "DELI" ? moved : 0 - moved;
}

function memberPaid(clearing: Clearing, event: MemberPaid): void {
  const { settlementNumber, participant, direction, paidPaise } = event;
  const settlement = knownSettlement(clearing, settlementNumber);
  const member = knownMember(settlement, participant);
  const sign = direction === "PayIn" ? 1 : -1;
  settlement.cashPaise += sign * paidPaise;
  member.transitPaise -= sign * paidPaise;
}

function completed(clearing: Clearing, settlementNumber: string): void {
  const settlement = knownSettlement(clearing, settlementNumber);
  if (settlement.work.length > 0 || nextStage(settlement) !== undefined)
    failInvariant(`${settlementNumber} completes before its end`);
  clearing.settlements.delete(settlementNumber);
  if (clearing.newest.get(settlement.settlementType) === settlement)
    clearing.newest.delete(settlement.settlementType);
}
