import type { AwaitedSide } from "../../domain/facts/affirmation.ts";
import type { Auction, Lot, Offer } from "../../domain/state/buy-in.ts";
import type { Clearing } from "../../domain/state/clearing.ts";
import type { SymbolPrices, TradingDay } from "../../domain/state/day-prices.ts";
import type { Intraday, IntradayPosition } from "../../domain/state/intraday.ts";
import type { MarginPosition, OpenOrderSums } from "../../domain/state/margin-amount.ts";
import type { AccountMargin, Margins, SecurityMargin } from "../../domain/state/margin.ts";
import type {
  AccountPositions,
  EndedSide,
  GrossTrade,
  MemberPositions,
  Piece,
  Position,
  Settlement,
} from "../../domain/state/settlement.ts";
import type { Shortfalls } from "../../domain/state/shortfall.ts";
import { holder, holderFields, moment, price, shares, side } from "./order-shape.ts";
import { scheduleOf, settlementType, stage } from "./settlement-shape.ts";
import {
  always,
  flag,
  large,
  list,
  map,
  name,
  oneOf,
  orNull,
  record,
  set,
  shared,
  text,
  whole,
  word,
  type Shape,
} from "./shape.ts";

/** What a map holds. */
type In<Held> = Held extends ReadonlyMap<unknown, infer Value> ? Value : never;
type Kind<Type extends Piece["type"]> = Extract<Piece, { readonly type: Type }>;

const blockedHolder = record<GrossTrade["buyer"]>({ ...holderFields, blocked: whole() });

const position = record<Position>({
  net: whole(),
  settled: whole(),
  blocked: whole(),
  short: whole(),
});

const member = record<MemberPositions>({
  accounts: map(
    name,
    record<AccountPositions>({ ...holderFields, account: name, assets: map(name, position) }),
  ),
  transitPaise: whole(),
  lackingPaise: whole(),
});

const grossTrade = record<GrossTrade>({
  tradeId: text,
  symbol: name,
  quantity: shares,
  amountPaise: whole(),
  buyer: blockedHolder,
  seller: blockedHolder,
});

const piece = oneOf<Piece>({
  Account: record<Kind<"Account">>({ type: always("Account"), ...holderFields }),
  Member: record<Kind<"Member">>({ type: always("Member"), participant: name }),
  Position: record<Kind<"Position">>({ type: always("Position"), ...holderFields, asset: name }),
  Trade: record<Kind<"Trade">>({ type: always("Trade"), tradeId: text }),
  Trades: record<Kind<"Trades">>({ type: always("Trades"), first: whole(), count: whole() }),
  Side: record<Kind<"Side">>({ type: always("Side"), name: text }),
});

const awaitedSide = record<AwaitedSide>({
  settlementNumber: name,
  tradeId: text,
  side,
  custodian: name,
  participant: name,
  client: name,
  symbol: name,
  quantity: shares,
  pricePaise: price,
  amountPaise: whole(),
  blocked: whole(),
  affirmUntilMs: moment,
});

const endedSide = record<EndedSide>({
  custodian: name,
  symbol: name,
  end: word({ affirmed: true, devolved: true }),
});

const settlement: Shape<Settlement> = shared(
  record<Settlement>({
    settlementNumber: name,
    settlementType,
    tradeDate: name,
    settlementDate: name,
    schedule: scheduleOf(moment),
    stage,
    work: list(piece),
    members: map(name, member),
    trades: map(text, grossTrade),
    pending: map(text, awaitedSide),
    ended: map(text, endedSide),
    onMargin: map(name, holder),
    tradeCount: whole(),
    grossPaise: whole(),
    grossShares: whole(),
    netPaise: whole(),
    netShares: whole(),
    cashPaise: whole(),
  }),
);

const symbolPrices = record<SymbolPrices>({
  open: map(
    name,
    record<In<SymbolPrices["open"]>>({
      lastPaise: price,
      highPaise: price,
      windowPaise: large,
      windowShares: large,
    }),
  ),
  closed: list(
    record<SymbolPrices["closed"][number]>({
      tradeDate: name,
      closePaise: price,
      highPaise: price,
    }),
  ),
  negotiatedPaise: orNull(price),
});

const tradingDay = record<TradingDay>({ tradeDate: name, closesAtMs: moment, isPostClose: flag });

const lot: Shape<Lot> = shared(
  record<Lot>({
    lotId: text,
    settlementNumber: name,
    tradeDate: name,
    symbol: name,
    seller: holder,
    receiver: holder,
    deliveryId: text,
    receiptId: text,
    quantity: whole(),
    heldPaise: whole(),
  }),
);

const offer = record<Offer>({
  offerId: text,
  ...holderFields,
  pricePaise: price,
  arrival: whole(),
  leavesQuantity: whole(),
});

const auction = record<Auction>({
  symbol: name,
  auctionDate: name,
  opensAtMs: moment,
  closesAtMs: moment,
  closeOutAtMs: moment,
  lowPaise: price,
  highPaise: price,
  isEnded: flag,
  lots: map(text, lot),
  offers: map(text, offer),
});

const shortfalls = record<Shortfalls>({
  debts: map(name, map(name, whole())),
  unpaidShares: map(
    name,
    map(name, record<In<In<Shortfalls["unpaidShares"]>>>({ Account: whole(), Fund: whole() })),
  ),
  toFree: map(name, moment),
  lacks: map(name, record<In<Shortfalls["lacks"]>>({ date: name, paise: whole() })),
  suspended: map(name, record<In<Shortfalls["suspended"]>>({ sinceMs: moment, isDone: flag })),
  lots: map(text, lot),
  auctions: map(name, auction),
});

const securityMargin = record<SecurityMargin>({
  positions: map(
    name,
    record<MarginPosition>({
      shares: whole(),
      paise: whole(),
      paidInShares: whole(),
      paidForShares: whole(),
    }),
  ),
  orders: record<OpenOrderSums>({
    buyShares: large,
    buyPaise: large,
    sellShares: large,
    sellPaise: large,
    unpricedShares: large,
  }),
  requiredPaise: whole(),
});

const margins = record<Margins>({
  accounts: map(
    name,
    record<AccountMargin>({
      ...holderFields,
      account: name,
      securities: map(name, securityMargin),
      requiredPaise: whole(),
      blockedPaise: whole(),
    }),
  ),
  marks: map(name, record<In<Margins["marks"]>>({ pricePaise: price, isOfBook: flag })),
  intraday: record<Intraday>({
    squareOffAtMs: orNull(moment),
    orders: set(text),
    positions: map(
      name,
      record<IntradayPosition>({ ...holderFields, symbol: name, shares: whole() }),
    ),
  }),
  short: set(name),
  toRevalue: list(name),
  revalueAtMs: orNull(moment),
});

/**
 * What is known of trades that are not settled. Settlements and lots come before what names them.
 */
export const clearing: Shape<Clearing> = record<Clearing>({
  settlements: map(name, settlement),
  newest: map(settlementType, settlement),
  prices: map(name, symbolPrices),
  days: map(name, tradingDay),
  shortfalls,
  margins,
});
