import assert from "node:assert/strict";
import type { Appender, AppendResult, Deletion, OutRecord } from "../services/log.ts";
import { type Cluster, connectToLeader } from "./cluster.ts";
import { inWords, isBrokerError, NotSent, BrokerError, brokerErrorOf } from "./errors.ts";
import type { Connection } from "./connection.ts";
import { canProduceById, type PartitionBatch, produceById, produceByName } from "./produce.ts";
import { encodeBatch } from "./record-batch.ts";
import { Unauthorised } from "../services/log-errors.ts";

/** R7: the client's default would be a stall of 30 s. The broker is to give up a little earlier. */
const requestTimeoutMs = 3000;
const replicationTimeoutMs = 2500;

/**
 * The errors of the broker that come before it writes anything. Every other error leaves it open: a
 * leader that loses its role while it waits for replicas answers NOT_LEADER_OR_FOLLOWER although
 * the batch stands in its log, and may yet come to stand in the next leader's.
 */
const refusedBeforeWriting: ReadonlySet<string> = new Set([
  "CORRUPT_MESSAGE",
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "NOT_ENOUGH_REPLICAS",
  "UNKNOWN_TOPIC_ID",
  "INVALID_TOPIC_EXCEPTION",
  "INVALID_REQUIRED_ACKS",
  "INVALID_TIMESTAMP",
  "INVALID_RECORD",
  "INVALID_REQUEST",
  "UNSUPPORTED_VERSION",
  "UNSUPPORTED_FOR_MESSAGE_FORMAT",
  "UNSUPPORTED_COMPRESSION_TYPE",
  "POLICY_VIOLATION",
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "SASL_AUTHENTICATION_FAILED",
]);

/** What an appender holds: its one connection, and whether it is in use. */
type AppenderState = {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly partition: number;
  readonly where: string;
  readonly topicId: string;
  connection: Connection;
  isById: boolean;
  isAppending: boolean;
  isClosed: boolean;
};

/**
 * Appends to one partition by a plain producer of its own (R7): acks=all, one batch in one request
 * in flight, nothing ever sent twice. Record i of a call stands at the answered offset + i.
 */
export async function openAppender(
  cluster: Cluster,
  topic: string,
  partition: number,
): Promise<Appender> {
  const where = `${topic}, partition ${partition}`;
  const opened = await openToLeader(cluster, topic, partition);
  const state: AppenderState = {
    cluster,
    topic,
    partition,
    where,
    ...opened,
    isAppending: false,
    isClosed: false,
  };
  return {
    async append(records) {
      assert(!state.isAppending, `${where}: two appends at once`);
      assert(records.length > 0, `${where}: an append without records`);
      assert(!state.isClosed, `${where}: append after close`);
      state.isAppending = true;
      try {
        return await send(state, records);
      } finally {
        state.isAppending = false;
      }
    },
    async close() {
      state.isClosed = true;
      state.connection.destroy();
    },
  };
}

async function send(
  state: AppenderState,
  records: readonly (OutRecord | Deletion)[],
): Promise<AppendResult> {
  try {
    await reconnect(state);
  } catch (error) {
    // Nothing can have been sent, whatever it was.
    return refused(state, error);
  }
  const batch = encodeBatch(records, Date.now());
  try {
    const { offset, appendedAtMs } = await produce(state, batch);
    if (offset >= 0)
      return { type: "at", offset, appendedAtMs: appendedAtMs < 0 ? null : appendedAtMs };
    return { type: "unanswered", why: `${state.where}: answered without an offset` };
  } catch (error) {
    return failed(state, error);
  }
}

async function reconnect(state: AppenderState): Promise<void> {
  if (state.connection.isOpen()) return;
  const found = await openToLeader(state.cluster, state.topic, state.partition);
  const isSame = found.topicId === state.topicId;
  if (state.isClosed || !isSame) found.connection.destroy();
  if (state.isClosed) throw new BrokerError("CLOSED", false, "the appender is closed", null);
  if (!isSame) throw new BrokerError("UNKNOWN_TOPIC_ID", false, "the topic was made anew", null);
  state.connection = found.connection;
  state.isById = found.isById;
}

async function produce(
  state: AppenderState,
  bytes: Buffer,
): Promise<{ offset: number; appendedAtMs: number }> {
  const batch: PartitionBatch = { topic: state.topic, partition: state.partition, batch: bytes };
  if (state.isById) {
    const args = [state.topicId, replicationTimeoutMs, batch] as const;
    const answer = await state.connection.call(produceById, requestTimeoutMs, ...args);
    if (answer.errorCode !== 0) throw brokerErrorOf(answer.errorCode, answer.errorMessage ?? "");
    return { offset: answer.baseOffset, appendedAtMs: answer.appendedAtMs };
  }
  const args = [null, replicationTimeoutMs, [batch]] as const;
  const answer = await state.connection.call(produceByName, requestTimeoutMs, ...args);
  const stands = answer.responses[0]?.partitionResponses[0];
  const appendedAtMs = Number(stands?.logAppendTimeMs ?? -1n);
  return { offset: Number(stands?.baseOffset ?? -1n), appendedAtMs };
}

function failed(state: AppenderState, error: unknown): AppendResult {
  if (error instanceof NotSent) return refused(state, error);
  const isRefused = isBrokerError(error) && refusedBeforeWriting.has(error.code);
  // Unless the leader itself judged the batch, the next append asks anew who leads, and which topic
  // has the name.
  if (!isRefused || error.code === "UNKNOWN_TOPIC_ID") state.connection.destroy();
  if (isRefused) return refused(state, error);
  return { type: "unanswered", why: `${state.where}: ${inWords(error)}` };
}

function refused(state: AppenderState, error: unknown): AppendResult {
  const isRetriable = isBrokerError(error) ? error.isRetriable : !(error instanceof Unauthorised);
  return { type: "refused", retriable: isRetriable, why: `${state.where}: ${inWords(error)}` };
}

/** The way to the leader, and whether it takes records by the topic's id. */
async function openToLeader(
  cluster: Cluster,
  topic: string,
  partition: number,
): Promise<{ connection: Connection; topicId: string; isById: boolean }> {
  const { connection, topicId } = await connectToLeader(cluster, topic, partition);
  try {
    return { connection, topicId, isById: await canProduceById(connection) };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}
