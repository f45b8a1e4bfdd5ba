import assert from "node:assert/strict";
import type { Appender, AppendResult, OutRecord } from "../services/log.ts";
import { type Cluster, openLeaderLink } from "./cluster.ts";
import { inWords, isRefusal, KafkaUnreachable, NotSent, Refusal } from "./errors.ts";
import type { Link } from "./link.ts";
import { produceBatches } from "./produce.ts";
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
  const first = await openLeaderLink(cluster, topic, partition);
  const { topicId } = first;
  let link: Link | null = first.link;
  let isAppending = false;
  let isClosed = false;

  async function connect(): Promise<Link> {
    if (link?.isOpen() === true) return link;
    const found = await openLeaderLink(cluster, topic, partition);
    if (isClosed || found.topicId !== topicId) found.link.destroy();
    if (isClosed) throw new Refusal("CLOSED", false, `${where}: the appender is closed`, null);
    if (found.topicId !== topicId) {
      throw new Refusal("UNKNOWN_TOPIC_ID", false, `${where}: the topic was made anew`, null);
    }
    return (link = found.link);
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
    const batches = [{ topic, partition, batch }];
    try {
      const answer = await open.call(
        produceBatches,
        requestTimeoutMs,
        null,
        replicationTimeoutMs,
        batches,
      );
      const baseOffset = answer.responses[0]?.partitionResponses[0]?.baseOffset ?? -1n;
      if (baseOffset < 0n)
        return { type: "unanswered", why: `${where}: answered without an offset` };
      return { type: "at", offset: Number(baseOffset) };
    } catch (error) {
      return failed(error);
    }
  }

  function failed(error: unknown): AppendResult {
    if (error instanceof NotSent) return refused(error);
    if (isRefusal(error) && refusedBeforeWriting.has(error.code)) return refused(error);
    // The next append asks anew who leads.
    link?.destroy();
    link = null;
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
      link?.destroy();
      link = null;
    },
  };
}

/** Wrong credentials do not heal by asking again. */
function isShutOut(error: unknown): boolean {
  return error instanceof KafkaUnreachable && /user or password|certificate/.test(error.message);
}
