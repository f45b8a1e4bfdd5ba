import type { Fill } from "../../state/book.ts";
import type { Cover } from "../../facts/clearing-terms.ts";
import { emit, post, type Decision } from "../decision.ts";
import type { TradeExecuted, TradeSide } from "../../facts/trade-event.ts";
import type { Instrument } from "../../facts/instrument.ts";
import { novate } from "./novating.ts";
import type { NegotiatedOrder, Order } from "../../state/order.ts";
import { coverFor } from "../../facts/terms.ts";
import {
  consideration,
  failInvariant,
  quantity,
  type Paise,
  type PricePaise,
  type Quantity,
  type Ticker,
} from "../../facts/units.ts";

/**
 * Trades an incoming order with a resting one, at the fill's price: settled at once, or novated.
 */
export function tradeInBook(decision: Decision, incoming: Order, fill: Fill): void {
  const { resting, quantity: shares, pricePaise } = fill;
  const [buy, sell] = incoming.side === "BUY" ? [incoming, resting] : [resting, incoming];
  trade(decision, {
    kind: "book",
    symbol: incoming.symbol,
    shares,
    pricePaise,
    buyAccount: buy.account,
    sellAccount: sell.account,
    buyCover: buy.cover,
    sellCover: sell.cover,
    buy: sideOf(buy, shares),
    sell: sideOf(sell, shares),
    aggressor: incoming.side,
  });
}

/** Trades a confirmed order with its counterparty's own account: settled at once, or novated. */
export function tradeNegotiated(decision: Decision, order: NegotiatedOrder): void {
  const { symbol, symbolAsSent, quantity: shares, pricePaise, counterparty } = order;
  const instrument = knownInstrument(decision, symbol);
  trade(decision, {
    kind: "negotiated",
    symbol,
    shares,
    pricePaise,
    buyAccount: order.account,
    sellAccount: counterparty,
    buyCover: order.cover,
    sellCover: coverFor(decision.terms, instrument, counterparty, null),
    buy: sideOf(order, shares),
    sell: {
      orderId: null,
      clientOrderId: null,
      participant: counterparty,
      client: null,
      symbolAsSent,
      orderQuantity: shares,
      orderPricePaise: pricePaise,
      cumQuantity: shares,
      leavesQuantity: 0,
    },
    aggressor: null,
  });
}

type Deal = Pick<TradeExecuted, "kind" | "symbol" | "buy" | "sell" | "aggressor"> & {
  readonly shares: Quantity;
  readonly pricePaise: PricePaise;
  readonly buyAccount: string;
  readonly sellAccount: string;
  readonly buyCover: Cover;
  readonly sellCover: Cover;
};

function trade(decision: Decision, deal: Deal): void {
  const { kind, symbol, shares, pricePaise, buy, sell } = deal;
  const number = `${decision.cause}-${decision.part}-${decision.trades}`;
  decision.trades += 1;
  const tradeId = `T-${number}`;
  const amountPaise = consideration(pricePaise, shares);
  const instrument = knownInstrument(decision, symbol);
  emit(decision, {
    type: "TradeExecuted",
    tradeId,
    kind,
    symbol,
    isin: instrument.isin,
    quantity: shares,
    pricePaise,
    amountPaise,
    buy,
    sell,
    aggressor: deal.aggressor,
  });
  if (instrument.settlement === undefined) settle(decision, deal, number, amountPaise);
  else novate(decision, instrument, { ...deal, tradeId, quantity: shares, amountPaise });
}

/**
 * Delivery against payment: four postings, and what was blocked for the trade comes out of blocked.
 */
function settle(decision: Decision, deal: Deal, number: string, amountPaise: Paise): void {
  const { kind, symbol, shares, buyAccount, sellAccount } = deal;
  const tradeId = `T-${number}`;
  const from = kind === "book" ? "blocked" : "free";
  const journalId = post(decision, "DVP", tradeId, [
    { account: buyAccount, asset: "INR", bucket: "blocked", amount: 0 - amountPaise },
    { account: sellAccount, asset: "INR", bucket: "free", amount: amountPaise },
    { account: sellAccount, asset: symbol, bucket: from, amount: 0 - shares },
    { account: buyAccount, asset: symbol, bucket: "free", amount: shares },
  ]);
  emit(decision, { type: "TradeSettled", settlementId: `S-${number}`, tradeId, journalId });
}

function knownInstrument({ market }: Decision, symbol: Ticker): Instrument {
  return market.instruments.get(symbol) ?? failInvariant(`${symbol} is not listed`);
}

function sideOf(order: Order, shares: Quantity): TradeSide {
  const leavesQuantity = order.leavesQuantity - shares;
  const side = {
    orderId: order.orderId,
    clientOrderId: order.clientOrderId,
    participant: order.participant,
    client: order.client,
    symbolAsSent: order.symbolAsSent,
    orderQuantity: order.quantity,
    orderPricePaise: order.pricePaise,
    cumQuantity: quantity(order.quantity - leavesQuantity),
    leavesQuantity,
  };
  return order.custodian === null ? side : { ...side, custodian: order.custodian };
}
