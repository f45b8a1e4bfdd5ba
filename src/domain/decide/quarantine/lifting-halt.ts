import { liftHaltText, type LiftHalt } from "../../facts/clearing-command.ts";
import { clearingRequestOf, passesClearing, refuseClearing } from "../clearing-request.ts";
import { emit, type Decision } from "../decision.ts";
import { isHalted } from "../../state/halts.ts";
import { shown } from "../refusal.ts";

/** Decides a word of operations that ends a halt: refused where there is none. */
export function liftHalt(decision: Decision, command: LiftHalt): void {
  const { participant, clientOrderId, symbol, source } = command;
  const request = clearingRequestOf({ ...command, client: null }, liftHaltText(command));
  if (!passesClearing(decision, request)) return;
  if (isHalted(decision.market.halts, symbol))
    return emit(decision, {
      type: "HaltLifted",
      participant,
      client: null,
      clientOrderId,
      symbol,
      source,
    });
  const what = symbol === null ? "the clock is" : `symbol ${shown(symbol)} is`;
  refuseClearing(decision, request, { reason: "NOT_HALTED", text: `${what} not halted` });
}
