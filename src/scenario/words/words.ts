import { accountKey } from "../../domain/facts/account.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import type { TradeExecuted } from "../../domain/facts/trade-event.ts";
import type { Journal } from "../../domain/facts/journal.ts";
import { groupedRupees } from "../../domain/facts/units.ts";
import { affirmationTellers } from "./affirmation.ts";
import { clearingTellers } from "./clearing.ts";
import { marginTellers } from "./margin.ts";
import { shortfallTellers } from "./shortfall.ts";
import { titleOf, type Tellers } from "./amounts.ts";
import { fieldText } from "../expecting.ts";

/**
 * An event in words, one line or several; none where it only says how far the market's own work is.
 */
export function wordsOf(event: MarketEvent): readonly string[] {
  const tell = tellers[event.type] as ((event: MarketEvent) => readonly string[]) | undefined;
  return tell?.(event) ?? [`${titleOf(event.type)} ${plainFields(event)}`.trimEnd()];
}

const tellers: Tellers = {
  InstrumentListed: ({ instrument }) => [`LISTED ${instrument.symbol}`],
  OrderAccepted: (order) => {
    const { clientOrderId, participant, client, side, quantity, symbol, pricePaise } = order;
    const price = pricePaise === null ? "unpriced" : `@ ${groupedRupees(pricePaise)}`;
    const waits = order.counterparty === null ? "" : `, waits for ${order.counterparty}`;
    const who = accountKey(participant, client);
    const product = order.product === "CNC" ? "" : ` ${order.product}`;
    return [
      `ORDER ${clientOrderId} ${who} ${side} ${quantity} ${symbol} ${price}${product}${waits}`,
    ];
  },
  OrderRejected: ({ clientOrderId, reason, text }) => [
    `ORDER ${clientOrderId} rejected: ${reason}: ${text}`,
  ],
  RequestRejected: ({ request, orderId, reason, text }) => [
    `${titleOf(request)} of ${orderId} rejected: ${reason}: ${text}`,
  ],
  OrderCanceled: ({ clientOrderId, quantity, cumQuantity, symbol }) => [
    `ORDER ${clientOrderId} canceled: ${quantity - cumQuantity} of ${quantity} ${symbol} taken out`,
  ],
  CancelAllDone: ({ clientOrderId, canceled, orders }) => [
    `CANCEL ALL ${clientOrderId}: ${canceled} of ${orders} orders canceled`,
  ],
  SweepBegun: ({ orderId, orders }) => [`ORDER ${orderId} meets ${orders} orders, part by part`],
  SweepDone: ({ orderId, orders }) => [`ORDER ${orderId} has met all ${orders} orders`],
  OrderExpired: ({ clientOrderId, quantity, cumQuantity, symbol }) => [
    `ORDER ${clientOrderId} expired: ${quantity - cumQuantity} of ${quantity} ${symbol} left`,
  ],
  TradeExecuted: (trade) => [tradeWords(trade)],
  TradeSettled: ({ tradeId }) => [`SETTLED ${tradeId} at once, shares against cash`],
  JournalPosted: ({ journal }) => journalWords(journal),
  ...affirmationTellers,
  ...clearingTellers,
  ...marginTellers,
  ...shortfallTellers,
};

function tradeWords({ tradeId, quantity, symbol, pricePaise, buy, sell }: TradeExecuted): string {
  const buyer = accountKey(buy.participant, buy.client);
  const seller = accountKey(sell.participant, sell.client);
  return `TRADE ${tradeId} ${quantity} ${symbol} @ ${groupedRupees(pricePaise)}: ${buyer} buys from ${seller}`;
}

function journalWords({ kind, reference, postings }: Journal): string[] {
  return [
    `JOURNAL ${kind} ${reference}`,
    ...postings.map(({ account, asset, bucket, amount }) => {
      const text = asset === "INR" ? groupedRupees(amount) : String(amount);
      return `  ${account} ${asset} ${bucket} ${amount > 0 ? "+" : ""}${text}`;
    }),
  ];
}

/** The fields that are one value, in their order; rupees and moments as people read them. */
function plainFields(event: MarketEvent): string {
  return Object.keys(event)
    .filter((name) => name !== "type")
    .flatMap((name) => {
      const plain = name.replace(/(Paise|Ms)$/, "");
      const text = fieldText(event, plain);
      return text === undefined || text === "none" ? [] : [`${plain} ${text}`];
    })
    .join("   ");
}
