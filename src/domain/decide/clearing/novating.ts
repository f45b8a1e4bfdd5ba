import { accountKey, clearingCorporation } from "../../facts/account.ts";
import {
  dateOf,
  dayAt,
  dayOf,
  momentOf,
  nextSettlementDay,
  settlementNumber,
  settlementSlot,
  tradeDayAt,
  type Day,
  type SettlementSlot,
  type SettlementType,
} from "../../facts/calendar.ts";
import { knownSettlement } from "../../state/clearing.ts";
import type { SettlementOpened, Schedule } from "../../facts/clearing-event.ts";
import type { Side } from "../../facts/side.ts";
import {
  inForce,
  type ClearingTerms,
  type Cover,
  type Timetable,
} from "../../facts/clearing-terms.ts";
import { closeDaysIfDue } from "./closing-days.ts";
import { emit, post, type Decision } from "../decision.ts";
import type { TradeExecuted } from "../../facts/trade-event.ts";
import type { Instrument } from "../../facts/instrument.ts";
import { holderOf } from "../../state/order.ts";
import { grossMaxPaise, type Settlement } from "../../state/settlement.ts";
import { failInvariant } from "../../facts/units.ts";
import { clearingTerms, settlementTypeOf } from "../cycle.ts";
import { moveBucket } from "../../facts/journal.ts";

/** A trade in an instrument with a cycle, just executed. */
type NovableTrade = Pick<
  TradeExecuted,
  "tradeId" | "kind" | "symbol" | "quantity" | "pricePaise" | "amountPaise" | "buy" | "sell"
> & { readonly buyCover: Cover; readonly sellCover: Cover };

/**
 * Puts the clearing corporation between the sides of a trade. What was blocked for a side's order
 * stays blocked for the settlement: of a seller that is early pay-in. The seller of a negotiated
 * trade had no order, so its shares are blocked here.
 */
export function novate(decision: Decision, instrument: Instrument, trade: NovableTrade): void {
  closeDaysIfDue(decision);
  const { tradeId, kind, symbol, quantity, pricePaise, amountPaise, buyCover, sellCover } = trade;
  const settlement = settlementFor(decision, instrument);
  const { settlementNumber: number, settlementDate } = settlement;
  const [buyer, seller] = [accountOf(trade.buy), accountOf(trade.sell)];
  if (kind === "book") openDay(decision, settlement);
  else if (sellCover === "full") {
    const shares = { account: seller, asset: symbol, amount: quantity };
    post(decision, "BLOCK", tradeId, moveBucket({ ...shares, from: "free", to: "blocked" }));
  }
  const ccp = clearingCorporation;
  // Written out: every trade of T+1 posts it, and four spreads cost a seventh of deciding an order.
  const journalId = post(decision, "NOVATION", tradeId, [
    { account: buyer, asset: "INR", bucket: "due", amount: 0 - amountPaise },
    { account: ccp, asset: "INR", bucket: "due", amount: amountPaise },
    { account: ccp, asset: "INR", bucket: "due", amount: 0 - amountPaise },
    { account: seller, asset: "INR", bucket: "due", amount: amountPaise },
    { account: seller, asset: symbol, bucket: "due", amount: 0 - quantity },
    { account: ccp, asset: symbol, bucket: "due", amount: quantity },
    { account: ccp, asset: symbol, bucket: "due", amount: 0 - quantity },
    { account: buyer, asset: symbol, bucket: "due", amount: quantity },
  ]);
  emit(decision, {
    type: "TradeNovated",
    tradeId,
    settlementNumber: number,
    settlementDate,
    journalId,
    kind,
    symbol,
    quantity,
    pricePaise,
    amountPaise,
    buyer: side(trade.buy, buyCover, amountPaise),
    seller: side(trade.sell, sellCover, quantity),
  });
  askCustodian(decision, settlement, trade, "BUY");
  askCustodian(decision, settlement, trade, "SELL");
}

/** True if the settlement that a trade of now joins can take so many paise more and stay exact. */
export function settlementHasRoom(
  { market }: Decision,
  instrument: Instrument,
  amountPaise: number,
): boolean {
  if (instrument.settlement === undefined) return true;
  const joined = findTrading(market, settlementTypeOf(instrument));
  return (joined?.grossPaise ?? 0) + amountPaise <= grossMaxPaise;
}

function accountOf(side: TradeExecuted["buy"]): string {
  const { participant, client } = holderOf(side);
  return accountKey(participant, client);
}

function side(tradeSide: TradeExecuted["buy"], cover: Cover, amount: number) {
  const { participant, client } = holderOf(tradeSide);
  return cover === "full"
    ? { participant, client, blocked: amount }
    : { participant, client, blocked: 0, cover };
}

/** A side with a custodian is the member's own until that has said yes. */
function askCustodian(
  decision: Decision,
  { settlementNumber: number, schedule }: Settlement,
  trade: NovableTrade,
  which: Side,
): void {
  const { tradeId, symbol, quantity, pricePaise, amountPaise } = trade;
  const isBuy = which === "BUY";
  const { participant, client, custodian } = isBuy ? trade.buy : trade.sell;
  if (custodian === undefined) return;
  const { affirmUntilMs } = schedule;
  if (client === null || affirmUntilMs === null)
    failInvariant(`${tradeId} has a custodian, and no client or no time to affirm`);
  const isCovered = (isBuy ? trade.buyCover : trade.sellCover) === "full";
  emit(decision, {
    type: "AffirmationAwaited",
    settlementNumber: number,
    tradeId,
    side: which,
    custodian,
    participant,
    client,
    symbol,
    quantity,
    pricePaise,
    amountPaise,
    blocked: isCovered ? (isBuy ? amountPaise : quantity) : 0,
    affirmUntilMs,
  });
}

/** The settlement of a type that trades of now join, if one of them has opened it. */
function findTrading(
  { clearing, clockMs }: Decision["market"],
  type: SettlementType,
): Settlement | undefined {
  const newest = clearing.newest.get(type);
  return newest !== undefined && clockMs < newest.schedule.tradedUntilMs ? newest : undefined;
}

function settlementFor(decision: Decision, instrument: Instrument): Settlement {
  const { market } = decision;
  const type = settlementTypeOf(instrument);
  const joined = findTrading(market, type);
  if (joined !== undefined) return joined;
  const opened = openingOf(clearingTerms(decision), type, market.clockMs);
  emit(decision, opened);
  return knownSettlement(market.clearing, opened.settlementNumber);
}

function openingOf(
  terms: ClearingTerms,
  type: SettlementType,
  nowMs: Decision["market"]["clockMs"],
): SettlementOpened {
  const { calendar, timetables } = terms;
  const isSameDay = type === "5";
  const today = inForce(timetables, dateOf(dayAt(nowMs)));
  const endMinute = isSameDay ? today.sameDayObligationsMinute : today.provisionalMinute;
  const tradeDay = tradeDayAt(calendar, nowMs, endMinute, isSameDay);
  const slot = settlementSlot(calendar, tradeDay);
  return {
    type: "SettlementOpened",
    settlementNumber: settlementNumber(terms, type, tradeDay),
    settlementType: type,
    tradeDate: dateOf(tradeDay),
    settlementDate: dateOf(isSameDay ? tradeDay : slot.day),
    schedule: isSameDay
      ? sameDaySchedule(inForce(timetables, dateOf(tradeDay)), tradeDay)
      : nextDaySchedule(terms, tradeDay, slot, type === "Z"),
  };
}

/** Without an auction: T+0 is closed out at once. */
function sameDaySchedule(times: Timetable, day: Day): Schedule {
  const obligationsAtMs = momentOf(day, times.sameDayObligationsMinute);
  return {
    tradedUntilMs: obligationsAtMs,
    affirmUntilMs: null,
    finalAtMs: obligationsAtMs,
    payInAtMs: momentOf(day, times.sameDayPayInMinute),
    auctionFromMs: null,
    auctionUntilMs: null,
    closeOutAtMs: null,
    payOutAtMs: momentOf(day, times.sameDayPayOutMinute),
  };
}

/**
 * Trade for trade is delivered at the pay-in's time, each trade by itself, and closed out at once.
 * The second settlement of a day is paid in after the first is paid out, and has no auction of its
 * own: what lacks joins the next one's, on the settlement day after. Source: NSE Clearing
 * CMPT73292, CMPT75670.
 */
function nextDaySchedule(
  { calendar, timetables }: ClearingTerms,
  tradeDay: Day,
  { day, round }: SettlementSlot,
  isGross: boolean,
): Schedule {
  const timesOn = (of: Day): Timetable => inForce(timetables, dateOf(of));
  const times = timesOn(day);
  const { payInMinute, payOutMinute } = times.rounds[round];
  const auctionDay = round === 0 ? day : nextSettlementDay(calendar, day);
  const auction = timesOn(auctionDay);
  return {
    tradedUntilMs: momentOf(tradeDay, timesOn(tradeDay).provisionalMinute),
    affirmUntilMs: momentOf(day, times.affirmUntilMinute),
    finalAtMs: momentOf(day, times.finalMinute),
    payInAtMs: momentOf(day, payInMinute),
    auctionFromMs: isGross ? null : momentOf(auctionDay, auction.auctionFromMinute),
    auctionUntilMs: isGross ? null : momentOf(auctionDay, auction.auctionUntilMinute),
    closeOutAtMs: isGross ? null : momentOf(auctionDay, auction.closeMinute),
    payOutAtMs: isGross ? null : momentOf(day, payOutMinute),
  };
}

/**
 * The first trade of a trade date in the book opens its prices, so that its close is known to be
 * due. The trade date is the settlement's: a trade after the close still has it, and its price
 * counts for that date.
 */
function openDay(decision: Decision, { tradeDate, schedule }: Settlement): void {
  const { clearing, clockMs } = decision.market;
  if (clearing.days.has(tradeDate)) return;
  const { closeMinute } = inForce(clearingTerms(decision).timetables, tradeDate);
  const closesAtMs = momentOf(dayOf(tradeDate), closeMinute);
  const opened = { type: "TradingDayOpened", tradeDate } as const;
  if (clockMs < closesAtMs) emit(decision, { ...opened, closesAtMs });
  else emit(decision, { ...opened, closesAtMs: schedule.tradedUntilMs, isPostClose: true });
}
