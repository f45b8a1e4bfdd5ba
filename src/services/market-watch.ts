import type { Halts } from "../domain/state/halts.ts";
import {
  commandsTopic,
  eventsTopic,
  sourceTopics,
  topicSpecs,
  type TopicName,
} from "../protocol/topics.ts";
import { atMostOnceIn } from "./at-most-once-in.ts";
import { skewMaxMs, type LastWriter } from "./broker-time.ts";
import type { Clock } from "./clock.ts";
import { countPartitions } from "./held-sources.ts";
import { isAway, isForGood, unlessMissing } from "./log-errors.ts";
import { nextAfter } from "./log-fold.ts";
import { OutsideLog, type MarketLog } from "./log.ts";
import type { ShardView } from "./shard-view.ts";
import {
  absent,
  away,
  clockAhead,
  machineBehind,
  cut,
  gatewayClockWrong,
  halted,
  headDeleted,
  hidden,
  publishedBeyond,
  shorter,
  stuckQueue,
  topicProblem,
  writerClockWrong,
  type Queue,
  type Trouble,
  type WatchedService,
} from "./trouble.ts";
import { whyOf } from "./why.ts";

/**
 * What is asked at every look costs little; settings and transactions are asked again after this.
 */
const rareMs = 5_000;
/**
 * Our publishers' transactions last milliseconds; of a dead one this long at most. A stranger's is
 * told at once.
 */
const ownTransactionMs = 15_000;
const strangersTransactionMs = 1_000;
/** How long a look for a waiting record's time waits. */
const readWaitMs = 200;

/** The groups that say who works. */
const groups: Readonly<Record<WatchedService, string>> = {
  intake: "sauda-intake",
  exchange: "sauda-exchange",
  publisher: "sauda-publisher",
};
/** The group that says how far the log is published. */
export const publisherGroup: string = groups.publisher;

/**
 * How far a follower of the shard's log has come: the command to be decided next, the market's
 * clock and what is halted, the broker's time of the last step, and who wrote last.
 */
export type Followed = {
  readonly nextCommand: number;
  readonly clockMs: number;
  readonly halts: Halts;
  readonly appendedAtMs: number;
  readonly writer: LastWriter | null;
};

/**
 * What one look found: what waits where, how many members each service's group has, and what
 * is wrong.
 */
export type MarketLook = {
  readonly queues: readonly Queue[];
  readonly members: ReadonlyMap<WatchedService, number>;
  readonly troubles: readonly Trouble[];
};

/**
 * What a watch needs. `stuckMs`: a queue that has not moved for so long, seen by this watch, is
 * stuck. A look that is not older than `freshMs` is given again. `followed` null: the log is not
 * read yet, or cannot be.
 */
type WatchParts = {
  readonly log: MarketLog;
  readonly shards: number;
  readonly clock: Clock;
  readonly stuckMs: number;
  readonly freshMs: number;
  readonly followed: (shard: number) => Followed | null;
  /** How far the looker's own clock is ahead of the broker's; absent: it has not asked. */
  readonly ownAheadMs?: () => number;
};

/** Looks at a market from outside, whoever runs its services: everything comes from Kafka. */
export type MarketWatch = {
  /** Never throws for a Kafka that is away: that is a trouble like others. */
  look(): Promise<MarketLook>;
};

type Seen = { readonly position: number; readonly sinceMs: number };
type State = WatchParts & {
  /** Since when each queue stands where it stands, as seen from here. */
  readonly seen: Map<string, Seen>;
  rare: { readonly atMs: number; readonly troubles: readonly Trouble[] } | null;
};

/** A watch that has not looked yet. */
export function newMarketWatch(parts: WatchParts): MarketWatch {
  const state: State = { ...parts, seen: new Map(), rare: null };
  let before: Promise<unknown> = Promise.resolve();
  // Not two at once: both would move what was seen.
  const look = (): Promise<MarketLook> => {
    const now = before.then(() => lookOrSay(state));
    before = now.catch(() => {}); // told to who asked
    return now;
  };
  return { look: atMostOnceIn(parts.freshMs, () => parts.clock.elapsedMs(), look) };
}

async function lookOrSay(state: State): Promise<MarketLook> {
  try {
    return await lookNow(state);
  } catch (error) {
    const why = whyOf(error);
    if (!isAway(error) && !isForGood(error)) throw error;
    return { queues: [], members: new Map(), troubles: [away(why)] };
  }
}

async function lookNow(state: State): Promise<MarketLook> {
  const { log, shards, clock } = state;
  const troubles: Trouble[] = [];
  const ownAheadMs = state.ownAheadMs?.() ?? 0;
  if (Math.abs(ownAheadMs) > skewMaxMs) troubles.push(gatewayClockWrong(ownAheadMs));
  const members = new Map<WatchedService, number>();
  for (const [service, group] of Object.entries(groups) as [WatchedService, string][]) {
    members.set(service, await log.countMembers(group));
    if (members.get(service) === 0) troubles.push(absent(service));
  }
  const queues: Queue[] = [];
  for (let shard = 0; shard < shards; shard += 1) {
    queues.push(...(await lookAtShard(state, shard, troubles)));
    const followed = state.followed(shard);
    troubles.push(...lookAtClock(shard, followed, clock), ...haltsOf(shard, followed));
  }
  for (const topic of sourceTopics) queues.push(...(await lookAtSource(state, topic, troubles)));
  for (const queue of queues) {
    if (queue.stoodMs >= state.stuckMs) troubles.push(stuckQueue(queue));
  }
  if (state.rare === null || clock.elapsedMs() - state.rare.atMs > rareMs)
    state.rare = { atMs: clock.elapsedMs(), troubles: await lookRarely(state) };
  return { queues, members, troubles: [...troubles, ...state.rare.troubles] };
}

/**
 * A market that is ahead by no more than its broker was is right: then this machine's clock
 * is behind.
 */
function lookAtClock(shard: number, followed: Followed | null, clock: Clock): Trouble[] {
  if (followed === null) return [];
  const { clockMs, appendedAtMs, writer } = followed;
  const isWrong = writer !== null && Math.abs(writer.aheadMs) > skewMaxMs;
  const found = isWrong ? [writerClockWrong(shard, writer)] : [];
  const aheadMs = clockMs - clock.nowMs();
  if (aheadMs <= skewMaxMs) return found;
  const isOurs = clockMs - appendedAtMs <= skewMaxMs;
  return [...found, isOurs ? machineBehind(shard, aheadMs) : clockAhead(shard, aheadMs)];
}

function haltsOf(shard: number, followed: Followed | null): Trouble[] {
  if (followed === null) return [];
  const { symbols, isClockHalted } = followed.halts;
  const found = [...symbols].map((symbol) => halted(shard, symbol));
  return isClockHalted ? [halted(shard, null), ...found] : found;
}

/** Settings, and strangers' transactions that hide what we publish. */
async function lookRarely({ log, shards }: State): Promise<Trouble[]> {
  const troubles = (await log.findTopicProblems(shards)).map(topicProblem);
  for (const { name, role } of topicSpecs) {
    if (role !== "output") continue;
    for (let partition = 0; partition < (await countPartitions(log, name)); partition += 1) {
      for (const open of await log.openTransactions(name, partition)) {
        const isOurs = open.transactionalId?.startsWith("sauda-publisher-") !== false;
        if (open.ageMs >= (isOurs ? ownTransactionMs : strangersTransactionMs))
          troubles.push(hidden(`${name}-${partition}`, open));
      }
    }
  }
  return troubles;
}

async function lookAtShard(state: State, shard: number, troubles: Trouble[]): Promise<Queue[]> {
  const { log } = state;
  const queues: Queue[] = [];
  const commands = await unlessMissing(log.bounds(commandsTopic, shard));
  const followed = state.followed(shard);
  if (commands !== null && followed !== null) {
    const { nextCommand } = followed;
    if (commands.start > nextCommand) troubles.push(headDeleted(commandsTopic, shard, commands));
    if (nextCommand > commands.end) troubles.push(cut(shard, nextCommand, commands.end));
    const place = { service: "exchange", topic: commandsTopic, partition: shard } as const;
    queues.push(await queueOf(state, place, nextCommand, commands.end));
  }
  const events = await unlessMissing(log.bounds(eventsTopic, shard));
  if (events === null) return queues;
  if (events.start > 0) troubles.push(headDeleted(eventsTopic, shard, events));
  const published = (await log.committedOf(groups.publisher, eventsTopic, shard)) ?? 0;
  if (published > events.end) troubles.push(publishedBeyond(shard, published, events.end));
  const place = { service: "publisher", topic: eventsTopic, partition: shard } as const;
  queues.push(await queueOf(state, place, published, events.end));
  return queues;
}

async function lookAtSource(state: State, topic: TopicName, troubles: Trouble[]): Promise<Queue[]> {
  const { log } = state;
  const queues: Queue[] = [];
  for (let partition = 0; partition < (await countPartitions(log, topic)); partition += 1) {
    const bounds = await unlessMissing(log.bounds(topic, partition));
    if (bounds === null) continue;
    const topicId = await log.topicId(topic);
    const committed = await log.committedOf(groups.intake, topic, partition, topicId);
    if (committed !== null && committed > bounds.end)
      troubles.push(shorter(topic, partition, committed, bounds.end));
    const position = Math.max(bounds.start, committed ?? 0);
    const [open] = position < bounds.end ? await log.openTransactions(topic, partition) : [];
    const end = Math.min(bounds.end, open?.startOffset ?? bounds.end);
    queues.push(await queueOf(state, { service: "intake", topic, partition }, position, end));
  }
  return queues;
}

async function queueOf(
  { log, clock, seen }: State,
  place: Pick<Queue, "service" | "topic" | "partition">,
  position: number,
  end: number,
): Promise<Queue> {
  const { service, topic, partition } = place;
  const name = `${service} ${topic}-${partition}`;
  const waiting = Math.max(0, end - position);
  if (waiting === 0) {
    seen.delete(name);
    return { ...place, position, waiting, oldestMs: null, stoodMs: 0 };
  }
  const before = seen.get(name);
  if (before?.position !== position) seen.set(name, { position, sinceMs: clock.elapsedMs() });
  const sinceMs = seen.get(name)?.sinceMs ?? clock.elapsedMs();
  const oldestMs = await findTime(log, topic, partition, position);
  return { ...place, position, waiting, oldestMs, stoodMs: clock.elapsedMs() - sinceMs };
}

/** Kafka's time of the record that waits for longest; null where it cannot be read. */
async function findTime(
  log: MarketLog,
  topic: TopicName,
  partition: number,
  offset: number,
): Promise<number | null> {
  const reader = await log.reader(topic, partition, offset);
  try {
    const { records } = await reader.read(readWaitMs);
    return records[0]?.timestampMs ?? null;
  } catch (error) {
    if (error instanceof OutsideLog) return null;
    throw error;
  } finally {
    await reader.close();
  }
}

/** How far a view of the log has come; of the market its clock and halts are enough. */
export function followedOf(
  view:
    | (Pick<ShardView, "fold" | "appendedAtMs" | "writer"> & {
        market: { readonly clockMs: number; readonly halts: Halts };
      })
    | undefined,
): Followed | null {
  if (view === undefined) return null;
  const { fold, market, appendedAtMs, writer } = view;
  const { nextCommand } = nextAfter(fold.lastCause);
  const { clockMs, halts } = market;
  return { nextCommand, clockMs, halts, appendedAtMs, writer };
}
