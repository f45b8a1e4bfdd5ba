import { isAtDoor, type Origin } from "./origin.ts";
import { accountKey, type Holder } from "./account.ts";
import type { Asset } from "./journal.ts";

/** Names what an account delivers or receives of an asset in a settlement. */
export function instructionId(settlementNumber: string, holder: Holder, asset: Asset): string {
  return `I-${settlementNumber}-${accountKey(holder.participant, holder.client)}-${asset}`;
}

/**
 * True for the ids only we make: any `A-...`, made where nobody gave a client id, what could be an
 * order of ours, `O-<shard>-<offset>`, and what could be a dead letter's (`deadLetterId`).
 */
export function isReservedId(clientOrderId: string): boolean {
  return clientOrderId.startsWith("A-") || oursPattern.test(clientOrderId);
}

const oursPattern = /^(O-\d+-\d+|D-\d+-\d+-\d+-\d+)$/;

/**
 * A dead letter's one id, wherever it is named: terminal, doors, the public record's header, and
 * the command that sends it again. By its place: the command that it came of, the step's part,
 * the event.
 */
export function deadLetterId(
  shard: number,
  { cause, part }: { readonly cause: { readonly offset: number }; readonly part: number },
  eventIndex: number,
): string {
  return `D-${shard}-${cause.offset}-${part}-${eventIndex}`;
}

/**
 * True for a dead letter sent again under the id made for that: same id, same letter, said once.
 */
export function isRedrive(clientOrderId: string | null, origin: Origin): boolean {
  const isSentAgain = isAtDoor(origin) && origin.redriveOf !== null;
  return isSentAgain && clientOrderId !== null && clientOrderId.startsWith("D-");
}
