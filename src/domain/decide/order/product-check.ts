import { dateOf, dayAt, momentOf, tradeDayAt } from "../../facts/calendar.ts";
import { refuse, type Refusal } from "../refusal.ts";
import { inForce } from "../../facts/clearing-terms.ts";
import type { PlaceOrder } from "../../facts/command.ts";
import type { Decision } from "../decision.ts";
import type { Instrument } from "../../facts/instrument.ts";
import { clearingTerms, settlementTypeOf } from "../cycle.ts";
import { accountCover } from "../../facts/terms.ts";
import type { TimeMs } from "../../facts/units.ts";

/** The refusal of product MIS where it cannot be, or undefined. CNC always can. */
export function findProductFault(
  decision: Decision,
  order: PlaceOrder,
  instrument: Instrument,
): Refusal | undefined {
  if (order.product !== "MIS") return undefined;
  const { participant, client, symbol, counterparty, custodian } = order;
  const isNetted = instrument.settlement === "T+1" && settlementTypeOf(instrument) === "M";
  if (!isNetted) return onlyDelivered(`${symbol} is not settled net on T+1`);
  if (counterparty !== null) return onlyDelivered("a negotiated order is delivered");
  if (custodian !== null) return onlyDelivered("what a custodian affirms is delivered");
  if (accountCover(decision.terms, participant, client) === "full")
    return onlyDelivered("the account is covered in full and not on margin");
  if (decision.market.clockMs >= squareOffMomentOf(decision))
    return onlyDelivered("the cut-off of the day is over");
  return undefined;
}

/**
 * When MIS positions of now are squared off: on the trade date that a trade of now has. So from the
 * cut-off until the date ends there is no MIS.
 */
export function squareOffMomentOf(decision: Decision): TimeMs {
  const { clockMs } = decision.market;
  const { calendar, timetables } = clearingTerms(decision);
  const { provisionalMinute } = inForce(timetables, dateOf(dayAt(clockMs)));
  const day = tradeDayAt(calendar, clockMs, provisionalMinute, false);
  return momentOf(day, inForce(timetables, dateOf(day)).squareOffMinute);
}

function onlyDelivered(why: string): Refusal {
  return refuse("PRODUCT_NOT_ALLOWED", `product MIS: ${why}; send CNC`);
}
