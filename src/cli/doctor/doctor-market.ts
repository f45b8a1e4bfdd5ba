import { commandsTopic } from "../../protocol/topics.ts";
import type { Clock } from "../../services/clock.ts";
import { checkLastCause } from "../../services/exchange-writer.ts";
import type { LogFold } from "../../services/log-fold.ts";
import type { MarketLog } from "../../services/log.ts";
import { NoSuchTopic, unlessMissing } from "../../services/log-errors.ts";
import type { MarketLook } from "../../services/market-watch.ts";
import { findNewest } from "../../services/snapshots/load-snapshot.ts";
import { Stop } from "../../services/stop.ts";
import type { Trouble } from "../../services/trouble.ts";
import type { LogClient } from "../log-client.ts";
import { failed, fine, type Check } from "./doctor-machine.ts";
import { lookTwice, type Reading } from "./market-reading.ts";

/** A record this far ahead of this machine's clock means that a clock is wrong. */
const clockSkewMaxMs = 5000;
/** A log of so many steps without a snapshot makes starts slow: some 10 s. */
const manySteps = 500_000;
/** So many claims in a row with commands waiting mean that no writer stays. */
const claimsMax = 3;

/** Looks at a market: its topics' settings, whether its log is whole, and whether it moves. */
export async function* checkMarket(logClient: LogClient, clock: Clock): AsyncGenerator<Check> {
  const { readings, look } = await lookTwice(logClient, clock);
  for (const [shard, reading] of readings.entries()) yield* tellLog(logClient.log, shard, reading);
  yield* tellLook(look);
  for (const [shard, reading] of readings.entries()) {
    yield* tellClaims(shard, reading, look);
    yield* tellSnapshot(logClient.log, shard, reading, clock);
    yield* tellClock(shard, reading, clock);
  }
}

async function* tellLog(log: MarketLog, shard: number, reading: Reading): AsyncGenerator<Check> {
  const what = `log of shard ${shard}`;
  const why = reading.why ?? (await whyNotOfItsCommands(log, shard, reading.fold));
  if (why !== null) {
    const fix = "stop the market and keep its data: only a person may decide what is true";
    return yield failed(what, why, fix);
  }
  if (reading.fold.genesis !== null) return yield fine(what, describe(reading.fold));
  const fix = "npm start, or npx sauda exchange";
  yield { level: "warn", what, detail: "empty: no exchange has ever claimed it", fix };
}

/**
 * What an exchange would stop at: these are not the commands that the log was decided from (R6).
 */
async function whyNotOfItsCommands(
  log: MarketLog,
  shard: number,
  { genesis, lastCause }: LogFold,
): Promise<string | null> {
  try {
    const { start, end } = await log.bounds(commandsTopic, shard);
    const topicId = await log.topicId(commandsTopic);
    if (genesis !== null && genesis.commandsTopicId !== topicId)
      return `it was decided from commands ${genesis.commandsTopicId}, ${commandsTopic} is ${topicId}: made anew`;
    // A log that answers commands that are not there, or no more, is told by the watch.
    if (lastCause === null || lastCause.offset < start || lastCause.offset >= end) return null;
    await checkLastCause(log, shard, lastCause);
    return null;
  } catch (error) {
    if (error instanceof Stop || error instanceof NoSuchTopic) return error.message;
    throw error;
  }
}

function* tellLook({ troubles, members, queues }: MarketLook): Generator<Check> {
  const topics = troubles.filter(({ kind }) => kind === "topic_wrong");
  if (topics.length === 0) yield fine("topics", "all there, with the right settings");
  for (const trouble of topics) yield troubled("topics", trouble);
  for (const [service, count] of members) {
    const own = troubles.filter((trouble) => trouble.service === service);
    for (const trouble of own) yield troubled(service, trouble);
    if (own.length > 0) continue;
    const waiting = queues.filter((queue) => queue.service === service && queue.waiting > 0);
    const records = waiting.reduce((sum, queue) => sum + queue.waiting, 0);
    const work = records === 0 ? "nothing waits" : `${records} records wait, and they move`;
    yield fine(service, `${count === 1 ? "1 runs" : `${count} run`}, ${work}`);
  }
  for (const trouble of troubles) {
    if (trouble.kind === "topic_wrong" || trouble.service !== null) continue;
    yield troubled(trouble.kind.replace("_", " "), trouble);
  }
}

function troubled(what: string, { what: detail, wayOn }: Trouble): Check {
  return failed(what, detail, wayOn);
}

function* tellClaims(shard: number, { claims }: Reading, { queues }: MarketLook): Generator<Check> {
  const isWaiting = queues.some(
    (queue) => queue.service === "exchange" && queue.partition === shard && queue.waiting > 0,
  );
  if (claims < claimsMax || !isWaiting) return;
  const detail = `${claims} claims of shard ${shard} since its last step, and commands wait: no writer stays`;
  const fix = "see the doubts on the exchange's stderr (npm start shows them)";
  yield failed("claims", detail, fix);
}

/** What a start reads of the log, and from where. */
async function* tellSnapshot(
  log: MarketLog,
  shard: number,
  { why, fold }: Reading,
  clock: Clock,
): AsyncGenerator<Check> {
  if (why !== null || fold.seq === 0) return;
  const newest = await unlessMissing(findNewest(log, shard));
  const stepsSince = fold.seq - (newest?.manifest.reader.seq ?? 0);
  const since = `a start reads ${stepsSince} steps`;
  const what = `snapshot of shard ${shard}`;
  if (newest === null) {
    if (stepsSince < manySteps) return yield fine(what, `none yet: ${since}`);
    const fix = "npx sauda snapshot take, or start a standby: npx sauda exchange";
    return yield { level: "warn", what, detail: `none that is good: ${since}`, fix };
  }
  const { seq, offset } = newest.manifest.reader;
  const minutes = Math.max(0, Math.round((clock.nowMs() - newest.takenAtMs) / 60_000));
  yield fine(what, `of step ${seq} (offset ${offset}), ${minutes} min old: ${since}`);
}

function* tellClock(shard: number, reading: Reading, clock: Clock): Generator<Check> {
  const { clockMs, appendedAtMs, newestMs, why } = reading;
  if (why !== null || newestMs === 0) return;
  const aheadMs = newestMs - clock.nowMs();
  if (aheadMs > clockSkewMaxMs) {
    const detail = `the log's newest record is ${Math.round(aheadMs / 1000)} s ahead of this machine`;
    const fix = "set the clocks of broker and machine by NTP";
    yield { level: "warn", what: "clock", detail, fix };
    return;
  }
  const distance =
    clockMs === null
      ? "no step yet"
      : `the last step of shard ${shard} is ${clockMs - appendedAtMs} ms from the broker's time`;
  yield fine("clock", `not behind the broker's; ${distance}`);
}

function describe({ seq, epoch, ignored }: LogFold): string {
  const parts = Object.entries(ignored).filter(([, count]) => count > 0);
  const counts = parts.map(([kind, count]) => `${count} ${kind}`).join(", ");
  const left = counts === "" ? "" : `, ignored by rule R3: ${counts}`;
  return `whole: ${seq} steps, epoch ${epoch}${left}`;
}
