import { noHalts, noteHalt, type Halts } from "../../domain/state/halts.ts";
import { eventsTopic } from "../../protocol/topics.ts";
import { lastWriterAfter, type LastWriter } from "../../services/broker-time.ts";
import type { Clock } from "../../services/clock.ts";
import { foldRecord, newLogFold, type LogFold } from "../../services/log-fold.ts";
import type { MarketLog, Reader } from "../../services/log.ts";
import { NoSuchTopic } from "../../services/log-errors.ts";
import {
  followedOf,
  newMarketWatch,
  type Followed,
  type MarketLook,
} from "../../services/market-watch.ts";
import { Stop } from "../../services/stop.ts";
import { openWhole } from "../../services/whole-log.ts";
import type { LogClient } from "../log-client.ts";

/** What waits is looked at twice, so far apart: what moves in between is no trouble. */
const secondLookMs = 2500;

/**
 * How far a shard's log was read. `clockMs`, `appendedAtMs`: of the last step and of its record.
 */
export type Reading = {
  readonly fold: LogFold;
  clockMs: number | null;
  appendedAtMs: number;
  newestMs: number;
  writer: LastWriter | null;
  readonly halts: Halts;
  /** Claims since the last step. */
  claims: number;
  /** What is wrong with the log; null when it is whole so far. */
  why: string | null;
};

/**
 * Reads the logs to their ends and looks at the market; where records wait, once more a
 * little later.
 */
export async function lookTwice(
  { log, shards }: LogClient,
  clock: Clock,
): Promise<{ readonly readings: readonly Reading[]; readonly look: MarketLook }> {
  const readings = Array.from({ length: shards }, newReading);
  const readAll = async (): Promise<void> => {
    for (const [shard, reading] of readings.entries()) await readOn(log, shard, reading);
  };
  const followed = (shard: number): Followed | null => {
    const reading = readings[shard];
    if (reading === undefined || reading.why !== null) return null;
    return followedOf({ ...reading, market: { ...reading, clockMs: reading.clockMs ?? 0 } });
  };
  const how = { stuckMs: secondLookMs, freshMs: -1, followed };
  const watch = newMarketWatch({ log, shards, clock, ...how });
  await readAll();
  const look = await watch.look();
  if (look.queues.every(({ waiting }) => waiting === 0)) return { readings, look };
  await clock.sleep(secondLookMs);
  await readAll();
  return { readings, look: await watch.look() };
}

function newReading(): Reading {
  const none = { clockMs: null, appendedAtMs: 0, newestMs: 0, claims: 0, why: null, writer: null };
  return { fold: newLogFold(), halts: noHalts(), ...none };
}

/** Folds the log on to its end as it is now. What is wrong with it is kept in `why`. */
async function readOn(log: MarketLog, shard: number, reading: Reading): Promise<void> {
  const { fold } = reading;
  if (reading.why !== null) return;
  let reader: Reader | null = null;
  try {
    const { end } = await log.bounds(eventsTopic, shard);
    if (end <= fold.offset) return;
    reader = await openWhole(log, eventsTopic, shard, fold.offset);
    while (fold.offset < end) {
      for (const record of (await reader.read(1000)).records) {
        const verdict = foldRecord(fold, record);
        if (verdict.type === "stop") throw new Stop(verdict.why);
        reading.newestMs = record.timestampMs;
        reading.writer = lastWriterAfter(reading.writer, verdict, record.timestampMs);
        if (verdict.type === "claim") reading.claims += 1;
        if (verdict.type !== "steps") continue;
        reading.claims = 0;
        reading.clockMs = verdict.steps.at(-1)?.at ?? reading.clockMs;
        reading.appendedAtMs = record.timestampMs;
        verdict.steps.forEach(({ events }) =>
          events.forEach((one) => noteHalt(reading.halts, one)),
        );
      }
    }
  } catch (error) {
    if (!(error instanceof Stop || error instanceof NoSuchTopic)) throw error;
    reading.why = error.message;
  } finally {
    await reader?.close();
  }
}
