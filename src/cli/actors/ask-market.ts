import { utcTime } from "../../protocol/moment.ts";
import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type {
  CancelAll,
  Deposit,
  LiftHalt,
  LiftSuspension,
  Withdraw,
} from "../../domain/facts/clearing-command.ts";
import type { Command } from "../../domain/facts/command.ts";
import { shardOfCommand } from "../../domain/facts/shard.ts";
import { encodeCommand, readCommand } from "../../protocol/log/command-record.ts";
import { logKey } from "../../protocol/log/log-record.ts";
import { readSaudaOrder, type saudaOrdersSchema } from "../../protocol/own/sauda-orders.ts";
import { commandsTopic, ordersTopic } from "../../protocol/topics.ts";
import { printOutcome, reportNotSent, reportUnknown } from "./outcome-facts.ts";
import { awaitOutcome } from "./awaited-outcome.ts";
import { Failure, exitCode } from "../output.ts";
import { withSender, type Outgoing } from "./send-record.ts";
import type { Context } from "../context.ts";
import { firstToAbort } from "../../services/until-aborted.ts";

/** What a command may ask for by a message of `sauda.orders`. */
export type OrdersMessageType = Exclude<z.infer<typeof saudaOrdersSchema>["type"], "Modify">;

/** A message of `sauda.orders`: whatever else it says, it says this. */
export type OrdersMessage = {
  readonly type: OrdersMessageType;
  readonly participant: string;
  readonly client_order_id: string;
  /** Absent from what is about no symbol: shard 0 decides it. */
  readonly symbol?: string | undefined;
  readonly [field: string]: unknown;
};

/** What operations asks for, without its source. */
export type OperationsCommand = WithoutSource<
  Deposit | Withdraw | LiftSuspension | LiftHalt | CancelAll
>;

type WithoutSource<Command> = Command extends unknown ? Omit<Command, "source"> : never;

/** What is written, and how its outcome is known. */
type Asked = {
  readonly outgoing: Outgoing;
  readonly type: string;
  readonly participant: string;
  readonly clientOrderId: string;
  readonly shard: number;
  /** Null: it is known by the place where it is written. */
  readonly requestId: string | null;
};

/**
 * Writes a message to `sauda.orders`, or a command of operations to `sauda.commands`, and prints
 * its outcome, found in the log. Returns the exit code: 0 done, 1 refused or unknown. What
 * the market could not even read is a usage error, not sent.
 */
export async function askMarket(
  context: Context,
  asked: OrdersMessage | OperationsCommand,
  timeoutMs: number,
): Promise<number> {
  const { logClient, clock, output } = context;
  const question =
    "client_order_id" in asked ? asMessage(context, asked) : asCommand(context, asked, timeoutMs);
  const { outgoing, type, clientOrderId, requestId } = question;
  const sent = await withSender(context, (sender) => sender.send(outgoing));
  if (sent.type === "unknown") return reportUnknown(output, clientOrderId, sent.why);
  if (sent.type === "refused") return reportNotSent(output, clientOrderId, sent.why);
  const { topic, partition = 0 } = outgoing;
  output.note(`${type} written to ${topic}-${partition}@${sent.offset}`);
  const where = requestId === null ? { offset: sent.offset } : { requestId };
  const until = firstToAbort([context.signal, AbortSignal.timeout(timeoutMs)]);
  const outcome = await awaitOutcome(
    { log: logClient.log, clock },
    { ...question, asked: where },
    until,
  );
  if (outcome === null) return reportUnknown(output, clientOrderId, "no answer in the log yet");
  return printOutcome(output, outcome) ? exitCode.done : exitCode.failed;
}

function asMessage({ logClient, clock }: Context, message: OrdersMessage): Asked {
  const { type, participant, client_order_id: clientOrderId, symbol = null } = message;
  const value = { v: 1, ...message, timestamp: utcTime(clock.nowMs()) };
  const shard = shardOfCommand(readAsIntake(value), logClient.shards);
  const outgoing: Outgoing = { topic: ordersTopic, key: symbol, value };
  return { outgoing, type, participant, clientOrderId, shard, requestId: null };
}

/** To be decided before the timeout, or refused. */
function asCommand(
  { logClient, clock }: Context,
  command: OperationsCommand,
  timeoutMs: number,
): Asked {
  const receivedAtMs = clock.nowMs();
  const requestId = randomUUID();
  const deadlineMs = receivedAtMs + timeoutMs;
  const source = { requestId, receivedAtMs, deadlineMs, redriveOf: null };
  const bytes = encodeCommand({ ...command, source });
  const read = readCommand(logKey, bytes);
  if (read.type === "Unreadable") throw new Failure(`not sent: ${read.detail}`, exitCode.usage);
  const { type, participant, clientOrderId } = command;
  const shard = shardOfCommand(read, logClient.shards);
  const value = JSON.parse(bytes.toString("utf8")) as object;
  const key = logKey.toString("ascii");
  const outgoing: Outgoing = { topic: commandsTopic, partition: shard, key, value };
  return { outgoing, type, participant, clientOrderId, shard, requestId };
}

/**
 * As the intake will. The market would make a dead letter of what it cannot read; here it can still
 * be corrected.
 */
function readAsIntake(value: OrdersMessage): Command {
  const source = { topicId: "", topic: ordersTopic, partition: 0, offset: 0, timestampMs: 0 };
  const read = readSaudaOrder({ key: null, value: Buffer.from(JSON.stringify(value)), source });
  if (read.type === "Unreadable")
    throw new Failure(`not sent: ${read.reason}: ${read.detail}`, exitCode.usage);
  return read;
}
