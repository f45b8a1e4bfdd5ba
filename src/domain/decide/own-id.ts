import { findId, type KnownId } from "../state/client-id.ts";
import { isRedrive } from "../facts/ids.ts";
import type { Origin } from "../facts/origin.ts";
import type { Participant } from "../facts/units.ts";
import { repeat, type Decision } from "./decision.ts";
import {
  duplicateId,
  findAgeFault,
  findDeadlineFault,
  findIdFault,
  type Refusal,
} from "./refusal.ts";

/**
 * What the own client id of a request tells of it: why it is refused; undefined where the id is new
 * and the deadline to come. Of a repeat of what the id said first, says that it is one.
 */
export function takeOwnId(
  decision: Decision,
  request: {
    readonly participant: Participant;
    readonly clientOrderId: string;
    readonly source: Origin;
  },
  saysSame: (known: KnownId) => boolean,
): Refusal | "repeat" | undefined {
  const { participant, clientOrderId, source } = request;
  const known = findId(decision.market, participant, clientOrderId);
  // A redrive's id names the dead letter, so it is the same request whatever it meant then.
  if (known !== undefined && (saysSame(known) || isRedrive(clientOrderId, source))) {
    repeat(decision, source, participant, clientOrderId, known.firstSeq);
    return "repeat";
  }
  return (
    findIdFault(clientOrderId, source) ??
    (known === undefined ? undefined : duplicateId(clientOrderId, known.firstSeq)) ??
    findAgeFault(decision, request) ??
    findDeadlineFault(decision, source)
  );
}
