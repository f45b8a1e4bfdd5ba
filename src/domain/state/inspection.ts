import { describeClearing } from "./clearing-inspection.ts";
import type { Instrument } from "../facts/instrument.ts";
import type { Asset } from "../facts/journal.ts";
import type { OrderFields } from "../facts/order-fields.ts";
import { isNegotiated, orderFacts, type Order } from "./order.ts";
import { valuesOf } from "./queue.ts";
import { entriesOf } from "./remembered.ts";
import type { CancelAllWork, Market } from "./market-state.ts";

/** A live order as a screen shows it. Shares, and paise per share. */
type OpenOrder = Omit<OrderFields, "symbolAsSent" | "custodian" | "product" | "unfit"> & {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly filledQuantity: number;
  readonly leavesQuantity: number;
  readonly status: "New" | "PartiallyFilled" | "AwaitingConfirmation";
};

/** What an account has of one asset: paise of INR, else shares. */
export type AccountBalance = {
  readonly account: string;
  readonly asset: Asset;
  readonly free: number;
  readonly blocked: number;
  readonly transit: number;
  /** To receive by trades not settled yet; below zero, to deliver or pay. */
  readonly due: number;
};

/** All live orders, oldest first. */
export function openOrders(market: Market): OpenOrder[] {
  return [...market.orders.values()].map(openOrder);
}

/**
 * All balances, by account and then asset in the order of their characters; INR has no
 * special place.
 */
export function balances(market: Market): AccountBalance[] {
  const all: AccountBalance[] = [];
  for (const [account, assets] of sorted(market.accounts))
    for (const [asset, { free, blocked, transit, due }] of sorted(assets))
      all.push({ account, asset, free, blocked, transit, due });
  return all;
}

/** The instruments listed so far, by symbol. */
export function listedInstruments(market: Market): Instrument[] {
  return sorted(market.instruments).map(([, instrument]) => instrument);
}

/**
 * The whole market as text, one fact a line, in an order that does not depend on how it came about:
 * two markets are the same if and only if their descriptions are.
 */
export function describeMarket(market: Market): string {
  const { clockMs, seq, confirmations } = market;
  return [
    `clock ${clockMs} seq ${seq}`,
    ...sorted(market.sources).map(([topicId, last]) => line("source", topicId, sorted(last))),
    ...listedInstruments(market).map((instrument) => line("instrument", instrument)),
    ...balances(market).map((balance) => line("balance", balance)),
    ...sorted(market.books).flatMap(([symbol, book]) => [
      ...book.bids.map((level) => line("bid", symbol, level.pricePaise, idsIn(level.orders))),
      ...book.asks.map((level) => line("ask", symbol, level.pricePaise, idsIn(level.orders))),
      line("unpriced", symbol, idsIn(book.unpriced)),
    ]),
    ...[...market.orders.values()].map((order) => line("order", { ...order, node: null })),
    ...sorted(market.liveIds).flatMap(([participant, ids]) =>
      sorted(ids).map(([id, { orderId }]) => line("id", participant, id, orderId)),
    ),
    ...entriesOf(market.remembered).map((entry) => line("ended", entry)),
    ...[...market.remembered.horizons].map(([name, atMs]) => line("horizon", name, atMs)),
    line("horizon of the rest", market.remembered.restHorizonMs),
    ...sorted(confirmations.waiting).map(([name, orders]) => line("waits", name, idsIn(orders))),
    ...[...confirmations.nodes.keys()].toSorted().map((id) => line("node", id)),
    line("orders due", idsIn(confirmations.ordersDue)),
    ...sorted(confirmations.kept).flatMap(([participant, lines]) =>
      [...lines]
        .map(([id, answers]) => line("kept", participant, id, valuesOf(answers)))
        .toSorted(),
    ),
    ...[...confirmations.keptNodes.keys()].toSorted().map((key) => line("kept node", key)),
    line("answers due", valuesOf(confirmations.answersDue)),
    line("answers used", [...confirmations.used]),
    ...sorted(confirmations.named).map(([id, orders]) =>
      line(
        "named",
        id,
        [...orders].map(({ orderId }) => orderId),
      ),
    ),
    line("cancel all", describeWork(market.cancelAll)),
    ...(market.sweep === null ? [] : [line("sweep", market.sweep)]),
    ...describeClearing(market.clearing),
    ...[...market.halts.symbols].toSorted().map((symbol) => line("halted", symbol)),
    ...(market.halts.isClockHalted ? ["halted the clock"] : []),
  ].join("\n");
}

function describeWork(work: CancelAllWork | null): object | null {
  return work === null ? null : { ...work, orders: work.orders.map(({ orderId }) => orderId) };
}

function openOrder(order: Order): OpenOrder {
  const { quantity, counterparty, leavesQuantity } = order;
  const filledQuantity = quantity - leavesQuantity;
  const inBook = filledQuantity === 0 ? "New" : "PartiallyFilled";
  return {
    ...orderFacts(order),
    counterparty,
    filledQuantity,
    leavesQuantity,
    status: isNegotiated(order) ? "AwaitingConfirmation" : inBook,
  };
}

function idsIn(orders: Parameters<typeof valuesOf<Order>>[0]): string[] {
  return valuesOf(orders).map(({ orderId }) => orderId);
}

function line(...facts: readonly unknown[]): string {
  return facts.map((fact) => (typeof fact === "string" ? fact : JSON.stringify(fact))).join(" ");
}

function sorted<Key extends string | number, Value>(map: ReadonlyMap<Key, Value>): [Key, Value][] {
  return [...map].toSorted(([one], [other]) => (one < other ? -1 : 1));
}
