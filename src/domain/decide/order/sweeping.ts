import type { PlaceOrder } from "../../facts/command.ts";
import { coverFor } from "../../facts/terms.ts";
import { failInvariant, pricePaise } from "../../facts/units.ts";
import { findFills } from "../../state/book.ts";
import { holderOf, type Order } from "../../state/order.ts";
import { emit, openAccount, type Decision } from "../decision.ts";
import { accept, orderIdOf, takeFills } from "./accepting.ts";
import { endUnable, findTaking, type Taking } from "./receiving.ts";

/** True where an order meets more of the book than one part of its step may hold (rule R10). */
export function isSweep({ fillsMax }: Decision, { fills, unable }: Taking): boolean {
  return fills.length + unable.length > fillsMax;
}

/**
 * Begins an order that trades in parts: what it takes and may cost was checked, all of it, and does
 * not change before it is done. Returns as `goOnSweeping`.
 */
export function beginSweep(
  decision: Decision,
  command: PlaceOrder,
  { fills, unable }: Taking,
): Order | null {
  const { participant, symbol } = command;
  const about = { orderId: orderIdOf(decision), participant, symbol };
  emit(decision, { type: "SweepBegun", ...about, orders: fills.length + unable.length });
  return goOnSweeping(decision, command);
}

/**
 * Does the next part: first those leave the book that cannot receive, then the order enters and
 * trades. Returns the order once all is done; null where parts are still to come.
 */
export function goOnSweeping(decision: Decision, command: PlaceOrder): Order | null {
  const { market, fillsMax } = decision;
  const sweep = market.sweep ?? failInvariant("no sweep has parts to come");
  const metBefore = sweep.met;
  const order = market.orders.get(sweep.orderId) ?? enterInTurn(decision, command);
  if (order === null) return null;
  const { symbol, orderId, orders } = sweep;
  const book = market.books.get(symbol) ?? failInvariant(`${symbol} has no book`);
  const incoming = { ...order, quantity: order.leavesQuantity };
  takeFills(decision, order, findFills(book, incoming, fillsMax - (sweep.met - metBefore)));
  if (sweep.met < orders) return null;
  emit(decision, { type: "SweepDone", orderId, participant: order.participant, symbol, orders });
  return order;
}

/**
 * The order, as soon as all have left that stood before it and cannot receive. Who that is, is
 * found as at first: as long as nobody trades, no account can receive more or less.
 */
function enterInTurn(decision: Decision, command: PlaceOrder): Order | null {
  const { market, terms, fillsMax } = decision;
  const { symbol } = command;
  const { participant, client } = holderOf(command);
  openAccount(decision, participant, client, symbol);
  const book = market.books.get(symbol) ?? failInvariant(`${symbol} has no book`);
  const price = command.pricePaise === null ? null : pricePaise(command.pricePaise);
  const { unable } = findTaking(decision, book, { ...command, pricePaise: price });
  endUnable(decision, unable.slice(0, fillsMax));
  if (unable.length > fillsMax) return null;
  const instrument = market.instruments.get(symbol) ?? failInvariant(`${symbol} is not listed`);
  return accept(decision, command, coverFor(terms, instrument, participant, client));
}
