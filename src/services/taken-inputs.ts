import { isAtDoor } from "../domain/facts/origin.ts";
import type { Step } from "../domain/facts/event.ts";
import { eventsTopic } from "../protocol/topics.ts";
import { foldRecord, newLogFold } from "./log-fold.ts";
import { type MarketLog, readWaitMs } from "./log.ts";
import { Stop } from "./stop.ts";

/**
 * Up to which offset the log has taken a source's partition. Undefined: it names none of
 * its records.
 */
type TakenInputs = (topicId: string, partition: number) => number | undefined;

/**
 * Reads what every shard's log says it has taken of the sources, from its first record on: for an
 * intake whose group has forgotten where it was. Throws `Stop` where a log is not whole.
 */
export async function readTaken(
  log: MarketLog,
  shards: number,
  signal: AbortSignal,
): Promise<TakenInputs> {
  const last = new Map<string, number>();
  for (let shard = 0; shard < shards; shard += 1) {
    const { end } = await log.bounds(eventsTopic, shard);
    const fold = newLogFold();
    const reader = await log.reader(eventsTopic, shard, 0);
    try {
      while (fold.offset < end && !signal.aborted) {
        for (const record of (await reader.read(readWaitMs)).records) {
          const verdict = foldRecord(fold, record);
          if (verdict.type === "stop") throw new Stop(verdict.why);
          if (verdict.type === "steps") for (const step of verdict.steps) noteSources(last, step);
        }
      }
    } finally {
      await reader.close();
    }
  }
  return (topicId, partition) => last.get(`${topicId}/${partition}`);
}

function noteSources(last: Map<string, number>, { events }: Step): void {
  for (const event of events) {
    if (!("source" in event) || event.source === null || isAtDoor(event.source)) continue;
    const { topicId, partition, offset } = event.source;
    const place = `${topicId}/${partition}`;
    last.set(place, Math.max(last.get(place) ?? -1, offset));
  }
}
