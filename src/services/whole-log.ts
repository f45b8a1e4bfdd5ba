import { OutsideLog, type MarketLog, type Reader } from "./log.ts";
import { Stop } from "./stop.ts";
import type { TopicName } from "../protocol/topics.ts";

/** The way on where a part of the truth is gone: only a person may decide what is true. */
const wayOn =
  "keep a copy of what is there; restore Kafka's data, or begin a new market with `npx sauda reset`";

/**
 * Reads `sauda.commands` or `sauda.events` of a shard from an offset on. Neither ever loses a
 * record (R1): where the position is not in it any more the reads throw `Stop`, which says what is
 * there and the way on.
 */
export async function openWhole(
  log: Pick<MarketLog, "bounds" | "reader">,
  topic: TopicName,
  shard: number,
  from: number,
): Promise<Reader> {
  const reader = await log.reader(topic, shard, from);
  return {
    async read(waitMs) {
      try {
        return await reader.read(waitMs);
      } catch (error) {
        throw error instanceof OutsideLog ? await notWhole(log, topic, shard, error) : error;
      }
    },
    close: () => reader.close(),
  };
}

async function notWhole(
  log: Pick<MarketLog, "bounds">,
  topic: TopicName,
  shard: number,
  { message }: OutsideLog,
): Promise<Stop> {
  const { start, end } = await log.bounds(topic, shard);
  const lacks = start > 0 ? `; what was before ${start} has been deleted` : "";
  return new Stop(
    `${topic}-${shard} is not whole: ${message}; it goes from ${start} to ${end}${lacks}: ${wayOn}`,
  );
}
