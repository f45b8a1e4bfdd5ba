import { findTarget } from "../negotiation/answering.ts";
import { shown } from "../refusal.ts";
import type { OriginalRecord } from "../../facts/origin.ts";
import { emit, repeat, type Decision } from "../decision.ts";
import { isRepeat, repeatedText, type KeptAnswer } from "../../state/confirmation.ts";
import { expireOrder } from "../ending.ts";
import type { NegotiatedOrder } from "../../state/order.ts";

/** Most things one tick ends: what keeps a step small enough to write. The next tick goes on. */
export const expiriesMax = 1_000;
/**
 * Most characters of original records that one tick makes dead letters of, unless the first has
 * more. A record may be as large as Kafka takes it, and the step has to fit into one.
 */
const originalsMax = 1_048_576;

/**
 * Ends what is past its time, first due first: orders nobody answered, answers whose order
 * never came.
 */
export function expireDue(decision: Decision): void {
  const { confirmations, clockMs } = decision.market;
  let originals = 0;
  for (let count = 0; count < expiriesMax; count += 1) {
    const order = confirmations.ordersDue.first?.value;
    const answer = confirmations.answersDue.first?.value;
    const isOrderDue = order !== undefined && order.expiresAtMs <= clockMs;
    const isAnswerDue = answer !== undefined && answer.expiresAtMs <= clockMs;
    if (isOrderDue && !(isAnswerDue && isFirst(answer, order))) expireOrder(decision, order);
    else if (isAnswerDue) {
      originals += sizeOf(answer.original);
      if (originals > originalsMax && count > 0) return;
      expireAnswer(decision, answer);
    } else return;
  }
}

function isFirst(answer: KeptAnswer, order: NegotiatedOrder): boolean {
  if (answer.expiresAtMs !== order.expiresAtMs) return answer.expiresAtMs < order.expiresAtMs;
  return answer.arrival < order.arrival;
}

function expireAnswer(decision: Decision, answer: KeptAnswer): void {
  const { orderId, participant, kind, source, original } = answer;
  const { confirmations, clockMs } = decision.market;
  if (isRepeat(confirmations, answer, clockMs)) {
    const [reason, detail] = ["ANSWER_REPEATED", repeatedText(answer)] as const;
    return emit(decision, { type: "DeadLettered", reason, detail, source, original });
  }
  const target = orderId === null ? null : findTarget(decision.market, answer);
  if (target?.type === "Closed" && target.answer?.kind === kind)
    return repeat(decision, source, participant, null, target.answer.seq);
  if (target?.type === "Closed" || target?.type === "NotYours") {
    // Its order did come, for another answer that was kept, or for somebody else's.
    const [reason, what] =
      target.type === "Closed"
        ? (["ORDER_CLOSED", `is ${target.end}`] as const)
        : (["NOT_YOUR_ORDER", `does not wait for ${participant}`] as const);
    const detail = `order_id ${shown(orderId ?? "")} ${what}`;
    return emit(decision, { type: "DeadLettered", reason, detail, source, original });
  }
  const which = orderId === null ? "no order" : `no order ${shown(orderId)}`;
  const detail = `${which} came for the answer in time; send the order first, or sooner`;
  emit(decision, { type: "DeadLettered", reason: "NO_ORDER_WAITING", detail, source, original });
}

function sizeOf({ keyBase64, valueBase64 }: OriginalRecord): number {
  return (keyBase64?.length ?? 0) + (valueBase64?.length ?? 0);
}
