import { publishedTopic } from "../protocol/topics.ts";
import { readPublished } from "../protocol/own/published-message.ts";
import type { Clock } from "./clock.ts";
import { keepRunning, neverStop } from "./keep-running.ts";
import { OutsideLog, type MarketLog } from "./log.ts";

/** What a shard's publisher has committed: all of its log before `next`, at its own time. */
export type Publication = {
  readonly shard: number;
  readonly next: number;
  readonly timestampMs: number;
};

/**
 * How long a read waits for its first record, a follower after a failure, and after every read that
 * gave something: a busy publisher commits a hundred times a second, and who looks at figures sees
 * no more than five.
 */
const waitMs = { read: 500, retry: 500, rest: 200 };

/**
 * Hears what a shard's publisher commits from now on, until the signal ends it. For people's
 * figures: no fact of ours comes from it (R4), so whatever fails is tried on and nobody is told.
 */
export async function followPublished(
  log: MarketLog,
  clock: Clock,
  shard: number,
  onPublication: (publication: Publication) => void,
  signal: AbortSignal,
): Promise<void> {
  let from: number | null = null;
  const readOn = async (): Promise<void> => {
    from ??= (await log.bounds(publishedTopic, shard)).end;
    const reader = await log.committedReader(publishedTopic, shard, from);
    try {
      while (!signal.aborted) {
        const { records, next } = await reader.read(waitMs.read);
        from = next;
        for (const { value, timestampMs } of records) {
          const published = readPublished(value);
          if (published?.shard === shard) onPublication({ ...published, timestampMs });
        }
        if (records.length > 0) await clock.sleep(waitMs.rest, signal);
      }
    } finally {
      await reader.close();
    }
  };
  const live = (): Promise<void> =>
    readOn()
      .catch((error: unknown) => {
        if (error instanceof OutsideLog) from = null; // a topic made anew is read from its end
        throw error;
      })
      .catch(neverStop);
  const work = {
    clock,
    backoff: { first: waitMs.retry, most: waitMs.retry },
    live,
    position: () => shard,
    onFailure: () => {},
  };
  await keepRunning(work, signal);
}
