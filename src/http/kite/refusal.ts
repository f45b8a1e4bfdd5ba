import type { RejectReason } from "../../domain/facts/reject-reason.ts";
import { utcTime } from "../../protocol/moment.ts";
import type { GatewayStep, DoorOutcome } from "../../services/gateway.ts";
import type { SentAnswer } from "../door.ts";
import { KiteError, type KiteErrorType } from "./kite-error.ts";
import { kiteTime } from "./kite-time.ts";

/** What the market decided for a command that it did not refuse. */
type Decided = { readonly outcome: DoorOutcome; readonly decided: GatewayStep };

/**
 * The decision, where the market took the command. Its refusals are Kite's exceptions with its own
 * text; "unknown" is a gateway timeout (504) that says until when, since Kite has no such answer.
 * Throws `KiteError`.
 */
export function decidedOrThrow(answer: SentAnswer): Decided {
  if (answer.type === "unknown") throw unknownUntil(answer.deadlineMs);
  const { outcome } = answer;
  if ("reason" in outcome && "text" in outcome) throw refusalOf(outcome);
  return answer;
}

function refusalOf(outcome: { readonly reason: string; readonly text: string }): KiteError {
  const type = types[outcome.reason as RejectReason] ?? "OrderException";
  return new KiteError(400, type, `${outcome.reason}: ${outcome.text}`);
}

function unknownUntil(deadlineMs: number): KiteError {
  const text = `not decided yet. By ${kiteTime(deadlineMs)} (${utcTime(deadlineMs)}) it is among GET /orders or never will be; send nothing again before`;
  return new KiteError(504, "NetworkException", text);
}

const types: Partial<Record<RejectReason, KiteErrorType>> = {
  INSUFFICIENT_FUNDS: "MarginException",
  INSUFFICIENT_HOLDINGS: "HoldingException",
  INSUFFICIENT_MARGIN: "MarginException",
  UNKNOWN_SYMBOL: "InputException",
  QUANTITY_OUT_OF_RANGE: "InputException",
  PRICE_MISSING: "InputException",
  PRICE_DECIMALS: "InputException",
  PRICE_OUT_OF_RANGE: "InputException",
  PRICE_OFF_TICK: "InputException",
  PRODUCT_NOT_ALLOWED: "InputException",
  VALUE_OUT_OF_RANGE: "InputException",
};
