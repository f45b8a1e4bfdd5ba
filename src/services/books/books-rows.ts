import type { ChargeJournal } from "../../domain/charges/journal.ts";
import type { OrderAccepted, OrderRejected, Step } from "../../domain/facts/event.ts";
import type { TradeExecuted, TradeSettled } from "../../domain/facts/trade-event.ts";
import type { TradeNovated } from "../../domain/facts/clearing-event.ts";
import type { Journal } from "../../domain/facts/journal.ts";
import { orderEndOf, type OrderEnd } from "../records/order-end.ts";
import { commandOffsetOf } from "../records/forgotten.ts";

/** Where a row comes from: the step's number, the event's place in it from 0, the step's time. */
type RowPlace = { readonly seq: number; readonly index: number; readonly atMs: number };

/** A journal with its postings: the market's, or a member's of what its client's day cost. */
export type JournalRow = RowPlace & { readonly journal: Journal | ChargeJournal };
/** A trade, as reports and those who traded need it. `novated`: null where it settled at once. */
export type TradeRow = RowPlace & {
  readonly trade: TradeExecuted;
  readonly commandOffset: number;
  readonly logOffset: number;
  novated: TradeNovated | null;
};
/** An order as it came, taken or refused. */
export type OrderRow = RowPlace & {
  readonly order: OrderAccepted | OrderRejected;
  readonly commandOffset: number;
  readonly logOffset: number;
};
/** The end of an order otherwise than by a trade, by the offset of the order's command. */
export type OrderEndRow = RowPlace & {
  readonly end: OrderEnd;
  readonly orderOffset: number;
  readonly commandOffset: number;
  readonly part: number;
  readonly logOffset: number;
};
/** A trade's settlement: which journal moved its shares and cash. */
export type SettlementRow = RowPlace & { readonly settled: TradeSettled };

/** What the books write down of some records of the log, each list in the order of the log. */
export type BooksRows = {
  readonly journals: JournalRow[];
  readonly trades: TradeRow[];
  readonly settlements: SettlementRow[];
  readonly orders: OrderRow[];
  readonly orderEnds: OrderEndRow[];
};

/** A step and where it stands: its number, and the offset of its record on the log. */
type NumberedStep = {
  readonly step: Step;
  readonly seq: number;
  readonly logOffset: number;
};

/** No rows yet. */
export function newBooksRows(): BooksRows {
  return { journals: [], trades: [], settlements: [], orders: [], orderEnds: [] };
}

/**
 * Adds what the step says. The one place where a step becomes rows. Charges of the days that it
 * ended have the places after its events.
 */
export function addRows(
  rows: BooksRows,
  numbered: NumberedStep,
  charges: readonly ChargeJournal[],
): void {
  const { step, seq } = numbered;
  for (const [index, event] of step.events.entries()) {
    const place = { seq, index, atMs: step.at };
    if (event.type === "JournalPosted") rows.journals.push({ ...place, journal: event.journal });
    else if (event.type === "TradeSettled") rows.settlements.push({ ...place, settled: event });
    else addOrderRows(rows, numbered, index);
  }
  for (const [number, journal] of charges.entries())
    rows.journals.push({ seq, index: step.events.length + number, atMs: step.at, journal });
}

/** What is told of orders and their trades. */
function addOrderRows(
  { trades, orders, orderEnds }: BooksRows,
  { step, seq, logOffset }: NumberedStep,
  index: number,
): void {
  const event = step.events[index];
  if (event === undefined) return;
  const commandOffset = step.cause.offset;
  const place = { seq, index, atMs: step.at, commandOffset, logOffset };
  if (event.type === "OrderAccepted" || event.type === "OrderRejected")
    orders.push({ ...place, order: event });
  else if (event.type === "TradeExecuted") trades.push({ ...place, trade: event, novated: null });
  else if (event.type === "TradeNovated") {
    const last = trades.at(-1); // it comes right behind its trade
    if (last?.trade.tradeId === event.tradeId) last.novated = event;
  } else if (
    event.type === "OrderCanceled" ||
    event.type === "OrderExpired" ||
    event.type === "OrderDeclined"
  ) {
    const orderOffset = commandOffsetOf(event.orderId);
    orderEnds.push({ ...place, end: orderEndOf(event), orderOffset, part: step.part });
  }
}

/** How many rows there are, postings counted one by one. */
export function countRows({ journals, trades, settlements, orders, orderEnds }: BooksRows): number {
  let count = trades.length + settlements.length + journals.length;
  count += orders.length + orderEnds.length;
  for (const { journal } of journals) count += journal.postings.length;
  return count;
}
