import type { Command } from "../domain/command.ts";
import { shardOf } from "../domain/shard.ts";
import { encodeCommand } from "../protocol/command-record.ts";
import { logKey } from "../protocol/log-record.ts";
import { readSource } from "../protocol/sources.ts";
import { commandsTopic, sourceTopics } from "../protocol/topics.ts";
import type { Clock } from "./clock.ts";
import type { Appender, Group, LogRecord, MarketLog, OutRecord, Slice } from "./log.ts";
import { Stop } from "./stop.ts";
import { untilAborted } from "./until-aborted.ts";

/** One request to a shard holds at most this many bytes of commands, or one command. */
const requestBytesMax = 1024 * 1024;
/** How long a read of a source waits for its first record. */
const readWaitMs = 500;
/** A chunk is sent again this often, with the same bytes, before the relay starts over. */
const resendsMax = 5;
/** How long a relay that lost its way waits before it starts again from the committed offset. */
const restartWaitMs = { first: 200, most: 5000 };

/** What a running intake has to say to people. */
export type IntakeReport =
  | { readonly type: "standby" }
  | { readonly type: "relaying"; readonly sources: number }
  | { readonly type: "restart"; readonly why: string };

/** What one intake process needs. */
export type IntakeOptions = {
  readonly log: MarketLog;
  readonly group: Group;
  readonly shards: number;
  readonly clock: Clock;
  readonly report: (report: IntakeReport) => void;
};

type Source = { readonly topic: string; readonly topicId: string; readonly partition: number };

/**
 * Relays what strangers write into commands (R12): at least once, one chunk of a source partition at a
 * time, the offset committed after every shard's acknowledgement. The exchange drops repeats.
 * Ends when the signal is aborted; throws `Stop` where a source is shorter than what was read of it.
 */
export async function runIntake(options: IntakeOptions, signal: AbortSignal): Promise<void> {
  const { group, clock, report } = options;
  let restarts = 0;
  while (!signal.aborted) {
    if (!group.has(firstSource, 0)) {
      report({ type: "standby" });
      while (!signal.aborted && !group.has(firstSource, 0)) await group.changed(signal);
      if (signal.aborted) return;
    }
    try {
      const onCommit = (): void => {
        restarts = 0;
      };
      await relayAll(options, onCommit, signal);
    } catch (error) {
      if (error instanceof Stop) throw error;
      if (signal.aborted) return;
      report({ type: "restart", why: error instanceof Error ? error.message : String(error) });
      await clock.sleep(Math.min(restartWaitMs.most, restartWaitMs.first * 2 ** restarts), signal);
      restarts += 1;
    }
  }
}

const [firstSource = ""] = sourceTopics;
/**
 * No answer is relayed before the orders that were in their topic when it was read: else a stall between the
 * two would outlast the time that the exchange keeps an early answer for its order.
 */
const orderSource = "Trade_Order";
const answerSource = "Counter_party";

/** How far each partition of the orders' topic has been relayed, for the answers that wait for it. */
type OrdersRelayed = { readonly next: Map<number, number>; moved: PromiseWithResolvers<void> };

/** Relays every source until the signal, the loss of the group's word, or a failure of any of them. */
async function relayAll(
  options: IntakeOptions,
  onCommit: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { report } = options;
  const sources = await findSources(options);
  report({ type: "relaying", sources: sources.length });
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const endAll = (error: unknown): never => {
    ended.abort(); // one relay's doubt ends all: every one starts again from its committed offset
    throw error;
  };
  const orders: OrdersRelayed = { next: new Map(), moved: Promise.withResolvers<void>() };
  const relays = sources.map((source) =>
    relayOne(options, source, { orders, onCommit }, both).catch(endAll),
  );
  const growth = untilGrown(options, sources, both).catch(endAll);
  const outcomes = await Promise.allSettled([...relays, growth]);
  const failures = outcomes.filter((outcome) => outcome.status === "rejected");
  const stop = failures.find((failure) => failure.reason instanceof Stop);
  if (stop ?? failures[0]) throw (stop ?? failures[0])?.reason;
}

/** Every partition of the sources that the group has given to this process: all that it knows of. */
async function findSources({ log, group }: IntakeOptions): Promise<Source[]> {
  const sources: Source[] = [];
  for (const topic of sourceTopics) {
    const topicId = await log.topicId(topic);
    for (let partition = 0; group.has(topic, partition); partition += 1) {
      sources.push({ topic, topicId, partition });
    }
  }
  return sources;
}

/** Throws when the group gives this process a partition that was not there when it began. */
async function untilGrown(
  { group }: IntakeOptions,
  sources: readonly Source[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const topic of sourceTopics) {
      const next = sources.filter((source) => source.topic === topic).length;
      if (group.has(topic, next)) throw new Error(`${topic} has grown`);
    }
    await group.changed(signal);
  }
}

type RelayHooks = {
  readonly orders: OrdersRelayed;
  readonly onCommit: () => void;
};

async function relayOne(
  options: IntakeOptions,
  source: Source,
  hooks: RelayHooks,
  signal: AbortSignal,
): Promise<void> {
  const { log, group, shards } = options;
  const { topic, topicId, partition } = source;
  const noteRelayed = (next: number): void => {
    if (topic === orderSource) moveOn(hooks.orders, partition, next);
  };
  const from = await findStart(options, source);
  noteRelayed(from);
  const reader = await log.reader(topic, partition, from);
  const appenders: Appender[] = [];
  try {
    for (let shard = 0; shard < shards; shard += 1) {
      appenders.push(await log.appender(commandsTopic, shard));
    }
    while (!signal.aborted) {
      const { records } = await reader.read(readWaitMs);
      if (!group.has(topic, partition)) throw new Error("another intake has taken over");
      const last = records.at(-1);
      if (last === undefined) continue;
      if (topic === answerSource) await untilOrdersRelayed(options, hooks.orders, signal);
      await relayChunk(options, source, appenders, records, signal);
      if (signal.aborted) return;
      noteRelayed(last.offset + 1);
      await group.commit(topic, partition, last.offset + 1, topicId);
      hooks.onCommit();
    }
  } finally {
    await Promise.all([reader, ...appenders].map((part) => part.close()));
  }
}

function moveOn(orders: OrdersRelayed, partition: number, next: number): void {
  orders.next.set(partition, next);
  orders.moved.resolve();
  orders.moved = Promise.withResolvers<void>();
}

/** Waits until every order that is in its topic now has been relayed and acknowledged. */
async function untilOrdersRelayed(
  { log, group }: IntakeOptions,
  orders: OrdersRelayed,
  signal: AbortSignal,
): Promise<void> {
  for (let partition = 0; group.has(orderSource, partition); partition += 1) {
    const { end } = await log.bounds(orderSource, partition);
    while (!signal.aborted && (orders.next.get(partition) ?? 0) < end)
      await untilAborted(orders.moved.promise, signal);
  }
}

/** Where to read from. Tells the market of records deleted unread. */
async function findStart(options: IntakeOptions, source: Source): Promise<number> {
  const { log, group } = options;
  const { topic, topicId, partition } = source;
  const committed = await group.committed(topic, partition, topicId);
  const { start, end } = await log.bounds(topic, partition);
  if (committed !== null && committed > end) {
    const what = `${topic}-${partition} ends at ${end}, but was read to ${committed}`;
    throw new Stop(`${what}: records were lost or the topic was made anew`);
  }
  if (committed !== null && committed < start)
    await reportMissing(options, source, committed, start);
  return Math.max(start, committed ?? start);
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
    await send(clock, appender, [{ key: logKey, value: encodeCommand(missing) }]);
  } finally {
    await appender.close();
  }
}

/** Sends the chunk's commands to their shards and returns when every shard has acknowledged. */
async function relayChunk(
  { shards, clock }: IntakeOptions,
  source: Source,
  appenders: readonly Appender[],
  records: Slice["records"],
  signal: AbortSignal,
): Promise<void> {
  const byShard: OutRecord[][] = appenders.map(() => []);
  for (const record of records) {
    if (record.isControl) continue;
    const command = readSource(source.topic, toSourceRecord(source, record));
    byShard[shardOfCommand(command, shards)]?.push({ key: logKey, value: encodeCommand(command) });
  }
  await Promise.all(
    appenders.map(async (appender, shard) => {
      for (const request of splitBySize(byShard[shard] ?? [])) {
        if (signal.aborted) return;
        await send(clock, appender, request);
      }
    }),
  );
}

function toSourceRecord(source: Source, { offset, timestampMs, key, value }: LogRecord) {
  return { key, value, source: { ...source, offset, timestampMs } };
}

/** The same function of the record for every relay (R12). What has no symbol goes to shard 0. */
function shardOfCommand(command: Command, shards: number): number {
  const symbol = "symbol" in command ? command.symbol : null;
  return symbol === null ? 0 : shardOf(symbol, shards);
}

function splitBySize(records: readonly OutRecord[]): OutRecord[][] {
  const requests: OutRecord[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    if (bytes + record.value.length > requestBytesMax) {
      requests.push([]);
      bytes = 0;
    }
    requests.at(-1)?.push(record);
    bytes += record.value.length;
  }
  return requests;
}

/** Sends the same bytes until they are acknowledged. A doubled record is dropped by the exchange. */
async function send(clock: Clock, appender: Appender, records: OutRecord[]): Promise<void> {
  let why = "";
  for (let sent = 0; sent <= resendsMax; sent += 1) {
    const result = await appender.append(records);
    if (result.type === "at") return;
    why = result.why;
    if (result.type === "refused" && !result.retriable) break;
    await clock.sleep(20 * 2 ** sent);
  }
  throw new Error(`commands are not acknowledged: ${why}`);
}
