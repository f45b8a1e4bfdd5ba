import { sideName } from "../domain/facts/affirmation.ts";
import type { Command } from "../domain/facts/command.ts";
import type { DoorOrigin, SourcePosition } from "../domain/facts/origin.ts";
import type { Result } from "../protocol/result.ts";
import { readSource } from "../protocol/sources.ts";
import { commandsTopic } from "../protocol/topics.ts";
import type { DeadLetterRecord } from "./records/dead-letter-records.ts";
import type { DoorCommand } from "./gateway.ts";

/**
 * The command the letter's bytes read as today, under the letter's own id: sent twice it is its
 * own repeat. The problem says why they still cannot be read. `originOf` makes the origin that
 * it then has.
 */
export function readAgain(
  { id, event }: DeadLetterRecord,
  originOf: (redriveOf: SourcePosition) => DoorOrigin,
): Result<DoorCommand> {
  const { source, original } = event;
  if (source === null || source.topic === commandsTopic)
    return { ok: false, problem: `${id}: was never a client's record` };
  if (event.cut !== undefined)
    return { ok: false, problem: `${id}: only its beginning is kept: ${event.detail}` };
  const command = readSource(source.topic, {
    key: bytesOf(original.keyBase64),
    value: bytesOf(original.valueBase64),
    source,
  });
  const atDoor = originOf(source);
  switch (command.type) {
    case "PlaceOrder":
      return named({ ...command, clientOrderId: command.clientOrderId ?? id, source: atDoor });
    case "AnswerOrder":
      return named({ ...command, clientOrderId: command.clientOrderId ?? id, source: atDoor });
    case "CancelOrder":
    case "CancelAll":
    case "ModifyOrder":
    case "AffirmTrade":
    case "OfferInAuction":
    case "PayDues":
    case "PayInEarly":
      return named({ ...command, source: atDoor });
    case "Unreadable":
    case "InputsMissing":
    case "Tick":
    case "Deposit":
    case "Withdraw":
    case "LiftSuspension":
    case "LiftHalt":
      return { ok: false, problem: `${id}: ${whyUnreadable(command)}` };
  }
}

/** A letter's command in a few words: who wants what. */
export function describeCommand(command: DoorCommand): string {
  const { type, participant } = command;
  if (type === "PlaceOrder")
    return `${participant} ${command.side} ${command.quantity} ${command.symbol}`;
  if (type === "AnswerOrder")
    return `${participant} ${command.answer} ${command.orderId ?? "the oldest order that waits"}`;
  if (type === "AffirmTrade")
    return `${participant} ${command.answer} ${sideName(command.tradeId, command.side)}`;
  if (type === "CancelOrder" || type === "ModifyOrder")
    return `${participant} ${type} ${command.origClientOrderId}`;
  return `${participant} ${type} ${command.clientOrderId}`;
}

function named(value: DoorCommand): Result<DoorCommand> {
  return { ok: true, value };
}

function whyUnreadable(command: Command): string {
  if (command.type === "Unreadable") return command.detail;
  return `a ${command.type} is not sent again from here; send it to sauda.orders`;
}

/** The bytes of a dead letter's key or value. */
function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, "base64");
}
