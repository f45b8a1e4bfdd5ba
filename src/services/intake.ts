import type { Command } from "../domain/facts/command.ts";
import { encodeCommand } from "../protocol/log/command-record.ts";
import { logKey } from "../protocol/log/log-record.ts";
import { commandsTopic, sourceTopics, type TopicName } from "../protocol/topics.ts";
import { carryChunk, sendCommands, type Source } from "./carrying.ts";
import type { Failure } from "./failures.ts";
import { keepRunning, neverStop, untilGiven } from "./keep-running.ts";
import {
  followWaitMs,
  type Appender,
  type Group,
  type MarketLog,
  type SourceReader,
  type SourceSlice,
} from "./log.ts";
import { unlessMissing } from "./log-errors.ts";
import type { SnapshotReport } from "./snapshots/snapshotter.ts";
import { newTakenReading } from "./taken-inputs.ts";
import { unlessAborted, untilAborted } from "./until-aborted.ts";
import type { Clock } from "./clock.ts";
import type { ServiceParts } from "./service-parts.ts";

/**
 * A source's place is stored no more often: at a thousand chunks a second the places would cost the
 * broker as much as the orders. So much may be relayed again after a crash.
 */
const storeEveryMs = 50;
/** How long a relay that lost its way waits before it starts again from the committed offset. */
const restartWaitMs = { first: 200, most: 5000 };

/**
 * What a running intake has to say to people; a `restart` and what is `stuck` are of one source.
 */
export type IntakeReport =
  | { readonly type: "standby" }
  | { readonly type: "relaying"; readonly sources: number }
  | { readonly type: "restart"; readonly source: string; readonly why: string }
  /**
   * The same failure at the same place for the third time. It is tried on, others go on meanwhile.
   */
  | { readonly type: "stuck"; readonly source: string; readonly why: string }
  | SnapshotReport;

/** What one intake process needs. */
export type IntakeOptions = ServiceParts<IntakeReport> & { readonly shards: number };

type RelayOptions = IntakeOptions & {
  /** What the log has taken, for a source whose place is forgotten. */
  readonly readTaken: ReturnType<typeof newTakenReading>;
};

type SourcePlace = Omit<Source, "topicId">;

/**
 * Relays what strangers write into commands (R12): at least once, one chunk of a source partition
 * at a time, the offset committed after every shard's acknowledgement. The exchange drops
 * repeats. Each source is relayed on its own: trouble with one stops no other. Ends when the
 * signal is aborted.
 */
export async function runIntake(options: IntakeOptions, signal: AbortSignal): Promise<void> {
  const { group, report } = options;
  const orders: OrdersRelayed = { next: new Map(), moved: Promise.withResolvers<void>() };
  const relays = new Map<string, Promise<void>>();
  const relaying = { ...options, readTaken: newTakenReading(options, signal) };
  let had = -1;
  while (!signal.aborted) {
    const given = findGiven(group);
    for (const place of given) {
      // One for the whole life of the process: two lives of a source would overlap in time.
      if (!relays.has(nameOf(place)))
        relays.set(nameOf(place), keepRelaying(relaying, place, orders, signal));
    }
    if (given.length !== had)
      report(given.length > 0 ? { type: "relaying", sources: given.length } : { type: "standby" });
    had = given.length;
    await group.changed(signal);
    wake(orders);
  }
  await Promise.all(relays.values());
}

/**
 * No answer is relayed before the orders that were in their topic when it was read: else a stall
 * between the two would outlast the time that the exchange keeps an early answer for its order.
 */
const orderSource = "Trade_Order";
const answerSource = "Counter_party";

/**
 * How far each partition of the orders' topic has been relayed, for the answers that wait for it.
 */
type OrdersRelayed = { readonly next: Map<number, number>; moved: PromiseWithResolvers<void> };

/**
 * Every partition of the sources that the group has given to this process: all that it knows of.
 */
function findGiven(group: Group): SourcePlace[] {
  const given: SourcePlace[] = [];
  for (const topic of sourceTopics) {
    for (let partition = 0; group.has(topic, partition); partition += 1)
      given.push({ topic, partition });
  }
  return given;
}

function nameOf({ topic, partition }: SourcePlace): string {
  return `${topic}-${partition}`;
}

/** Relays one source while the group gives it to this process; starts over after each failure. */
async function keepRelaying(
  options: RelayOptions,
  place: SourcePlace,
  orders: OrdersRelayed,
  signal: AbortSignal,
): Promise<void> {
  const { group, clock, report } = options;
  const source = nameOf(place);
  const live = async (onCommit: () => void): Promise<void> => {
    await untilGiven(group, place.topic, place.partition, signal);
    if (signal.aborted) return;
    // What only a person may decide of one source is told and tried on: it stops no other.
    await relayOne(options, place, { orders, onCommit }, signal).catch(neverStop);
  };
  const work = {
    clock,
    backoff: restartWaitMs,
    live,
    position: () => source,
    onFailure: ({ isStuck, why }: Failure) =>
      report({ type: isStuck ? "stuck" : "restart", source, why }),
  };
  await keepRunning(work, signal);
}

type RelayHooks = {
  readonly orders: OrdersRelayed;
  readonly onCommit: () => void;
};

/**
 * One life of a source's relay, from the committed offset until it fails or the group takes
 * it away.
 */
async function relayOne(
  options: RelayOptions,
  { topic, partition }: SourcePlace,
  hooks: RelayHooks,
  signal: AbortSignal,
): Promise<void> {
  const { log, group, shards, clock } = options;
  const noteRelayed = (next: number): void => {
    if (topic === orderSource) moveOn(hooks.orders, partition, next);
  };
  noteRelayed(0); // what an earlier life knew may be of a topic that was made anew since
  const topicId = await log.topicId(topic);
  const source: Source = { topic, topicId, partition };
  const from = await findStart(options, source, signal);
  noteRelayed(from);
  const reader = await log.sourceReader(topic, partition, from);
  const appenders: Appender[] = [];
  const store = async (next: number): Promise<void> => {
    await group.commit(topic, partition, next, topicId);
    hooks.onCommit();
  };
  const keeper = newPlaceKeeper(store, clock);
  try {
    for (let shard = 0; shard < shards; shard += 1) {
      appenders.push(await log.appender(commandsTopic, shard));
    }
    let relayed = from;
    let reading = readOn(options, topic, reader);
    // In a function of its own, so that what was carried is let go before more is read.
    const carryNext = async (): Promise<number | null> => {
      const chunk = await unlessAborted(reading, signal);
      if (chunk === null || !group.has(topic, partition)) return null;
      const { entries, next, orderEnds } = chunk;
      if (next === relayed) return next;
      await untilOrdersRelayed(group, hooks.orders, orderEnds, signal);
      if (!group.has(topic, partition)) return null;
      await carryChunk(source, entries, appenders, clock, signal);
      return next;
    };
    while (!signal.aborted) {
      const next = await carryNext();
      if (next === null || signal.aborted) return await keeper.end();
      keeper.check();
      reading = readOn(options, topic, reader);
      if (next === relayed) continue;
      relayed = next; // past marks and aborted records too, for the answers that wait for orders
      noteRelayed(next);
      keeper.note(next);
    }
  } finally {
    await Promise.all([reader, ...appenders].map((part) => part.close()));
  }
}

/**
 * Stores how far a source has been relayed, behind the work: one request in flight, then the newest
 * place. What is relayed goes on meanwhile (decision 018): an older place only makes repeats.
 */
type PlaceKeeper = {
  /** All before `next` is acknowledged by every shard. */
  note(next: number): void;
  /** Throws what the last store failed with: the relay is to start over. */
  check(): void;
  /** Stores what is left. Throws as `check`. */
  end(): Promise<void>;
};

function newPlaceKeeper(store: (next: number) => Promise<void>, clock: Clock): PlaceKeeper {
  const ending = new AbortController();
  let noted = -1;
  let stored = -1;
  let storing: Promise<void> | null = null;
  let failure: { readonly error: unknown } | null = null;

  async function storeNoted(): Promise<void> {
    try {
      while (stored < noted) {
        const next = noted;
        await store(next);
        stored = next;
        await clock.sleep(storeEveryMs, ending.signal);
      }
    } catch (error) {
      failure = { error };
    }
    storing = null; // at once, so that whoever notes a place now begins anew
  }
  const check = (): void => {
    if (failure !== null) throw failure.error;
  };
  return {
    note(next) {
      noted = next;
      storing ??= storeNoted();
    },
    check,
    async end() {
      ending.abort();
      await storing;
      check();
    },
  };
}

function moveOn(orders: OrdersRelayed, partition: number, next: number): void {
  orders.next.set(partition, next);
  wake(orders);
}

function wake(orders: OrdersRelayed): void {
  orders.moved.resolve();
  orders.moved = Promise.withResolvers<void>();
}

/**
 * What a read gave, and for answers where each partition of the orders' topic ended then. An order
 * in a transaction that is open counts: while it is held, answers wait with it (R13).
 */
type Chunk = SourceSlice & { readonly orderEnds: readonly number[] };

function readOn(options: IntakeOptions, topic: TopicName, reader: SourceReader): Promise<Chunk> {
  const read = readChunk(options, topic, reader);
  read.catch(() => {}); // seen at its await, or abandoned when the reader is closed
  return read;
}

async function readChunk(
  { log, group }: IntakeOptions,
  topic: TopicName,
  reader: SourceReader,
): Promise<Chunk> {
  const slice = await reader.read(followWaitMs);
  const orderEnds: number[] = [];
  if (topic === answerSource && slice.entries.length > 0)
    while (group.has(orderSource, orderEnds.length))
      orderEnds.push(await findEnd(log, orderSource, orderEnds.length));
  return { ...slice, orderEnds };
}

/**
 * Waits until every order before these ends has been relayed and acknowledged; also while that
 * topic is in trouble: an answer that went ahead would be dropped for want of its order.
 */
async function untilOrdersRelayed(
  group: Group,
  orders: OrdersRelayed,
  ends: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  for (const [partition, end] of ends.entries()) {
    const isBehind = (): boolean => (orders.next.get(partition) ?? 0) < end;
    while (!signal.aborted && group.has(orderSource, partition) && isBehind())
      await untilAborted(orders.moved.promise, signal);
  }
}

/** A topic that was deleted, or made anew with fewer partitions, has no orders to wait for. */
async function findEnd(log: MarketLog, topic: TopicName, partition: number): Promise<number> {
  return (await unlessMissing(log.bounds(topic, partition)))?.end ?? 0;
}

/**
 * Where to read from. Tells the market of records deleted unread. A group that has forgotten its
 * place begins at the partition's first record: what the log has not taken before that is missing
 * too. Offsets of marks and of aborted records in between cannot be told from those of records once
 * they are deleted; in the partition they are no gap.
 */
async function findStart(
  options: RelayOptions,
  source: Source,
  signal: AbortSignal,
): Promise<number> {
  const { log, group } = options;
  const { topic, topicId, partition } = source;
  const committed = await group.committed(topic, partition, topicId);
  const { start, end } = await log.bounds(topic, partition);
  if (committed !== null && committed > end) {
    const what = `${topic}-${partition} ends at ${end}, but was read to ${committed}`;
    throw new Error(`${what}: records were lost; ${wayOnWhenShorter}`);
  }
  const known = committed ?? (start === 0 ? null : await findUntaken(options, source, signal));
  if (known !== null && known < start) await reportMissing(options, source, known, start);
  return Math.max(start, committed ?? start);
}

/**
 * A shard takes nothing from a source at or below what it has decided: new records there would
 * be repeats.
 */
const wayOnWhenShorter =
  "delete the topic and start the market again: made anew it is another source, read from its first record";

/** The offset after the last record that the log has taken. Null: it has taken none. */
async function findUntaken(
  { readTaken }: RelayOptions,
  { topicId, partition }: Source,
  signal: AbortSignal,
): Promise<number | null> {
  const last = (await readTaken())(topicId, partition);
  // What was read before the signal came says too little.
  return last === undefined || signal.aborted ? null : last + 1;
}

async function reportMissing(
  { log, clock }: IntakeOptions,
  source: Source,
  from: number,
  to: number,
): Promise<void> {
  const position = { ...source, offset: to - 1, timestampMs: 0 };
  const missing: Command = { type: "InputsMissing", from, to: to - 1, source: position };
  const appender = await log.appender(commandsTopic, 0);
  try {
    await sendCommands(clock, appender, [{ key: logKey, value: encodeCommand(missing) }]);
  } finally {
    await appender.close();
  }
}
