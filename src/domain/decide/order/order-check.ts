import { accountKey } from "../../facts/account.ts";
import type { PlaceOrder } from "../../facts/command.ts";
import { freeAmount, type Decision } from "../decision.ts";
import type { RejectReason } from "../../facts/reject-reason.ts";
import { isHalted } from "../../state/halts.ts";
import { nearestOnTick, type Instrument } from "../../facts/instrument.ts";
import { findMarginFault } from "../margin/margin-check.ts";
import { settlementHasRoom } from "../clearing/novating.ts";
import { holderOf } from "../../state/order.ts";
import { findProductFault } from "./product-check.ts";
import { canReceive, findTaking, nothingTaken, valueOf, type Taking } from "./receiving.ts";
import { grossMaxPaise } from "../../state/settlement.ts";
import { accountCover, coverFor } from "../../facts/terms.ts";
import {
  groupedRupees,
  pricePaise,
  quantity,
  rupees,
  type PricePaise,
  type Quantity,
} from "../../facts/units.ts";
import {
  shown,
  findAgeFault,
  findIdFault,
  findDeadlineFault,
  findParticipantFault,
  findSuspensionFault,
  refuse,
  type Refusal,
} from "../refusal.ts";
import { admitSymbol } from "../listing.ts";
import { quantityMax, priceMaxPaise } from "../../facts/limits.ts";

/** An order that may enter: in range, covered, with what it takes from the book on its way in. */
export type Admission = Taking & {
  readonly instrument: Instrument;
  readonly quantity: Quantity;
  readonly pricePaise: PricePaise | null;
};

/**
 * Checks an order whose client id is new, in the order of `RejectReason`, and changes nothing. What
 * would overflow its own balance is only known with the fills, so that check comes after them.
 */
export function checkOrder(decision: Decision, order: PlaceOrder): Admission | Refusal {
  const { market } = decision;
  // First: whatever broke the market in this symbol is not asked again.
  if (isHalted(market.halts, order.symbol)) return symbolHalted(order.symbol);
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
  const taking = isForBook ? findTaking(decision, book, incoming) : nothingTaken;
  const { fills, unable } = taking;
  if (!canReceive(decision, incoming, fills)) return balanceTooLarge(order);
  if (!settlementHasRoom(decision, instrument, valueOf(fills))) return settlementTooLarge;
  const uncovered = findCoverFault(decision, order, instrument, fills[0]?.pricePaise ?? null);
  if (uncovered !== undefined) return uncovered;
  return { instrument, quantity: shares, pricePaise: price, fills, unable };
}

function findSenderFault(decision: Decision, order: PlaceOrder): Refusal | undefined {
  return (
    findIdFault(order.clientOrderId, order.source) ??
    findAgeFault(decision, order) ??
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

function symbolHalted(symbol: string): Refusal {
  const text = `symbol ${shown(symbol)} takes no new orders: a request in it stopped the exchange and is in quarantine; send it when operations have lifted the halt`;
  return refuse("SYMBOL_HALTED", text);
}

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
