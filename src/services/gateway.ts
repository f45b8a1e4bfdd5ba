import { shardOf, shardOfCommand } from "../domain/facts/shard.ts";
import { isAtDoor, type DoorOrigin } from "../domain/facts/origin.ts";
import type { Command } from "../domain/facts/command.ts";
import { failInvariant } from "../domain/facts/units.ts";
import { nothingToRemember } from "../domain/market.ts";
import type { MarketEvent } from "../domain/facts/event.ts";
import { eventsTopic } from "../protocol/topics.ts";
import type { TakenStep } from "../protocol/ways/way-change.ts";
import type { Clock } from "./clock.ts";
import { newDoorClock, type DoorClock } from "./door-clock.ts";
import type { Failure } from "./failures.ts";
import { newGatewaySender, type GatewaySender, type SenderReport } from "./gateway-sender.ts";
import { keepRunning } from "./keep-running.ts";
import { readerStateOf } from "./log-fold.ts";
import { OutsideLog, readWaitMs, type MarketLog } from "./log.ts";
import { findOtherLog } from "./snapshots/other-log.ts";
import {
  newMarketRecords,
  type KeptRecords,
  type MarketRecords,
} from "./records/market-records.ts";
import { follow, newShardView, type SeenStep, type ShardView } from "./shard-view.ts";
import { noteSeen } from "./snapshots/followed-state.ts";
import { openFollowed, type SnapshotReport } from "./snapshots/snapshotter.ts";
import type { StepPlace } from "./step-place.ts";
import { Stop, stuck } from "./stop.ts";
import { whyOf } from "./why.ts";
import { firstToAbort } from "./until-aborted.ts";

/** A question for the broker's time that could not be sent for so long is put anew. */
const askTimeoutMs = 2000;
/** How long a follower whose broker is away waits before it reads on, doubling, to this long. */
const retryWaitMs = { first: 200, most: 5000 };

/** A command that came in at a door. */
export type DoorCommand = Extract<
  Command,
  { readonly participant: unknown; readonly clientOrderId: unknown }
> & { readonly source: DoorOrigin };

/**
 * A valid step with its place and what it changed on the way of trades, as listeners get it: after
 * it is in views and records.
 */
export type GatewayStep = TakenStep & {
  readonly place: StepPlace;
  /** The broker's time of its record. */
  readonly appendedAtMs: number;
};

/** The event that says what became of such a command. */
export type DoorOutcome = Extract<MarketEvent, { readonly source: unknown }>;

/**
 * The three answers (R17): `decided` by the step named; `unknown`, and if it is not in the log by
 * the deadline it never will be; `shed`, which was not sent at all.
 */
export type DoorAnswer =
  | { readonly type: "decided"; readonly outcome: DoorOutcome; readonly decided: GatewayStep }
  | { readonly type: "unknown"; readonly deadlineMs: number }
  | { readonly type: "shed"; readonly why: string };

/** What a running gateway has to say to people. */
export type GatewayReport =
  | { readonly type: "serving"; readonly seq: number }
  | { readonly type: "behind"; readonly shard: number; readonly why: string }
  | { readonly type: "alarm"; readonly what: string }
  | SnapshotReport
  | SenderReport;

/** What a gateway needs. */
export type GatewayOptions = {
  readonly log: MarketLog;
  readonly shards: number;
  readonly clock: Clock;
  readonly report: (report: GatewayReport) => void;
  /** Commands that may wait for their step at a time; more are shed before they are sent. */
  readonly pendingMax: number;
  /** How long a command waits for its step before its answer is `unknown`. */
  readonly answerTimeoutMs: number;
  /** How much is kept for screens; absent: the default, which is what snapshots hold. */
  readonly kept?: KeptRecords;
};

/**
 * The doors' way into the log and out of it. Everything it says comes from valid steps (R9, R17).
 */
export type Gateway = {
  /** The time of everything that comes in at the doors. */
  readonly clock: DoorClock;
  /** Another one of each shard, and other records, once a snapshot was found: ask for them anew. */
  readonly views: readonly ShardView[];
  readonly records: MarketRecords;
  /** Commands sent and not decided yet. */
  pending(): number;
  /** True once every shard was folded to the end it had when the gateway started. */
  isCaughtUp(): boolean;
  /** Number of the last step folded, summed over shards: how far its answers are. */
  seq(): number;
  /** Records of the log not folded yet, summed over shards, as last seen. */
  lag(): number;
  /** Since when there are such records; null: none are known. */
  behindSinceMs(): number | null;
  /** The market's id, as the shard's first claim names it; empty before that was read. */
  marketId(shard?: number): string;
  /** The view of the symbol's shard. */
  viewOf(symbol: string): ShardView;
  submit(command: DoorCommand): Promise<DoorAnswer>;
  /** Calls the listener for every step from now on. Returns what takes it away. */
  listen(listener: (step: GatewayStep) => void): () => void;
  /**
   * Follows the log and sends until the signal ends it. Throws `Stop` where the log itself
   * is wrong.
   */
  run(signal: AbortSignal): Promise<void>;
};

/** A gateway that has read nothing yet. */
export function newGateway(options: GatewayOptions): Gateway {
  const { log, shards, report, pendingMax, answerTimeoutMs } = options;
  const clock = newDoorClock(options.clock, (what) => report({ type: "alarm", what }));
  const views = Array.from({ length: shards }, () => newShardView(nothingToRemember));
  const senders = views.map((_, shard) => newGatewaySender({ log, shard, clock, report }));
  const state: State = {
    options,
    clock,
    views,
    senders,
    records: newMarketRecords(options.kept),
    ends: views.map(() => 0),
    behindSinceMs: null,
    topicIds: [],
    unread: new Set(views.keys()),
    waiting: new Map(),
    unsaid: views.map(() => []),
    listeners: new Set(),
  };
  return {
    clock,
    views,
    get records() {
      return state.records;
    },
    pending: () => state.waiting.size,
    isCaughtUp: () => state.unread.size === 0,
    seq: () => seqOf(views),
    lag: () => views.reduce((sum, view, shard) => sum + lagOf(state, view, shard), 0),
    behindSinceMs: () => state.behindSinceMs,
    marketId: (shard = 0) => views[shard]?.fold.genesis?.marketId ?? "",
    viewOf: (symbol) => views[shardOf(symbol, shards)] ?? failInvariant("a symbol has a shard"),
    listen: (listener) => {
      state.listeners.add(listener);
      return () => state.listeners.delete(listener);
    },
    submit: async (command) => {
      // Who was told "unknown" waits no more, but the command does while the broker is away.
      const unsent = senders.reduce((sum, sender) => sum + sender.waiting(), 0);
      if (Math.max(state.waiting.size, unsent) >= pendingMax)
        return { type: "shed", why: `${pendingMax} requests wait for the exchange already` };
      return submit(state, command, answerTimeoutMs);
    },
    run: (signal) => run(state, signal),
  };
}

type State = {
  readonly options: GatewayOptions;
  readonly clock: DoorClock;
  readonly views: ShardView[];
  readonly senders: readonly GatewaySender[];
  records: MarketRecords;
  /** The end of each shard's log as last seen. */
  readonly ends: number[];
  behindSinceMs: number | null;
  /** The id of each shard's log when it was first read. */
  readonly topicIds: string[];
  /** Shards whose log has not been folded to the end it had at first. */
  readonly unread: Set<number>;
  /** Commands by the id of their HTTP request, until their step or their timeout. */
  readonly waiting: Map<string, (answer: DoorAnswer) => void>;
  /** By shard: the outcomes of a step of which parts are still to come (R10). */
  readonly unsaid: (DoorAnswer & { readonly type: "decided" })[][];
  readonly listeners: Set<(step: GatewayStep) => void>;
};

async function submit(
  state: State,
  command: DoorCommand,
  answerTimeoutMs: number,
): Promise<DoorAnswer> {
  const { requestId, deadlineMs } = command.source;
  const { senders, waiting, options, clock } = state;
  const shard = shardOfCommand(command, options.shards);
  const sender = senders[shard] ?? failInvariant("a symbol has a shard");
  const { promise, resolve } = Promise.withResolvers<DoorAnswer>();
  waiting.set(requestId, resolve);
  sender.send(command, deadlineMs);
  const answered = new AbortController();
  const timeout = clock.sleep(answerTimeoutMs, answered.signal);
  const unknown = timeout.then((): DoorAnswer => ({ type: "unknown", deadlineMs }));
  try {
    return await Promise.race([promise, unknown]);
  } finally {
    waiting.delete(requestId);
    answered.abort();
  }
}

async function run(state: State, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const until = firstToAbort([signal, ended.signal]);
  const work = [
    ...state.senders.map((sender) => sender.run(until)),
    ...state.views.map((_, shard) => followShard(state, shard, until)),
  ].map((task) => task.finally(() => ended.abort()));
  await Promise.allSettled(work);
  await Promise.all(work);
}

/**
 * Begins where the newest good snapshot was taken, with all that a gateway has there. The records
 * of several shards are one fold in the order in which they were read, which no snapshot has; nor
 * has one as many records as somebody asked for.
 */
async function startFromSnapshot(state: State): Promise<void> {
  const { log, kept, shards, report } = state.options;
  if (shards !== 1 || kept !== undefined) return;
  const place = { log, shard: 0, limits: nothingToRemember, report };
  const { view, records } = await openFollowed(place);
  if (view.appendedAtMs > 0) state.clock.saw(view.appendedAtMs);
  state.views[0] = view;
  state.records = records;
}

/** Folds the shard's log for ever; a broker that is away is waited for, a wrong log is the end. */
async function followShard(state: State, shard: number, signal: AbortSignal): Promise<void> {
  const { clock, options } = state;
  const position = (): number => state.views[shard]?.fold.offset ?? 0;
  let hasBegun = false;
  const live = async (worked: () => void): Promise<void> => {
    if (!hasBegun) await startFromSnapshot(state);
    hasBegun = true;
    const from = position();
    try {
      await followFrom(state, shard, signal);
    } catch (error) {
      if (error instanceof OutsideLog) throw madeAnew(shard, error.message);
      if (position() !== from) worked();
      throw error;
    }
  };
  const onFailure = ({ isStuck, before, why }: Failure): void => {
    if (isStuck) throw stuck("gateway", why);
    if (before === 0) options.report({ type: "behind", shard, why }); // said once
  };
  await keepRunning({ clock, backoff: retryWaitMs, live, position, onFailure }, signal);
}

async function followFrom(state: State, shard: number, signal: AbortSignal): Promise<void> {
  const { log } = state.options;
  const view = state.views[shard] ?? failInvariant("a shard has a view");
  const first = await log.bounds(eventsTopic, shard);
  const reader = await log.reader(eventsTopic, shard, view.fold.offset);
  const topicId = await log.topicId(eventsTopic);
  state.topicIds[shard] ??= topicId;
  const known = state.topicIds[shard];
  const tail = {
    read: async (waitMs: number) => {
      const slice = await reader.read(waitMs);
      state.ends[shard] = slice.end;
      const newest = slice.records.at(-1);
      if (newest !== undefined) state.clock.saw(newest.timestampMs);
      return slice;
    },
    close: () => reader.close(),
  };
  try {
    // A reader that is opened again would find a longer log of another market readable (R1).
    if (known !== topicId) throw madeAnew(shard, `${eventsTopic} is ${topicId}, was ${known}`);
    const { fold, lastValid } = view;
    const other = lastValid && (await findOtherLog(log, shard, readerStateOf(fold), lastValid));
    if (other !== null) throw madeAnew(shard, `it was read to offset ${fold.offset}, ${other}`);
    while (!signal.aborted) {
      if (view.fold.offset >= first.end) noteCaughtUp(state, shard);
      takeSteps(state, shard, await follow(view, tail, readWaitMs));
      noteLag(state);
      if (shard === 0 && state.unread.size === 0) askBrokersTime(state);
    }
  } finally {
    await reader.close();
  }
}

/** By a `Tick`, which is harmless at any time. */
function askBrokersTime({ clock, senders }: State): void {
  if (clock.mustAsk()) senders[0]?.send({ type: "Tick" }, clock.nowMs() + askTimeoutMs);
}

function seqOf(views: readonly ShardView[]): number {
  return views.reduce((sum, { fold }) => sum + fold.seq, 0);
}

function lagOf({ ends }: State, { fold }: ShardView, shard: number): number {
  return Math.max(0, (ends[shard] ?? 0) - fold.offset);
}

function noteLag(state: State): void {
  const isBehind = state.views.some((view, shard) => lagOf(state, view, shard) > 0);
  state.behindSinceMs = isBehind ? (state.behindSinceMs ?? state.clock.nowMs()) : null;
}

function madeAnew(shard: number, why: string): Stop {
  const way = "restore Kafka's data, or begin a new market with `npx sauda reset`; then start anew";
  return new Stop(`shard ${shard}: the log is not the one that was read (${why}); ${way}`);
}

/**
 * The view has the steps already, so one that cannot be taken in here cannot be read again:
 * the end.
 */
function takeSteps(state: State, shard: number, steps: readonly SeenStep[]): void {
  for (const seen of steps) {
    try {
      takeStep(state, shard, seen);
    } catch (error) {
      throw new Stop(`shard ${shard}: step ${seen.seq} could not be taken in: ${whyOf(error)}`);
    }
  }
}

function noteCaughtUp(state: State, shard: number): void {
  if (!state.unread.delete(shard) || state.unread.size > 0) return;
  state.options.report({ type: "serving", seq: seqOf(state.views) });
}

function say({ waiting }: State, answer: DoorAnswer & { readonly type: "decided" }): void {
  const { source } = answer.outcome;
  if (source !== null && isAtDoor(source)) waiting.get(source.requestId)?.(answer);
}

function takeStep(state: State, shard: number, seen: SeenStep): void {
  const { appendedAtMs } = seen;
  const decided: GatewayStep = { ...noteSeen(state.records, shard, seen), appendedAtMs };
  const { step } = decided;
  const unsaid = state.unsaid[shard] ?? [];
  for (const event of step.events)
    if ("source" in event && event.source !== null && isAtDoor(event.source))
      unsaid.push({ type: "decided", outcome: event, decided });
  if (step.last) for (const answer of unsaid.splice(0)) say(state, answer);
  for (const listener of state.listeners) listener(decided);
}
