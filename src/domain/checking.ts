import { accountKey } from "./account.ts";
import { isRedrive, isReservedId } from "./client-id.ts";
import { isAtDoor } from "./command.ts";
import type { Origin, PlaceOrder } from "./command.ts";
import { freeAmount } from "./decision.ts";
import type { Decision } from "./decision.ts";
import type { RejectReason } from "./event.ts";
import { nearestOnTick } from "./instrument.ts";
import type { Instrument } from "./instrument.ts";
import { findMarginFault } from "./margin-check.ts";
import { settlementHasRoom } from "./novating.ts";
import { holderOf } from "./order.ts";
import { findProductFault } from "./product-check.ts";
import { canReceive, findTaking, valueOf } from "./receiving.ts";
import type { Taking } from "./receiving.ts";
import { grossMaxPaise } from "./settlement.ts";
import { accountCover, coverFor, findListable, isAdmitted } from "./terms.ts";
import { groupedRupees, pricePaise, quantity, rupees } from "./units.ts";
import type { PricePaise, Quantity, Ticker } from "./units.ts";

/**
 * Why an order or a request is refused. The text names what it is about, the value and the fix in plain words and
 * in rupees: each door has field names and units of its own.
 */
export type Refusal = { readonly reason: RejectReason; readonly text: string };

/** An order that may enter: in range, covered, with what it takes from the book on its way in. */
export type Admission = Taking & {
  readonly instrument: Instrument;
  readonly quantity: Quantity;
  readonly pricePaise: PricePaise | null;
};

const nothing: Taking = { fills: [], unable: [] };

/** Largest order: 100 crore shares. */
export const quantityMax = 1e9;
/** Highest price: Rs 1 crore. */
export const priceMaxPaise = 1e9;
/** Most resting orders one order may take: what keeps a step small enough to write (rule R10). */
export const fillsMax = 1_000;
/** Most symbols that settle in a cycle: a day's close of all of them is one event (rule R10). */
export const cycleSymbolsMax = 10_000;

/**
 * Checks an order whose client id is new, in the order of `RejectReason`, and changes nothing. What
 * would overflow its own balance is only known with the fills, so that check comes after them.
 */
export function checkOrder(decision: Decision, order: PlaceOrder): Admission | Refusal {
  const { market } = decision;
  const unlisted = findSenderFault(decision, order);
  if (unlisted !== undefined) return unlisted;
  const instrument = admitSymbol(decision, order.symbol, order.symbolAsSent);
  if ("reason" in instrument) return instrument;
  const fault = findNumberFault(order, instrument);
  if (fault !== undefined) return fault;
  const product = findProductFault(decision, order, instrument);
  if (product !== undefined) return product;
  const book = market.books.get(order.symbol);
  const price = order.pricePaise === null ? null : pricePaise(order.pricePaise);
  const shares = quantity(order.quantity);
  const isForBook = order.counterparty === null && book !== undefined;
  const incoming = { ...order, pricePaise: price, quantity: shares };
  const taking = isForBook ? findTaking(decision, book, incoming, fillsMax) : nothing;
  if (taking === null) return tooManyFills;
  const { fills } = taking;
  if (!canReceive(decision, incoming, fills)) return balanceTooLarge(order);
  if (!settlementHasRoom(decision, instrument, valueOf(fills))) return settlementTooLarge;
  const uncovered = findCoverFault(decision, order, instrument, fills[0]?.pricePaise ?? null);
  if (uncovered !== undefined) return uncovered;
  return { instrument, quantity: shares, pricePaise: price, ...taking };
}

/** The refusal of an id that only the exchange may make, or undefined. */
export function findIdFault(clientOrderId: string | null, source: Origin): Refusal | undefined {
  if (clientOrderId === null || !isReservedId(clientOrderId)) return undefined;
  if (isRedrive(clientOrderId, source)) return undefined;
  return refuse(
    "RESERVED_ID",
    `client order id ${shown(clientOrderId)}: ids that begin with A-, O- or D- are the exchange's; send another`,
  );
}

/** The refusal of what came in at a door and is decided after its deadline, or undefined (rule R14). */
export function findDeadlineFault({ market }: Decision, source: Origin): Refusal | undefined {
  if (!isAtDoor(source) || market.clockMs <= source.deadlineMs) return undefined;
  const lateMs = market.clockMs - source.deadlineMs;
  return refuse(
    "DEADLINE_PASSED",
    `the request was decided ${lateMs} ms after its deadline and did nothing; send it with a new id`,
  );
}

/** The refusal of a participant the market does not deal with, or undefined. */
export function findParticipantFault(
  { terms }: Decision,
  field: "participant" | "counterparty" | "custodian",
  name: string,
): Refusal | undefined {
  if (isAdmitted(terms, name)) return undefined;
  return refuse("UNKNOWN_PARTICIPANT", `${field} ${shown(name)} is not a member of this market`);
}

/** The refusal of a member in default, or undefined. */
export function findSuspensionFault(
  { market }: Decision,
  field: "participant" | "counterparty" | "custodian",
  name: string,
): Refusal | undefined {
  if (!market.clearing.shortfalls.suspended.has(name)) return undefined;
  return refuse("MEMBER_SUSPENDED", `${field} ${shown(name)} is in default and may not trade`);
}

/** The refusal of a client id that was first used for something else. */
export function duplicateId(clientOrderId: string | null, firstSeq: number): Refusal {
  return refuse(
    "DUPLICATE_ID",
    `client order id ${shown(clientOrderId ?? "")} said something else at step ${firstSeq}; send a new id`,
  );
}

/** Text of a sender, at a length that fits a sentence. */
export function shown(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}...`;
}

function findSenderFault(decision: Decision, order: PlaceOrder): Refusal | undefined {
  return (
    findIdFault(order.clientOrderId, order.source) ??
    findDeadlineFault(decision, order.source) ??
    findMemberFault(decision, "participant", order.participant) ??
    (order.counterparty === null
      ? undefined
      : findMemberFault(decision, "counterparty", order.counterparty)) ??
    (order.custodian === null ? undefined : findMemberFault(decision, "custodian", order.custodian))
  );
}

function findMemberFault(
  decision: Decision,
  field: "participant" | "counterparty" | "custodian",
  name: string,
): Refusal | undefined {
  return findParticipantFault(decision, field, name) ?? findSuspensionFault(decision, field, name);
}

/** The instrument of a symbol that is listed, or as it would be listed; else the refusal. */
export function admitSymbol(
  decision: Decision,
  symbol: Ticker,
  symbolAsSent: string,
): Instrument | Refusal {
  const { market, terms } = decision;
  const instrument = market.instruments.get(symbol) ?? findListable(terms, symbol);
  if (instrument === undefined)
    return refuse(
      "UNKNOWN_SYMBOL",
      `symbol ${shown(symbolAsSent)} is not listed and cannot be; send a listed one of 1 to 20 of A-Z 0-9 & -`,
    );
  return hasRoomToList(decision, instrument) ? instrument : tooManySymbols;
}

function hasRoomToList({ market }: Decision, { symbol, settlement }: Instrument): boolean {
  if (settlement === undefined || market.instruments.has(symbol)) return true;
  return market.instruments.size < cycleSymbolsMax;
}

function findNumberFault(order: PlaceOrder, instrument: Instrument): Refusal | undefined {
  return (
    findQuantityFault(order) ??
    findPriceFault(order) ??
    findTickFault(order, instrument) ??
    findValueFault(order) ??
    findCounterpartyFault(order) ??
    findCustodianFault(order, instrument)
  );
}

function findQuantityFault({ quantity: shares, unfit }: PlaceOrder): Refusal | undefined {
  const isUnfit = unfit?.field === "quantity";
  if (!isUnfit && shares >= 1 && shares <= quantityMax) return undefined;
  const text = isUnfit ? shown(unfit.text) : String(shares);
  return refuse("QUANTITY_OUT_OF_RANGE", `quantity ${text}: send 1 to ${quantityMax} shares`);
}

function findPriceFault(order: PlaceOrder): Refusal | undefined {
  const { pricePaise: price, side, counterparty, unfit } = order;
  if (unfit?.field === "price") return unfitPrice(unfit.reason, unfit.text);
  if (price === null) {
    if (side === "SELL" && counterparty === null) return undefined;
    const kind = side === "BUY" ? "a buy" : "a negotiated order";
    return refuse("PRICE_MISSING", `price is missing: ${kind} needs one; ${priceRange}`);
  }
  if (price >= 1 && price <= priceMaxPaise) return undefined;
  return unfitPrice("PRICE_OUT_OF_RANGE", `Rs ${rupees(price)}`);
}

function unfitPrice(reason: RejectReason, text: string): Refusal {
  const fix = reason === "PRICE_DECIMALS" ? "send at most two decimals" : priceRange;
  return refuse(reason, `price ${shown(text)}: ${fix}`);
}

function findTickFault(order: PlaceOrder, { tickPaise }: Instrument): Refusal | undefined {
  const { pricePaise: price } = order;
  if (price === null || price % tickPaise === 0) return undefined;
  const nearest = nearestOnTick(pricePaise(price), tickPaise).map((each) => `Rs ${rupees(each)}`);
  return refuse(
    "PRICE_OFF_TICK",
    `price Rs ${rupees(price)} is off the tick of Rs ${rupees(tickPaise)}: send ${nearest.join(" or ")}`,
  );
}

function findValueFault({ pricePaise: price, quantity: shares }: PlaceOrder): Refusal | undefined {
  if (price === null || price * shares <= Number.MAX_SAFE_INTEGER) return undefined;
  return refuse(
    "VALUE_OUT_OF_RANGE",
    `price Rs ${rupees(price)} times quantity ${shares} is above Rs ${groupedRupees(Number.MAX_SAFE_INTEGER)}; send less`,
  );
}

function findCounterpartyFault({ side, counterparty }: PlaceOrder): Refusal | undefined {
  if (counterparty === null || side === "BUY") return undefined;
  return refuse(
    "COUNTERPARTY_NOT_ALLOWED",
    `counterparty ${shown(counterparty)}: only a buy can be negotiated; leave it out`,
  );
}

/** Silence has to end before obligations are final: only T+1 has the time for it. */
function findCustodianFault(
  { participant, client, custodian }: PlaceOrder,
  { symbol, settlement }: Instrument,
): Refusal | undefined {
  if (custodian === null) return undefined;
  const say = (what: string): Refusal =>
    refuse("CUSTODIAN_NOT_ALLOWED", `custodian ${shown(custodian)}: ${what}`);
  if (settlement !== "T+1")
    return say(`${symbol} settles ${settlement ?? "instant"}, not T+1; leave it out`);
  if (client === null) return say("client is missing; send the code of its client");
  if (custodian === participant) return say("is the member itself; leave it out");
  return undefined;
}

function findCoverFault(
  decision: Decision,
  order: PlaceOrder,
  instrument: Instrument,
  firstPaise: number | null,
): Refusal | undefined {
  const { side, symbol, pricePaise: price, quantity: shares } = order;
  const { participant, client } = holderOf(order);
  if (coverFor(decision.terms, instrument, participant, client) === "margin")
    return findMarginFault(decision, instrument, { ...order, client }, firstPaise);
  if (side === "BUY") {
    const needed = (price ?? 0) * shares;
    const free = freeAmount(decision, participant, client, "INR");
    if (needed <= free) return undefined;
    const text = `the order needs Rs ${groupedRupees(needed)} and Rs ${groupedRupees(free)} is free; send less`;
    return refuse("INSUFFICIENT_FUNDS", text + fullCoverNote(decision, order));
  }
  const free = freeAmount(decision, participant, client, symbol);
  if (shares <= free) return undefined;
  const text = `quantity ${shares}: ${free} shares are free; send less`;
  return refuse("INSUFFICIENT_HOLDINGS", text + fullCoverNote(decision, order));
}

/** Why an account on margin has to have it all. */
function fullCoverNote({ terms }: Decision, order: PlaceOrder): string {
  const { participant, client } = holderOf(order);
  if (accountCover(terms, participant, client) === "full") return "";
  return `; ${order.symbol} settles at once, so a margin does not do`;
}

const priceRange = "send Rs 0.01 to Rs 10000000.00";

const tooManySymbols = refuse(
  "UNKNOWN_SYMBOL",
  `symbol is not listed, and ${cycleSymbolsMax} are, the most that one day's close may hold; send a listed one`,
);

const tooManyFills = refuse(
  "TOO_MANY_FILLS",
  `quantity would take more than ${fillsMax} resting orders; send a smaller quantity`,
);

function balanceTooLarge(order: PlaceOrder): Refusal {
  const { participant, client } = holderOf(order);
  const what = order.side === "BUY" ? order.symbol : "cash";
  return refuse(
    "VALUE_OUT_OF_RANGE",
    `quantity would lift the ${what} of ${accountKey(participant, client)} above what can be counted exactly; send a smaller quantity`,
  );
}

const settlementTooLarge = refuse(
  "VALUE_OUT_OF_RANGE",
  `quantity would lift its settlement above Rs ${groupedRupees(grossMaxPaise)}; send a smaller quantity`,
);

function refuse(reason: RejectReason, text: string): Refusal {
  return { reason, text };
}
