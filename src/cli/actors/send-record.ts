import type { Clock } from "../../services/clock.ts";
import { backOff, resendsMax } from "../../services/failures.ts";
import { NoSuchTopic } from "../../services/log-errors.ts";
import type { AppendResult, Appender, MarketLog, OutRecord } from "../../services/log.ts";
import { whyOf } from "../../services/why.ts";
import { reportProblem, type Output } from "../output.ts";
import type { Context } from "../context.ts";
import { wireValue } from "../raw-json.ts";
import type { TopicName } from "../../protocol/topics.ts";

/** What is waited before a refused record is sent again, where the broker says that it may be. */
const resendWaitMs = { first: 50, most: 5000 };

/**
 * What became of a record. `unknown`: it may or may not have been written, and nobody here can say.
 */
type Sent =
  | { readonly type: "at"; readonly offset: number }
  | { readonly type: "refused"; readonly why: string }
  | { readonly type: "unknown"; readonly why: string };

/**
 * A message as it goes on the wire, to partition 0 where none is named. `key` null: none, as the
 * seeds have it.
 */
export type Outgoing = {
  readonly topic: TopicName;
  readonly partition?: number;
  readonly key: string | null;
  readonly value: object;
};

/** Writes records to topics, one request to each after the other. */
export type Sender = {
  send(message: Outgoing): Promise<Sent>;
  /** The same for several in one request: record i stands at the answered offset + i. */
  sendAll(
    place: Pick<Outgoing, "topic" | "partition">,
    records: readonly OutRecord[],
  ): Promise<Sent>;
  close(): Promise<void>;
};

/** Does the work with a sender over the context's log, which is closed behind it. */
export async function withSender<Done>(
  { logClient, clock }: Context,
  work: (sender: Sender) => Promise<Done>,
): Promise<Done> {
  const sender = openSender(logClient.log, clock);
  try {
    return await work(sender);
  } finally {
    await sender.close();
  }
}

/** A sender over the log. It opens a way to a topic when the first record goes there. */
export function openSender(log: MarketLog, clock: Clock): Sender {
  const appenders = new Map<string, Appender>();

  async function forget(place: string): Promise<void> {
    const appender = appenders.get(place);
    appenders.delete(place);
    await appender?.close();
  }
  async function append(
    topic: TopicName,
    partition: number,
    records: readonly OutRecord[],
  ): Promise<AppendResult> {
    const place = `${topic}-${partition}`;
    const open = appenders.get(place);
    let appender: Appender;
    try {
      appender = open ?? (await log.appender(topic, partition));
    } catch (error) {
      return { type: "refused", retriable: !(error instanceof NoSuchTopic), why: whyOf(error) };
    }
    appenders.set(place, appender);
    try {
      const result = await appender.append(records);
      // A way that was open may lead to a topic that is gone (`sauda reset`): a new one may not.
      const isOld = result.type === "refused" && open !== undefined;
      return isOld ? { ...result, retriable: true } : result;
    } catch (error) {
      return { type: "unanswered", why: whyOf(error) };
    }
  }
  async function sendAll(
    { topic, partition = 0 }: Pick<Outgoing, "topic" | "partition">,
    records: readonly OutRecord[],
  ): Promise<Sent> {
    for (let resends = 0; ; resends += 1) {
      const result = await append(topic, partition, records);
      if (result.type === "at") return result;
      await forget(`${topic}-${partition}`);
      // Never sent again: the seeds' records have no id, so a second copy would be a
      // second order.
      if (result.type === "unanswered") return { type: "unknown", why: result.why };
      if (!result.retriable || resends === resendsMax) return { type: "refused", why: result.why };
      await clock.sleep(backOff(resends, resendWaitMs));
    }
  }
  return {
    sendAll,
    send: ({ key, value, ...place }) => {
      const bytes = Buffer.from(JSON.stringify(value));
      return sendAll(place, [{ key: key === null ? null : Buffer.from(key), value: bytes }]);
    },
    async close() {
      await Promise.all([...appenders.keys()].map(forget));
    },
  };
}

/** Says what became of a message; `text` is the line for one that was written. True if it was. */
export function reportSent(output: Output, message: Outgoing, sent: Sent, text: string): boolean {
  const { topic, key, value } = message;
  const wire = { topic, key, value: wireValue(Buffer.from(JSON.stringify(value))) };
  if (sent.type === "at") {
    const place = { topic, partition: 0, offset: sent.offset };
    output.fact(`${text} -> ${topic}-0@${sent.offset}`, { type: "sent", ...place, ...wire });
    return true;
  }
  const problem =
    sent.type === "refused"
      ? `not sent: ${sent.why}`
      : `unknown: ${sent.why}; the record may or may not have been written to ${topic}`;
  reportProblem(output, problem, { type: sent.type, why: sent.why, ...wire });
  return false;
}
