import type { Clock } from "../../services/clock.ts";
import { BatchNotUnpacked, OutsideLog, type LogRecord, type Reader } from "../../services/log.ts";
import type { LogReading } from "../client/log-of-gateway.ts";
import { whyOf } from "../../services/why.ts";
import type { TopicName } from "../../protocol/topics.ts";

/** How long one read waits for its first record. */
const readWaitMs = 1000;
/** How long to wait before asking a broker again that did not answer. */
const retryWaitMs = 500;

/** Where to begin: with what comes from now on, or with the first record there is. */
export type TailStart = "now" | "beginning";

/** Reads a topic's first partition for ever, through a broker's absence and the topic's renewal. */
export type TopicTail = {
  readonly topic: TopicName;
  /** Waits for what is new; empty after a while without, or when the broker did not answer. */
  next(): Promise<readonly LogRecord[]>;
  close(): Promise<void>;
};

/**
 * Opens a tail; `onTrouble` is told once when the broker stops answering. Uses no consumer group.
 */
export async function openTail(
  { log, clock }: { readonly log: LogReading; readonly clock: Clock },
  topic: TopicName,
  from: TailStart,
  onTrouble: (what: string) => void,
): Promise<TopicTail> {
  const { start, end } = await log.bounds(topic, 0);
  let reader: Reader | null = await log.reader(topic, 0, from === "now" ? end : start);
  let isTroubled = false;
  let isClosed = false;

  async function read(): Promise<readonly LogRecord[]> {
    // A topic made anew (`sauda reset`) is read from its first record.
    reader ??= await log.reader(topic, 0, (await log.bounds(topic, 0)).start);
    const { records } = await reader.read(readWaitMs);
    isTroubled = false;
    return records;
  }
  return {
    topic,
    async next() {
      try {
        return await read();
      } catch (error) {
        if (isClosed) return []; // closing cuts off the read that waits
        if (error instanceof OutsideLog || error instanceof BatchNotUnpacked) {
          await reader?.close();
          reader = null;
        }
        // Not one of the publisher's: what comes after it is.
        if (error instanceof BatchNotUnpacked)
          reader = await log.reader(topic, 0, error.batch.lastOffset + 1);
        if (!isTroubled) onTrouble(`${topic}: ${whyOf(error)}`);
        isTroubled = true;
        await clock.sleep(retryWaitMs);
        return [];
      }
    },
    async close() {
      isClosed = true;
      await reader?.close();
    },
  };
}
