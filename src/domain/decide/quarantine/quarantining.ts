import {
  cancelAllText,
  fundsText,
  liftHaltText,
  liftSuspensionText,
  offerText,
  payDuesText,
  payInEarlyText,
  type CancelAll,
} from "../../facts/clearing-command.ts";
import { affirmationRequestOf } from "../clearing/affirming.ts";
import { clearingRequestOf, refuseClearing } from "../clearing-request.ts";
import type { Command } from "../../facts/command.ts";
import { emit, type Decision } from "../decision.ts";
import { expireOrder } from "../ending.ts";
import { isTaken } from "../../state/market-state.ts";
import { refuseAnswer } from "../negotiation/answering.ts";
import { requestOf } from "../order/cancelling.ts";
import { rejectOrder } from "../order/placing.ts";
import { refuse } from "../refusal.ts";
import { refuseRequest } from "../request.ts";
import type { Ticker } from "../../facts/units.ts";

/**
 * Ends a command that breaks whoever decides it: its sender is refused, and what it is about is
 * halted (rule R10). Asks nothing of the market but what a refusal needs.
 */
export function quarantine(decision: Decision, command: Command): void {
  const { market } = decision;
  const isUnread = command.type === "Unreadable" && command.source === null;
  const isRefused = command.type !== "Tick" && command.source !== null;
  // Of an order that trades in parts, if it lives: its parts so far stand, and it has its outcome.
  const begun = isUnread ? undefined : market.orders.get(market.sweep?.orderId ?? "");
  if (begun !== undefined) expireOrder(decision, begun, { reason: "QUARANTINED" });
  else if (!isRefused || !isTaken(market, command.source)) refuseWhole(decision, command);
  const symbol = symbolOf(command) ?? market.sweep?.symbol ?? null;
  emit(decision, { type: "Quarantined", command: isUnread ? null : command.type, symbol });
}

const undecided = refuse(
  "QUARANTINED",
  "the request stopped the exchange each time it was decided, and did nothing; operations look into it, then it may be sent again",
);

function refuseWhole(decision: Decision, command: Command): void {
  switch (command.type) {
    case "PlaceOrder":
      return rejectOrder(decision, command, undecided);
    case "CancelOrder":
    case "ModifyOrder":
      return refuseRequest(decision, requestOf(command), undecided);
    case "AnswerOrder":
      return refuseAnswer(decision, command, undecided);
    case "AffirmTrade":
      return refuseRequest(decision, affirmationRequestOf(command), undecided);
    case "CancelAll":
      return endCancelAll(decision, command);
    case "OfferInAuction":
      return refuseClearing(decision, clearingRequestOf(command, offerText(command)), undecided);
    case "PayDues":
      return refuseClearing(decision, clearingRequestOf(command, payDuesText(command)), undecided);
    case "PayInEarly":
      return refuseClearing(
        decision,
        clearingRequestOf(command, payInEarlyText(command)),
        undecided,
      );
    case "Deposit":
    case "Withdraw":
      return refuseClearing(decision, clearingRequestOf(command, fundsText(command)), undecided);
    case "LiftSuspension":
      return refuseClearing(
        decision,
        clearingRequestOf({ ...command, client: null }, liftSuspensionText),
        undecided,
      );
    case "LiftHalt":
      return refuseClearing(
        decision,
        clearingRequestOf({ ...command, client: null }, liftHaltText(command)),
        undecided,
      );
    case "InputsMissing": {
      const { from, to, source } = command;
      return emit(decision, { type: "InputsMissingNoted", from, to, source });
    }
    case "Unreadable": {
      const { type: _, ...letter } = command;
      return emit(decision, { type: "DeadLettered", ...letter });
    }
    case "Tick":
      return;
  }
}

/** One of which parts are done already says what it did; one that has not begun is refused. */
function endCancelAll(decision: Decision, command: CancelAll): void {
  const work = decision.market.cancelAll;
  if (work === null) {
    const request = clearingRequestOf(command, cancelAllText(command));
    return refuseClearing(decision, request, undecided);
  }
  const done = { canceled: work.canceled, orders: work.orders.length, source: command.source };
  emit(decision, { type: "CancelAllDone", ...work.scope, ...done });
}

/** Of what trades in a book alone: a halt is about new orders. */
function symbolOf(command: Command): Ticker | null {
  const { type } = command;
  const isOfBook = type === "PlaceOrder" || type === "CancelOrder" || type === "ModifyOrder";
  return isOfBook || type === "AnswerOrder" || type === "CancelAll" ? command.symbol : null;
}
