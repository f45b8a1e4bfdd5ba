import { isClearingEvent } from "../../src/domain/facts/clearing-event.ts";
import type { MarketEvent } from "../../src/domain/facts/event.ts";
import type { TradeExecuted, TradeSide } from "../../src/domain/facts/trade-event.ts";
import type { ValidStep } from "./log-reading.ts";

type Order = {
  readonly side: "BUY" | "SELL";
  readonly quantity: number;
  readonly pricePaise: number | null;
  cumQuantity: number;
  end: string | null;
};

type Book = { readonly orders: Map<string, Order>; readonly trades: Set<string> };

/**
 * Orders live once and end once, fills add up to what the trades say and keep to the limits, and
 * every trade is settled or novated exactly once, in its own step, by its own journal.
 */
export function checkOrders(steps: readonly ValidStep[]): string[] {
  const book: Book = { orders: new Map(), trades: new Set() };
  return steps.flatMap(({ seq, step }) => {
    const problems = step.events.flatMap((event) => meet(book, event));
    return [...problems, ...checkSettled(step.events)].map((what) => `step ${seq}: ${what}`);
  });
}

function meet(book: Book, event: MarketEvent): string[] {
  if (isClearingEvent(event)) return [];
  switch (event.type) {
    case "OrderAccepted": {
      const { orderId, side, quantity, pricePaise } = event;
      if (book.orders.has(orderId)) return [`order ${orderId} accepted twice`];
      book.orders.set(orderId, { side, quantity, pricePaise, cumQuantity: 0, end: null });
      return [];
    }
    case "TradeExecuted":
      return meetTrade(book, event);
    case "OrderCanceled":
    case "OrderExpired":
    case "OrderDeclined":
      return end(book, event.orderId, event.type, event.cumQuantity);
    case "OrderRejected":
    case "TradeSettled":
    case "InstrumentListed":
    case "JournalPosted":
    case "CancelAllBegun":
    case "CancelAllDone":
    case "SweepBegun":
    case "SweepDone":
    case "AnswerKept":
    case "AnswerAccepted":
    case "RequestRejected":
    case "Repeated":
    case "DeadLettered":
    case "InputsMissingNoted":
    case "Trying":
    case "Quarantined":
    case "HaltLifted":
      return [];
  }
}

function meetTrade(book: Book, trade: TradeExecuted): string[] {
  const { tradeId, quantity, pricePaise, amountPaise } = trade;
  const problems: string[] = [];
  if (book.trades.has(tradeId)) problems.push(`trade ${tradeId} executed twice`);
  book.trades.add(tradeId);
  if (amountPaise !== quantity * pricePaise)
    problems.push(`trade ${tradeId}: ${quantity} x ${pricePaise} is not ${amountPaise}`);
  problems.push(...meetSide(book, trade, trade.buy, "BUY"));
  problems.push(...meetSide(book, trade, trade.sell, "SELL"));
  return problems;
}

function meetSide(
  book: Book,
  trade: TradeExecuted,
  tradeSide: TradeSide,
  side: "BUY" | "SELL",
): string[] {
  const { orderId, cumQuantity, leavesQuantity } = tradeSide;
  if (orderId === null) return trade.kind === "negotiated" ? [] : [`${trade.tradeId}: no order`];
  const order = book.orders.get(orderId);
  if (order === undefined) return [`${trade.tradeId}: order ${orderId} was never accepted`];
  const problems: string[] = [];
  const say = (what: string): number =>
    problems.push(`${trade.tradeId}, order ${orderId}: ${what}`);
  if (order.end !== null) say(`traded after its end (${order.end})`);
  if (order.side !== side) say(`is a ${order.side}`);
  order.cumQuantity += trade.quantity;
  if (cumQuantity !== order.cumQuantity)
    say(`cumulative quantity ${cumQuantity}, trades add up to ${order.cumQuantity}`);
  if (leavesQuantity !== order.quantity - order.cumQuantity)
    say(`leaves ${leavesQuantity}, expected ${order.quantity - order.cumQuantity}`);
  const limit = order.pricePaise;
  if (limit !== null && (side === "BUY" ? trade.pricePaise > limit : trade.pricePaise < limit))
    say(`traded at ${trade.pricePaise}, its limit is ${limit}`);
  if (order.cumQuantity >= order.quantity) order.end = "Filled";
  return problems;
}

function end(book: Book, orderId: string, how: string, cumQuantity: number): string[] {
  const order = book.orders.get(orderId);
  if (order === undefined) return [`${how} of ${orderId}, which was never accepted`];
  if (order.end !== null) return [`${how} of ${orderId} after its end (${order.end})`];
  order.end = how;
  return cumQuantity === order.cumQuantity
    ? []
    : [`${how} of ${orderId} with ${cumQuantity} filled, trades add up to ${order.cumQuantity}`];
}

function checkSettled(events: readonly MarketEvent[]): string[] {
  const settled = events.filter(
    (event) => event.type === "TradeSettled" || event.type === "TradeNovated",
  );
  const trades = events.filter((event) => event.type === "TradeExecuted");
  // Deliveries of trades of earlier steps, which clearing settles by themselves.
  const delivered = new Set(
    events.flatMap((event) => (event.type === "TradeDelivered" ? [event.journalId] : [])),
  );
  const journals = events.flatMap((event) =>
    event.type === "JournalPosted" &&
    tradeKinds.has(event.journal.kind) &&
    !delivered.has(event.journal.journalId)
      ? [event.journal]
      : [],
  );
  const problems = trades.flatMap(({ tradeId }) => {
    const times = settled.filter((one) => one.tradeId === tradeId).length;
    return times === 1 ? [] : [`trade ${tradeId} settled ${times} times in its step`];
  });
  for (const { tradeId, journalId } of settled) {
    if (!trades.some((trade) => trade.tradeId === tradeId))
      problems.push(`settles ${tradeId}, which is not of its step`);
    const isFound = journals.some(
      (one) => one.journalId === journalId && one.reference === tradeId,
    );
    if (!isFound)
      problems.push(`trade ${tradeId} settled by ${journalId}, which is not its journal`);
  }
  if (journals.length !== trades.length)
    problems.push(`${trades.length} trades and ${journals.length} deliveries against payment`);
  return problems;
}

const tradeKinds: ReadonlySet<string> = new Set(["DVP", "NOVATION"]);
