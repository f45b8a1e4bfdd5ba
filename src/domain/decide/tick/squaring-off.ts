import { dateOf, dayAt, tradeDayAt } from "../../facts/calendar.ts";
import { priceMaxPaise } from "../../facts/limits.ts";
import { inForce } from "../../facts/clearing-terms.ts";
import type { PlaceOrder } from "../../facts/command.ts";
import type { Side } from "../../facts/side.ts";
import type { DoorOrigin } from "../../facts/origin.ts";
import { emit, type Decision } from "../decision.ts";
import { openPaise } from "../../state/day-prices.ts";
import { expireOrder } from "../ending.ts";
import type { Instrument } from "../../facts/instrument.ts";
import type { IntradayPosition } from "../../state/intraday.ts";
import { marginBasisOf } from "../margin/margining.ts";
import { settlementHasRoom } from "../clearing/novating.ts";
import { clearingTerms } from "../cycle.ts";
import { enter } from "../order/placing.ts";
import { canReceive, findTaking, nothingTaken, valueOf, type Taking } from "../order/receiving.ts";
import { goOnSweeping } from "../order/sweeping.ts";
import { holderOf, type Order } from "../../state/order.ts";
import { failInvariant, pricePaise, quantity, type PricePaise } from "../../facts/units.ts";

/**
 * Does what is due at the cut-off, as brokers do: first MIS orders leave the books, `ordersMax` at
 * most, then one position is turned round by an order of the market's own. One a tick, as an
 * order's id is its command's; a long one goes on in further parts of that tick.
 */
export function squareOff(decision: Decision, ordersMax: number): void {
  const { intraday } = decision.market.clearing.margins;
  const orders = [...intraday.orders].slice(0, ordersMax);
  for (const orderId of orders) {
    const order = decision.market.orders.get(orderId) ?? failInvariant(`${orderId} is not live`);
    expireOrder(decision, order);
  }
  const [position] = intraday.positions.values();
  if (orders.length === 0 && position !== undefined) turnRound(decision, position);
}

/**
 * A buy asks at most so much above the last price: NSE's widest price band. A sell has no limit.
 */
const bandPercent = 20;

function turnRound(decision: Decision, position: IntradayPosition): void {
  const { market } = decision;
  const { symbol } = position;
  const instrument = market.instruments.get(symbol) ?? failInvariant(`${symbol} is not listed`);
  const command = ownOrder(decision, instrument, position);
  const taking = isDateOver(decision) ? nothingTaken : findOwnTaking(decision, instrument, command);
  const price = command.pricePaise === null ? null : pricePaise(command.pricePaise);
  const admission = { instrument, quantity: quantity(command.quantity), pricePaise: price };
  end(decision, enter(decision, command, { ...admission, ...taking }));
}

/** Does the next part of an order of the market's own that trades in parts. */
export function goOnSquaringOff(decision: Decision): void {
  const { market } = decision;
  // Still the first: what came after it is turned round after it.
  const [position] = market.clearing.margins.intraday.positions.values();
  if (position === undefined) return failInvariant("nothing is being turned round");
  const instrument =
    market.instruments.get(position.symbol) ?? failInvariant(`${position.symbol} is not listed`);
  end(decision, goOnSweeping(decision, ownOrder(decision, instrument, position)));
}

/** What did not trade is delivered. Null: parts are still to come. */
function end(decision: Decision, order: Order | null): void {
  if (order === null) return;
  const { orderId, symbol, side, leavesQuantity } = order;
  const { participant, client } = holderOf(order);
  const filledQuantity = order.quantity - leavesQuantity;
  if (leavesQuantity > 0) expireOrder(decision, order);
  const about = { participant, client, symbol, side, orderId };
  emit(decision, { type: "SquaredOff", ...about, quantity: order.quantity, filledQuantity });
}

function ownOrder(
  decision: Decision,
  instrument: Instrument,
  { participant, client, symbol, shares }: IntradayPosition,
): PlaceOrder {
  const side: Side = shares < 0 ? "BUY" : "SELL";
  return {
    type: "PlaceOrder",
    participant,
    client,
    clientOrderId: null,
    symbol,
    symbolAsSent: symbol,
    side,
    quantity: Math.abs(shares),
    pricePaise: side === "BUY" ? highestPaise(decision, instrument) : null,
    counterparty: null,
    custodian: null,
    product: "MIS",
    unfit: null,
    source: ownOrigin(decision),
  };
}

/**
 * True where the cut-off comes so late, after a stop, that a trade of now has the next trade date:
 * it would turn nothing round, but open a position there. Then everything is delivered.
 */
function isDateOver(decision: Decision): boolean {
  const { clearing, clockMs } = decision.market;
  const cutOffMs = clearing.margins.intraday.squareOffAtMs ?? clockMs;
  const { calendar, timetables } = clearingTerms(decision);
  const { provisionalMinute } = inForce(timetables, dateOf(dayAt(clockMs)));
  return tradeDayAt(calendar, clockMs, provisionalMinute, false) !== dayAt(cutOffMs);
}

/** What the order takes; nothing where its own account or the settlement cannot bear it. */
function findOwnTaking(decision: Decision, instrument: Instrument, command: PlaceOrder): Taking {
  const book = decision.market.books.get(command.symbol);
  const price = command.pricePaise === null ? null : pricePaise(command.pricePaise);
  const incoming = { ...command, pricePaise: price };
  if (book === undefined) return nothingTaken;
  const { fills, unable } = findTaking(decision, book, incoming);
  const isFit =
    canReceive(decision, { ...incoming, pricePaise: null }, fills) &&
    settlementHasRoom(decision, instrument, valueOf(fills));
  return isFit ? { fills, unable } : nothingTaken;
}

function highestPaise(decision: Decision, instrument: Instrument): PricePaise {
  const { symbol, tickPaise } = instrument;
  const last = openPaise(decision.market.clearing.prices.get(symbol));
  const mark = last ?? marginBasisOf(decision, instrument, null)?.markPaise;
  if (mark === undefined) failInvariant(`${symbol} has no price`);
  const percents = mark * (100 + bandPercent);
  const highest = Math.min((percents - (percents % 100)) / 100, priceMaxPaise);
  return pricePaise(Math.max(highest - (highest % tickPaise), tickPaise));
}

/** The market asks itself: nobody else's request has such an id. */
function ownOrigin({ market, cause }: Decision): DoorOrigin {
  const { clockMs } = market;
  const requestId = `square-off-${cause}`;
  return { requestId, receivedAtMs: clockMs, deadlineMs: clockMs, redriveOf: null };
}
