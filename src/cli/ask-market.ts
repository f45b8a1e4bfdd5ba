import { Option } from "commander";
import { canonicalSymbol } from "../domain/instrument.ts";
import { shardOf } from "../domain/shard.ts";
import { readSaudaOrder } from "../protocol/sauda-orders.ts";
import { ordersTopic } from "../protocol/topics.ts";
import { answerFacts } from "./answer-facts.ts";
import { awaitAnswer } from "./answer.ts";
import { readSeconds } from "./option-values.ts";
import { Failure, exitCode } from "./output.ts";
import { openSender, reportProblem } from "./send-record.ts";
import type { Sent } from "./send-record.ts";
import type { Stage } from "./stage.ts";

/** How long to wait for an answer unless told otherwise. */
const answerWaitMs = 10_000;

/** The option for it: seconds for people, milliseconds inside. */
export function answerTimeout(): Option {
  return new Option("--timeout <seconds>", "how long to wait for the answer")
    .argParser(readSeconds)
    .default(answerWaitMs, String(answerWaitMs / 1000));
}

/** A message of `sauda.orders`: whatever else it says, it says this. */
export type Request = {
  readonly type: string;
  readonly participant: string;
  readonly client_order_id: string;
  /** Absent from what is about no symbol: shard 0 decides it. */
  readonly symbol?: string | undefined;
  readonly [field: string]: unknown;
};

/**
 * Sends a message to `sauda.orders` and prints the market's answer, found in the log. Returns the exit
 * code: 0 done, 1 refused or unknown. What the market could not even read is a usage error, not sent.
 */
export async function askMarket(
  stage: Stage,
  request: Request,
  timeoutMs: number,
): Promise<number> {
  const { door, clock, output } = stage;
  const value = { v: 1, ...request, timestamp: new Date(clock.nowMs()).toISOString() };
  refuseUnreadable(value);
  const sender = openSender(door.log, clock);
  const late = new AbortController();
  const answered = new AbortController();
  try {
    const sent = await sender.send({ topic: ordersTopic, key: request.symbol ?? null, value });
    if (sent.type !== "at") return reportNotSent(stage, request, sent);
    output.note(`${request.type} written to ${ordersTopic}-0@${sent.offset}`);
    void clock.sleep(timeoutMs, answered.signal).then(() => {
      late.abort();
    });
    const question = {
      offset: sent.offset,
      shard: shardOfRequest(request, door.shards),
      participant: request.participant,
      clientOrderId: request.client_order_id,
    };
    const signal = AbortSignal.any([stage.signal, late.signal]);
    const answer = await awaitAnswer({ log: door.log, clock }, question, signal);
    if (answer === null) return reportUnknown(stage, request, `no answer in the log yet`);
    const { facts, isDone } = answerFacts(answer);
    for (const { text, json } of facts) output.fact(text, json);
    return isDone ? exitCode.done : exitCode.failed;
  } finally {
    answered.abort();
    await sender.close();
  }
}

function shardOfRequest({ symbol }: Request, shards: number): number {
  return symbol === undefined ? 0 : shardOf(canonicalSymbol(symbol), shards);
}

/** The market would make a dead letter of it; here the person can still correct it. */
function refuseUnreadable(value: Request): void {
  const source = { topicId: "", topic: ordersTopic, partition: 0, offset: 0, timestampMs: 0 };
  const read = readSaudaOrder({ key: null, value: Buffer.from(JSON.stringify(value)), source });
  if (read.type === "Unreadable")
    throw new Failure(`not sent: ${read.reason}: ${read.detail}`, exitCode.usage);
}

function reportNotSent(
  stage: Stage,
  request: Request,
  sent: Exclude<Sent, { type: "at" }>,
): number {
  if (sent.type === "unknown") return reportUnknown(stage, request, sent.why);
  const json = { type: "refused", why: sent.why, client_order_id: request.client_order_id };
  reportProblem(stage.output, `not sent: ${sent.why}`, json);
  return exitCode.failed;
}

/** Honest doubt: sending the same id again is safe, because the market answers a repeat once. */
function reportUnknown({ output }: Stage, request: Request, why: string): number {
  const { client_order_id: id } = request;
  const text = `unknown: ${why}; it may or may not take effect. The same again with --client-order-id ${id} is safe`;
  reportProblem(output, text, { type: "unknown", why, client_order_id: id });
  return exitCode.failed;
}
