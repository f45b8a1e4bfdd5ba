import { getOrMake } from "../facts/get-or-make.ts";
import {
  isAtDoor,
  type Origin,
  type OriginalRecord,
  type SourcePosition,
} from "../facts/origin.ts";
import type { Answer } from "../facts/command.ts";
import type { NegotiatedOrder } from "./order.ts";
import { emptyQueue, join, joinInTime, leave, type QueueNode, type Queue } from "./queue.ts";
import { assert, type Participant, type TimeMs } from "../facts/units.ts";

/** An answer that came before its order. */
export type KeptAnswer = {
  readonly kind: Answer;
  readonly participant: Participant;
  /** The order it names by client id or ours; null: the oldest that comes. */
  readonly orderId: string | null;
  readonly expiresAtMs: TimeMs;
  /** The step it came with. */
  readonly arrival: number;
  readonly source: SourcePosition;
  readonly original: OriginalRecord;
};

/**
 * Consent before the trade: negotiated orders that wait, and answers that came before their order.
 */
export type Confirmations = {
  /** Orders by counterparty, oldest first. Emptied by answer, cancel and expiry. */
  readonly waiting: Map<Participant, Queue<NegotiatedOrder>>;
  /** Where each waiting order stands in its two lines. Emptied with `waiting`. */
  readonly nodes: Map<string, Nodes<NegotiatedOrder>>;
  /** The same orders, first to expire first. Emptied with `waiting`. */
  readonly ordersDue: Queue<NegotiatedOrder>;
  /**
   * Answers by counterparty and what they say (`lineName`), oldest first. Emptied by use
   * and expiry.
   */
  readonly kept: Map<Participant, Map<string, Queue<KeptAnswer>>>;
  /** Where each kept answer stands, by its source position. Emptied with `kept`. */
  readonly keptNodes: Map<string, Nodes<KeptAnswer>>;
  /** The same answers, first to expire first. Emptied with `kept`. */
  readonly answersDue: Queue<KeptAnswer>;
  /**
   * Until when an answer without any id is the sender's retry of one that was used, by
   * `CONFIRM HDFC`. The one used last stands last. What is over leaves with the next use.
   */
  readonly used: Map<string, TimeMs>;
  /** The same orders by client id, anybody's. Emptied with `waiting`. */
  readonly named: Map<string, Set<NegotiatedOrder>>;
};

type Nodes<Value> = { readonly inLine: QueueNode<Value>; readonly inTime: QueueNode<Value> };

/** No order waits and no answer is kept. */
export function noConfirmations(): Confirmations {
  return {
    waiting: new Map(),
    nodes: new Map(),
    ordersDue: emptyQueue(),
    kept: new Map(),
    keptNodes: new Map(),
    answersDue: emptyQueue(),
    used: new Map(),
    named: new Map(),
  };
}

/** The order begins to wait. */
export function startWaiting(confirmations: Confirmations, order: NegotiatedOrder): void {
  const { waiting, nodes, ordersDue } = confirmations;
  const inLine = join(getOrMake(waiting, order.counterparty, emptyQueue<NegotiatedOrder>), order);
  nodes.set(order.orderId, { inLine, inTime: joinInTime(ordersDue, order) });
  noteNamed(confirmations, order);
}

/** Notes under which client id a waiting order is, after those that came before it. */
export function noteNamed({ named }: Confirmations, order: NegotiatedOrder): void {
  getOrMake(named, order.clientOrderId, () => new Set<NegotiatedOrder>()).add(order);
}

/** The order waits no longer: it was answered, canceled, or has expired. */
export function stopWaiting(confirmations: Confirmations, order: NegotiatedOrder): void {
  const { waiting, nodes, ordersDue, named } = confirmations;
  const node = nodes.get(order.orderId);
  const line = waiting.get(order.counterparty);
  assert(node !== undefined && line !== undefined, "only a waiting order stops waiting");
  nodes.delete(order.orderId);
  leave(line, node.inLine);
  leave(ordersDue, node.inTime);
  if (line.first === null) waiting.delete(order.counterparty);
  const namesakes = named.get(order.clientOrderId);
  namesakes?.delete(order);
  if (namesakes?.size === 0) named.delete(order.clientOrderId);
}

/** The oldest order that waits for this counterparty and is within its time. */
export function findOldestWaiting(
  confirmations: Confirmations,
  counterparty: Participant,
  nowMs: TimeMs,
): NegotiatedOrder | undefined {
  return firstInTime(confirmations.waiting.get(counterparty), nowMs)?.value;
}

/** Keeps an answer until its order comes or its time is over. */
export function keepAnswer(confirmations: Confirmations, answer: KeptAnswer): void {
  const { kept, keptNodes, answersDue } = confirmations;
  const lines = getOrMake(kept, answer.participant, () => new Map<string, Queue<KeptAnswer>>());
  const inLine = join(getOrMake(lines, lineName(answer), emptyQueue<KeptAnswer>), answer);
  keptNodes.set(positionKey(answer.source), { inLine, inTime: joinInTime(answersDue, answer) });
}

/** Lets go of the kept answer that stood at this source position, if there is one. */
export function dropAnswer(confirmations: Confirmations, source: Origin): void {
  if (isAtDoor(source)) return; // an answer at a door is used or refused, never kept
  const { kept, keptNodes, answersDue } = confirmations;
  const key = positionKey(source);
  const node = keptNodes.get(key);
  if (node === undefined) return;
  const answer = node.inLine.value;
  const { participant } = answer;
  const lines = kept.get(participant);
  const line = lines?.get(lineName(answer));
  assert(lines !== undefined && line !== undefined, "a kept answer stands in a line");
  keptNodes.delete(key);
  leave(line, node.inLine);
  leave(answersDue, node.inTime);
  if (line.first === null) lines.delete(lineName(answer));
  if (lines.size === 0) kept.delete(participant);
}

/**
 * Notes that an answer which named no order was used: until then an equal one may be its repeat.
 */
export function noteUsed(
  { used }: Confirmations,
  answer: { readonly answer: Answer; readonly participant: Participant },
  untilMs: TimeMs,
  nowMs: TimeMs,
): void {
  for (const [key, overMs] of used) {
    if (overMs > nowMs) break;
    used.delete(key);
  }
  const key = `${answer.answer} ${answer.participant}`;
  used.delete(key); // so that it stands last
  used.set(key, untilMs);
}

/**
 * True for an answer that names no order and comes soon after an equal one was used: the
 * sender's retry.
 */
export function isRepeat(
  { used }: Confirmations,
  answer: Pick<KeptAnswer, "kind" | "participant" | "orderId">,
  nowMs: TimeMs,
): boolean {
  if (answer.orderId !== null) return false;
  const untilMs = used.get(`${answer.kind} ${answer.participant}`);
  return untilMs !== undefined && nowMs < untilMs;
}

/** What the dead letter of a repeat says. */
export function repeatedText({ kind }: Pick<KeptAnswer, "kind">): string {
  return (
    `no order waits, and a ${kind} without order_id was used shortly before: taken for its sender's ` +
    "retry, not kept for an order to come; send the order first, or name it by order_id"
  );
}

/**
 * The oldest answer in its time that was kept for this order: it names it, or names none and is no
 * repeat of one that was used since it came.
 */
export function findKeptAnswer(
  confirmations: Confirmations,
  order: {
    readonly counterparty: Participant;
    readonly orderId: string;
    readonly clientOrderId: string;
  },
  nowMs: TimeMs,
): KeptAnswer | undefined {
  const lines = confirmations.kept.get(order.counterparty);
  if (lines === undefined) return undefined;
  let oldest: KeptAnswer | undefined;
  for (const name of ["CONFIRM", "REJECT", `=${order.clientOrderId}`, `=${order.orderId}`]) {
    const answer = firstInTime(lines.get(name), nowMs)?.value;
    if (answer === undefined || isRepeat(confirmations, answer, nowMs)) continue;
    if (oldest === undefined || answer.arrival < oldest.arrival) oldest = answer;
  }
  return oldest;
}

/** When the first kept answer or waiting order expires; null where nothing waits. */
export function firstExpiryMs(confirmations: Confirmations): TimeMs | null {
  const order = confirmations.ordersDue.first?.value.expiresAtMs ?? null;
  const answer = confirmations.answersDue.first?.value.expiresAtMs ?? null;
  if (order === null) return answer;
  return answer === null || order < answer ? order : answer;
}

/** The line of answers that say the same: of those that name an order, or CONFIRM, or REJECT. */
function lineName({ kind, orderId }: KeptAnswer): string {
  return orderId === null ? kind : `=${orderId}`;
}

function firstInTime<Value extends { readonly expiresAtMs: number }>(
  line: Queue<Value> | undefined,
  nowMs: TimeMs,
): QueueNode<Value> | null {
  let node = line?.first ?? null;
  while (node !== null && node.value.expiresAtMs <= nowMs) node = node.after;
  return node;
}

/** Under which a kept answer is found. */
export function positionKey({ topicId, partition, offset }: SourcePosition): string {
  return `${topicId}/${partition}/${offset}`;
}
