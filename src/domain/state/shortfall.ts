import { accountHolder, accountKey, type Holder } from "../facts/account.ts";
import type { Auction, Lot } from "./buy-in.ts";
import { addDebt, takeDebt, type Debts } from "./debt.ts";
import type { DateText } from "../facts/calendar.ts";
import { knownMember, positionOf, type Settlement } from "./settlement.ts";
import type {
  AuctionOffered,
  AuctionOfferEnded,
  BoughtIn,
  DebtIncurred,
  MemberCovered,
  ShortageFound,
  ShortfallEvent,
} from "../facts/shortfall-event.ts";
import {
  failInvariant,
  pricePaise,
  type Participant,
  type Ticker,
  type TimeMs,
} from "../facts/units.ts";

/** Shares an account received while it owes, by where they are. */
type UnpaidShares = { Account: number; Fund: number };

/** What a shard knows of shares and cash that lacked. */
export type Shortfalls = {
  readonly debts: Debts;
  /** By account and symbol. Emptied when the account owes nothing any more, or sells them. */
  readonly unpaidShares: Map<string, Map<Ticker, UnpaidShares>>;
  /**
   * Accounts that owe nothing any more, and since when, while shares are still held for what
   * they owed.
   */
  readonly toFree: Map<string, TimeMs>;
  /**
   * What members lacked and go on trading, on their last such day in India. One a member,
   * never emptied.
   */
  readonly lacks: Map<Participant, { readonly date: DateText; readonly paise: number }>;
  /**
   * Members in default, until that is lifted. `isDone`: none of their orders is left in the market.
   */
  readonly suspended: Map<Participant, { readonly sinceMs: TimeMs; isDone: boolean }>;
  /** Shortages that are not settled, by id, oldest first. */
  readonly lots: Map<string, Lot>;
  /** By symbol. An auction leaves with its last lot. */
  readonly auctions: Map<Ticker, Auction>;
};

/** Nothing lacks. */
export function noShortfalls(): Shortfalls {
  return {
    debts: new Map(),
    unpaidShares: new Map(),
    toFree: new Map(),
    lacks: new Map(),
    suspended: new Map(),
    lots: new Map(),
    auctions: new Map(),
  };
}

/** The settlements that a shortfall's event may be about. */
type Known = {
  readonly shortfalls: Shortfalls;
  readonly settlementOf: (settlementNumber: string) => Settlement;
  readonly seq: number;
  readonly nowMs: TimeMs;
};

/** Changes what is known of shortfalls, and the positions they are of, by one event. */
export function evolveShortfall(known: Known, event: ShortfallEvent): void {
  const { shortfalls, settlementOf } = known;
  switch (event.type) {
    case "DebtIncurred":
      return debtIncurred(known, event);
    case "DebtPaid": {
      const { debts, unpaidShares, toFree } = shortfalls;
      takeDebt(debts, event);
      if (!debts.has(event.debtor) && unpaidShares.has(event.debtor))
        toFree.set(event.debtor, known.nowMs);
      return;
    }
    case "MemberCovered":
      return memberCovered(known, event);
    case "MemberLacked": {
      const { participant, date, lackPaise } = event;
      const before = shortfalls.lacks.get(participant);
      const paise = lackPaise + (before?.date === date ? before.paise : 0);
      shortfalls.lacks.set(participant, { date, paise });
      return;
    }
    case "MemberDefaulted":
      shortfalls.lacks.delete(event.participant);
      shortfalls.suspended.set(event.participant, { sinceMs: known.nowMs, isDone: false });
      return;
    case "SuspensionDone":
      return suspensionDone(shortfalls, event.participant);
    case "UnpaidSharesHeld":
      return changeUnpaid(shortfalls, event, event.quantity);
    case "UnpaidSharesFreed":
      return changeUnpaid(shortfalls, event, 0 - event.quantity);
    case "ShortageFound":
      return shortageFound(known, event);
    case "AuctionCalled": {
      const { type: _, ...called } = event;
      const auction = { ...called, isEnded: false, lots: new Map(), offers: new Map() };
      shortfalls.auctions.set(event.symbol, auction);
      return;
    }
    case "AuctionOffered":
      return offered(shortfalls, event, known.seq);
    case "BoughtIn":
      return boughtIn(known, event);
    case "AuctionOfferEnded":
      return takeOffered(knownAuction(shortfalls, event.symbol), event);
    case "AuctionEnded":
      return auctionEnded(shortfalls, event.symbol);
    case "ClosedOut":
      return lotSettled(shortfalls, knownLot(shortfalls, event.lotId), event.quantity);
    case "TradeClosedOut":
    case "TradeFailed":
      settlementOf(event.settlementNumber).trades.delete(event.tradeId);
      return;
    case "SuspensionLifted":
      shortfalls.suspended.delete(event.participant);
      return; // its id is kept by the market, like those of
    case "DuesPaid":
    case "ClearingRequestRejected":
      return;
  }
}

/** Of a symbol, what the account received while it owes. */
export function unpaidOf(
  { unpaidShares }: Shortfalls,
  account: string,
  symbol: Ticker,
): Readonly<UnpaidShares> {
  return unpaidShares.get(account)?.get(symbol) ?? { Account: 0, Fund: 0 };
}

/** The auction of a symbol. Breaks where there is none. */
function knownAuction({ auctions }: Shortfalls, symbol: Ticker): Auction {
  return auctions.get(symbol) ?? failInvariant(`${symbol} has no auction`);
}

function debtIncurred({ shortfalls, settlementOf }: Known, event: DebtIncurred): void {
  const { debtor, creditor, paise, settlementNumber } = event;
  addDebt(shortfalls.debts, event);
  shortfalls.toFree.delete(debtor);
  if (event.reason !== "CMON") return;
  const settlement = settlementOf(settlementNumber);
  knownMember(settlement, debtor).lackingPaise -= paise;
  positionOf(settlement, accountHolder(creditor), "INR").short += paise;
}

function memberCovered({ settlementOf }: Known, event: MemberCovered): void {
  const { settlementNumber, participant, lackPaise, coveredPaise } = event;
  const member = knownMember(settlementOf(settlementNumber), participant);
  member.transitPaise += coveredPaise;
  member.lackingPaise += lackPaise - coveredPaise;
}

function auctionEnded(shortfalls: Shortfalls, symbol: Ticker): void {
  const auction = knownAuction(shortfalls, symbol);
  auction.isEnded = true;
  if (auction.lots.size === 0) shortfalls.auctions.delete(symbol);
}

function suspensionDone({ suspended }: Shortfalls, participant: Participant): void {
  const suspension = suspended.get(participant) ?? failInvariant(`${participant} is not suspended`);
  suspension.isDone = true;
}

function changeUnpaid(
  { unpaidShares, toFree }: Shortfalls,
  event: Holder & { readonly symbol: Ticker; readonly heldBy: keyof UnpaidShares },
  change: number,
): void {
  const account = accountKey(event.participant, event.client);
  const bySymbol = unpaidShares.get(account) ?? new Map<Ticker, UnpaidShares>();
  const held = bySymbol.get(event.symbol) ?? { Account: 0, Fund: 0 };
  held[event.heldBy] += change;
  if (held[event.heldBy] < 0) failInvariant(`${account} frees more ${event.symbol} than is held`);
  if (held.Account + held.Fund > 0) bySymbol.set(event.symbol, held);
  else bySymbol.delete(event.symbol);
  if (bySymbol.size > 0) unpaidShares.set(account, bySymbol);
  else {
    unpaidShares.delete(account);
    toFree.delete(account);
  }
}

function shortageFound({ shortfalls, settlementOf }: Known, event: ShortageFound): void {
  const { lotId, settlementNumber, symbol, quantity, seller, receiver } = event;
  const { deliveryId, receiptId, debitedPaise } = event;
  const settlement = settlementOf(settlementNumber);
  positionOf(settlement, seller, symbol).short += quantity;
  positionOf(settlement, receiver, symbol).short += quantity;
  const { tradeDate } = settlement;
  const facts = { lotId, settlementNumber, tradeDate, symbol, seller, receiver };
  const lot: Lot = { ...facts, deliveryId, receiptId, quantity, heldPaise: debitedPaise };
  shortfalls.lots.set(lotId, lot);
  if (settlement.schedule.auctionUntilMs !== null)
    knownAuction(shortfalls, symbol).lots.set(lotId, lot);
}

function offered(shortfalls: Shortfalls, event: AuctionOffered, arrival: number): void {
  const { offerId, participant, client, symbol, quantity } = event;
  knownAuction(shortfalls, symbol).offers.set(offerId, {
    offerId,
    participant,
    client,
    pricePaise: pricePaise(event.pricePaise),
    arrival,
    leavesQuantity: quantity,
  });
}

function boughtIn({ shortfalls, settlementOf }: Known, event: BoughtIn): void {
  const { tradeId, symbol, quantity, amountPaise, receiver } = event;
  const auction = knownAuction(shortfalls, symbol);
  const offer = auction.offers.get(event.offerId) ?? failInvariant(`${event.offerId} is no offer`);
  const lot = knownLot(shortfalls, event.lotId);
  lot.heldPaise -= event.usedPaise;
  lotSettled(shortfalls, lot, quantity);
  const { participant, client } = offer;
  takeOffered(auction, event);
  const settlement = settlementOf(event.settlementNumber);
  settlement.tradeCount += 1;
  settlement.grossPaise += amountPaise;
  settlement.grossShares += quantity;
  settlement.trades.set(tradeId, {
    tradeId,
    symbol,
    quantity,
    amountPaise,
    buyer: { ...receiver, blocked: 0 },
    seller: { participant, client, blocked: quantity },
  });
}

function takeOffered(
  { offers }: Auction,
  { offerId, quantity }: Pick<AuctionOfferEnded, "offerId" | "quantity">,
): void {
  const offer = offers.get(offerId) ?? failInvariant(`${offerId} is no offer`);
  offer.leavesQuantity -= quantity;
  if (offer.leavesQuantity === 0) offers.delete(offerId);
}

function knownLot({ lots }: Shortfalls, lotId: string): Lot {
  return lots.get(lotId) ?? failInvariant(`${lotId} is no open shortage`);
}

function lotSettled({ lots, auctions }: Shortfalls, lot: Lot, quantity: number): void {
  const { lotId, symbol } = lot;
  lot.quantity -= quantity;
  if (lot.quantity > 0) return;
  lots.delete(lotId);
  const auction = auctions.get(symbol);
  auction?.lots.delete(lotId);
  if (auction?.isEnded === true && auction.lots.size === 0) auctions.delete(symbol);
}
