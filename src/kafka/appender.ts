import assert from "node:assert/strict";
import type { Appender, AppendResult, OutRecord } from "../services/log.ts";
import { type Cluster, openLeaderLink } from "./cluster.ts";
import { inWords, isRefusal, KafkaUnreachable, NotSent, Refusal, refusalOf } from "./errors.ts";
import type { Link } from "./link.ts";
import { canProduceById, type PartitionBatch, produceById, produceByName } from "./produce.ts";
import { encodeBatch } from "./record-batch.ts";

/** R7: the client's default would be a stall of 30 s. The broker is to give up a little earlier. */
const requestTimeoutMs = 3000;
const replicationTimeoutMs = 2500;

/**
 * The refusals the broker makes before it writes anything. Every other error leaves it open: a
 * leader that loses its role while it waits for replicas answers NOT_LEADER_OR_FOLLOWER although the
 * batch stands in its log, and may yet come to stand in the next leader's.
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
  const first = await openRoad(cluster, topic, partition);
  const { topicId } = first;
  let { link, isById } = first;
  let isAppending = false;
  let isClosed = false;

  async function connect(): Promise<Link> {
    if (link.isOpen()) return link;
    const found = await openRoad(cluster, topic, partition);
    if (isClosed || found.topicId !== topicId) found.link.destroy();
    if (isClosed) throw new Refusal("CLOSED", false, "the appender is closed", null);
    if (found.topicId !== topicId) {
      throw new Refusal("UNKNOWN_TOPIC_ID", false, "the topic was made anew", null);
    }
    ({ link, isById } = found);
    return link;
  }

  async function produce(open: Link, batch: PartitionBatch): Promise<number> {
    if (isById) {
      const args = [topicId, replicationTimeoutMs, batch] as const;
      const answer = await open.call(produceById, requestTimeoutMs, ...args);
      if (answer.errorCode !== 0) throw refusalOf(answer.errorCode, answer.errorMessage ?? "");
      return answer.baseOffset;
    }
    const args = [null, replicationTimeoutMs, [batch]] as const;
    const answer = await open.call(produceByName, requestTimeoutMs, ...args);
    return Number(answer.responses[0]?.partitionResponses[0]?.baseOffset ?? -1n);
  }

  async function send(records: readonly OutRecord[]): Promise<AppendResult> {
    let open: Link;
    try {
      open = await connect();
    } catch (error) {
      // Nothing can have been sent, whatever it was.
      return refused(error);
    }
    const batch = encodeBatch(records, Date.now());
    try {
      const offset = await produce(open, { topic, partition, batch });
      if (offset < 0) return { type: "unanswered", why: `${where}: answered without an offset` };
      return { type: "at", offset };
    } catch (error) {
      return failed(error);
    }
  }

  function failed(error: unknown): AppendResult {
    if (error instanceof NotSent) return refused(error);
    const isRefused = isRefusal(error) && refusedBeforeWriting.has(error.code);
    if (isRefused && error.code !== "UNKNOWN_TOPIC_ID") return refused(error);
    // The next append asks anew who leads, and which topic has the name.
    link.destroy();
    if (isRefused) return refused(error);
    return { type: "unanswered", why: `${where}: ${inWords(error)}` };
  }

  function refused(error: unknown): AppendResult {
    const isRetriable = isRefusal(error) ? error.isRetriable : !isShutOut(error);
    return { type: "refused", retriable: isRetriable, why: `${where}: ${inWords(error)}` };
  }

  return {
    async append(records) {
      assert(!isAppending, `${where}: two appends at once`);
      assert(records.length > 0, `${where}: an append without records`);
      assert(!isClosed, `${where}: append after close`);
      isAppending = true;
      try {
        return await send(records);
      } finally {
        isAppending = false;
      }
    },
    async close() {
      isClosed = true;
      link.destroy();
    },
  };
}

/** The way to the leader, and whether it takes records by the topic's id. */
async function openRoad(
  cluster: Cluster,
  topic: string,
  partition: number,
): Promise<{ link: Link; topicId: string; isById: boolean }> {
  const { link, topicId } = await openLeaderLink(cluster, topic, partition);
  try {
    return { link, topicId, isById: await canProduceById(link) };
  } catch (error) {
    link.destroy();
    throw error;
  }
}

/** Wrong credentials do not heal by asking again. */
function isShutOut(error: unknown): boolean {
  return error instanceof KafkaUnreachable && /user or password|certificate/.test(error.message);
}
