import { getOrMake } from "../facts/get-or-make.ts";
import { accountKey, type Holder } from "../facts/account.ts";
import type { TradeNovated } from "../facts/clearing-event.ts";
import type { Side } from "../facts/side.ts";
import { dropIntradayPosition, noIntraday, type Intraday } from "./intraday.ts";
import {
  noOpenOrders,
  noPosition,
  type MarginPosition,
  type OpenOrderSums,
} from "./margin-amount.ts";
import type { EarlyPaidIn, MarginEvent, MarginRequired } from "../facts/margin-event.ts";
import { holderOf, type Order } from "./order.ts";
import { isNetted, type Settlement } from "./settlement.ts";
import { failInvariant, type PricePaise, type Ticker, type TimeMs } from "../facts/units.ts";

/** What an account has open in a security. */
export type SecurityMargin = {
  /** By settlement number: no netting over settlements. Trade for trade, by number and side. */
  readonly positions: Map<string, MarginPosition>;
  readonly orders: OpenOrderSums;
  requiredPaise: number;
};

/** An account on margin that has something open. */
export type AccountMargin = Holder & {
  readonly account: string;
  readonly securities: Map<Ticker, SecurityMargin>;
  /** The sum over its securities. */
  requiredPaise: number;
  /** Of that, what is blocked in the account. */
  blockedPaise: number;
};

/** The first price of a symbol, and whether it is the book's. */
type Mark = { readonly pricePaise: PricePaise; readonly isOfBook: boolean };

/** The margins of a shard. An account leaves when nothing of it is open. */
export type Margins = {
  readonly accounts: Map<string, AccountMargin>;
  /**
   * What a share was first worth here, of symbols without a close: the first price in the book, and
   * until there is one the first that was negotiated. Never emptied, like the symbols.
   */
  readonly marks: Map<Ticker, Mark>;
  /** What MIS orders have open. */
  readonly intraday: Intraday;
  /** Accounts with less blocked than required. */
  readonly short: Set<string>;
  /** Accounts whose margin is to be counted anew, the next one last, and since when. */
  toRevalue: string[];
  revalueAtMs: TimeMs | null;
};

/** Nobody has anything open on margin. */
export function noMargins(): Margins {
  return {
    accounts: new Map(),
    marks: new Map(),
    intraday: noIntraday(),
    short: new Set(),
    toRevalue: [],
    revalueAtMs: null,
  };
}

/** Has the margin of every account counted anew: a price changed, or what orders net with. */
export function revalueAll(margins: Margins, nowMs: TimeMs): void {
  if (margins.accounts.size === 0) return;
  margins.toRevalue = [...margins.accounts.keys()].toSorted().toReversed();
  margins.revalueAtMs = nowMs;
}

/** Counts an order on margin that entered. `nowMs` is the step's time. */
export function countOrder(margins: Margins, order: Order, nowMs: TimeMs): void {
  const { symbol, pricePaise, counterparty } = order;
  addToOrders(securityOf(margins, holderOf(order), symbol).orders, order, order.leavesQuantity);
  const isOfBook = counterparty === null;
  if (pricePaise !== null) noteMark(margins, symbol, { pricePaise, isOfBook }, nowMs);
}

/** Takes so many shares of an order on margin out: filled, or ended. */
export function uncountOrder(margins: Margins, order: Order, shares: number): void {
  const { account, symbol } = order;
  addToOrders(knownSecurity(margins, account, symbol).orders, order, 0 - shares);
  dropIfEmpty(margins, account, symbol);
}

/** What a margin needs to know of one side of a trade. */
type TradedSide = Pick<TradeNovated, "symbol" | "quantity" | "amountPaise" | "pricePaise"> & {
  readonly side: Side;
};

/** Counts a side of a trade that is on margin. `nowMs` is the step's time. */
export function countTrade(
  margins: Margins,
  settlement: Settlement,
  holder: Holder,
  trade: TradedSide & Pick<TradeNovated, "kind">,
  nowMs: TimeMs,
): void {
  const { symbol, pricePaise, kind } = trade;
  const { positions } = securityOf(margins, holder, symbol);
  addToPosition(getOrMake(positions, positionKey(settlement, trade), noPosition), trade, 1);
  noteMark(margins, symbol, { pricePaise, isOfBook: kind === "book" }, nowMs);
}

/**
 * Takes it out again: another account settles it. What is left may have come to nothing in between.
 */
export function uncountTrade(
  margins: Margins,
  settlement: Settlement,
  holder: Holder,
  trade: TradedSide,
): void {
  const { symbol } = trade;
  const account = accountKey(holder.participant, holder.client);
  const { positions } = securityOf(margins, holder, symbol);
  const key = positionKey(settlement, trade);
  const position = getOrMake(positions, key, noPosition);
  addToPosition(position, trade, -1);
  if (position.shares === 0 && position.paise === 0) positions.delete(key);
  dropIfEmpty(margins, account, symbol);
}

/** Changes margins by one event. */
export function evolveMargins(margins: Margins, event: MarginEvent): void {
  switch (event.type) {
    case "MarginRequired":
      return marginRequired(margins, event);
    case "MarginShort":
      return;
    case "MarginPositionsClosed": {
      const account = accountKey(event.participant, event.client);
      for (const symbol of symbolsIn(margins, account, event.settlementNumber)) {
        const { positions } = knownSecurity(margins, account, symbol);
        for (const key of positions.keys())
          if (isOf(key, event.settlementNumber)) positions.delete(key);
        dropIfEmpty(margins, account, symbol);
      }
      return;
    }
    case "SquaredOff": {
      const account = accountKey(event.participant, event.client);
      return dropIntradayPosition(margins.intraday, account, event.symbol);
    }
    case "EarlyPaidIn":
      return earlyPaidIn(margins, event);
    case "MarginsRevalued":
      margins.toRevalue.length -= event.accounts;
      if (margins.toRevalue.length === 0) margins.revalueAtMs = null;
      return;
  }
}

/** The securities in which the account has a position of the settlement. */
export function symbolsIn(margins: Margins, account: string, settlementNumber: string): Ticker[] {
  return [...(margins.accounts.get(account)?.securities ?? [])]
    .filter(([, { positions }]) => [...positions.keys()].some((key) => isOf(key, settlementNumber)))
    .map(([symbol]) => symbol);
}

/** What the account has open in the security; undefined where it has nothing. */
export function findSecurity(
  margins: Margins,
  account: string,
  symbol: Ticker,
): SecurityMargin | undefined {
  return margins.accounts.get(account)?.securities.get(symbol);
}

function earlyPaidIn(margins: Margins, event: EarlyPaidIn): void {
  const { participant, client, settlementNumber, symbol, quantity, asset } = event;
  const account = accountKey(participant, client);
  const position = knownSecurity(margins, account, symbol).positions.get(settlementNumber);
  if (position === undefined) failInvariant(`${account} has no ${symbol} in ${settlementNumber}`);
  if (asset === "INR") position.paidForShares += quantity;
  else position.paidInShares += quantity;
}

function marginRequired(margins: Margins, event: MarginRequired): void {
  const key = accountKey(event.participant, event.client);
  const account = margins.accounts.get(key) ?? failInvariant(`${key} has nothing open on margin`);
  account.requiredPaise = event.requiredPaise;
  account.blockedPaise = event.blockedPaise;
  if (event.blockedPaise < event.requiredPaise) margins.short.add(key);
  else margins.short.delete(key);
  for (const { symbol, requiredPaise } of event.securities) {
    knownSecurity(margins, key, symbol).requiredPaise = requiredPaise;
    dropIfEmpty(margins, key, symbol);
  }
  if (account.securities.size === 0 && account.blockedPaise === 0) margins.accounts.delete(key);
}

function addToOrders(orders: OpenOrderSums, order: Order, quantity: number): void {
  const { side, pricePaise } = order;
  const shares = BigInt(quantity);
  if (pricePaise === null) orders.unpricedShares += shares;
  else if (side === "BUY") {
    orders.buyShares += shares;
    orders.buyPaise += shares * BigInt(pricePaise);
  } else {
    orders.sellShares += shares;
    orders.sellPaise += shares * BigInt(pricePaise);
  }
}

function positionKey(settlement: Settlement, { side }: TradedSide): string {
  const { settlementNumber } = settlement;
  return isNetted(settlement) ? settlementNumber : `${settlementNumber} ${side}`;
}

function addToPosition(position: MarginPosition, trade: TradedSide, sign: 1 | -1): void {
  const signed = trade.side === "BUY" ? sign : 0 - sign;
  position.shares += signed * trade.quantity;
  position.paise += signed * trade.amountPaise;
}

function securityOf(margins: Margins, holder: Holder, symbol: Ticker): SecurityMargin {
  const { participant, client } = holder;
  const { securities } = getOrMake(
    margins.accounts,
    accountKey(participant, client),
    (account): AccountMargin => ({
      participant,
      client,
      account,
      securities: new Map(),
      requiredPaise: 0,
      blockedPaise: 0,
    }),
  );
  return getOrMake(securities, symbol, noSecurity);
}

function noSecurity(): SecurityMargin {
  return { positions: new Map(), orders: noOpenOrders(), requiredPaise: 0 };
}

function knownSecurity(margins: Margins, account: string, symbol: Ticker): SecurityMargin {
  return (
    findSecurity(margins, account, symbol) ?? failInvariant(`${account} has no margin in ${symbol}`)
  );
}

/**
 * A price of the book takes the place of one that was only negotiated, and margins are counted anew
 * by it.
 */
function noteMark(margins: Margins, symbol: Ticker, mark: Mark, nowMs: TimeMs): void {
  const known = margins.marks.get(symbol);
  if (known !== undefined && (known.isOfBook || !mark.isOfBook)) return;
  margins.marks.set(symbol, mark);
  if (known !== undefined) revalueAll(margins, nowMs);
}

/**
 * A security without positions, orders and margin is forgotten; what it asked for is said first.
 */
function dropIfEmpty(margins: Margins, key: string, symbol: Ticker): void {
  const account = margins.accounts.get(key);
  const security = account?.securities.get(symbol);
  if (account === undefined || security === undefined) return;
  const { positions, orders, requiredPaise } = security;
  const { buyShares, sellShares, unpricedShares } = orders;
  const isOpen = buyShares > 0n || sellShares > 0n || unpricedShares > 0n;
  if (isOpen || positions.size > 0 || requiredPaise > 0) return;
  account.securities.delete(symbol);
  const owes = account.requiredPaise > 0 || account.blockedPaise > 0;
  if (account.securities.size === 0 && !owes) margins.accounts.delete(key);
}

function isOf(key: string, settlementNumber: string): boolean {
  return key === settlementNumber || key.startsWith(`${settlementNumber} `);
}
