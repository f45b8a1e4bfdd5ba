import { commandsTopic, eventsTopic } from "../protocol/topics.ts";
import { stepShapes } from "../protocol/log/steps-bytes.ts";
import {
  encodeClaim,
  logFormat,
  logKey,
  marketRules,
  type Claim,
  type Genesis,
} from "../protocol/log/log-record.ts";
import type { MarketTerms } from "../domain/market.ts";
import { IndeterminateAppend, refusedForGood, writeSteps } from "./exchange-writer.ts";
import type { Failure } from "./failures.ts";
import { keepRunning } from "./keep-running.ts";
import { findGenesisDifference } from "./log-fold.ts";
import type { Appender } from "./log.ts";
import type { MarketRecords } from "./records/market-records.ts";
import { followTo, followToEnd, takeSlice, type ShardView } from "./shard-view.ts";
import { noteSeen } from "./snapshots/followed-state.ts";
import {
  newSnapshotter,
  openFollowed,
  openView,
  type SnapshotReport,
} from "./snapshots/snapshotter.ts";
import { Stop, stuck } from "./stop.ts";
import { firstToAbort } from "./until-aborted.ts";
import { openWhole } from "./whole-log.ts";
import { noteOutlived, nothingOutlived, type Outlived } from "./writing/attempts.ts";
import { newWriterClock, type WriterClock } from "./writer-clock.ts";
import type { ServiceParts } from "./service-parts.ts";

/** After an indeterminate append a process waits from this long, doubling, to this long (R8). */
const claimWaitMs = { first: 100, most: 10_000 };
/** How long it then waits before it asks the group again. */
const askAgainMs = 500;
/**
 * A standby that has more records than this to fold takes a snapshot only each so many times the
 * steps: should it not come to the end, the next start is shorter.
 */
const far = { records: 100, times: 5 };
/** How long a standby's read of the log waits before it looks at the group again. */
const standbyReadMs = 250;

/** What a running exchange has to say to people; nothing in the market depends on it. */
export type ExchangeReport =
  | { readonly type: "standby"; readonly shard: number }
  | {
      readonly type: "claimed";
      readonly shard: number;
      readonly epoch: number;
      readonly seq: number;
      readonly marketId: string;
    }
  | { readonly type: "doubt"; readonly shard: number; readonly why: string }
  | { readonly type: "released"; readonly shard: number; readonly why: string }
  | { readonly type: "alarm"; readonly shard: number; readonly what: string }
  | SnapshotReport;

/** What one exchange process needs to write one shard. */
export type ExchangeOptions = ServiceParts<ExchangeReport> & {
  readonly shard: number;
  readonly shards: number;
  readonly terms: MarketTerms;
  /** Digest of `participants.json` and of the mode: part of the market's identity (R2). */
  readonly termsDigest: string;
  /** Random bytes in hex, for nonces and a new market's id. */
  readonly randomHex: (bytes: number) => string;
  /** Host and pid, for people only. */
  readonly owner: string;
  /**
   * As a standby it takes a snapshot when so many steps have come since the last one; absent: none.
   */
  readonly snapshotSteps?: number;
  /** Told how many steps are done (R7), batch by batch. */
  readonly onSteps?: (steps: number) => void;
  /** Told when commands begin to be decided, and when they are: who decides for ever says so. */
  readonly onDeciding?: ((isDeciding: boolean) => void) | undefined;
};

/**
 * Writes the shard's log while the group assigns it to this process, and follows it as a standby
 * while not. Ends when the signal is aborted; throws `Stop` for what only a person may decide (exit
 * code 3).
 */
export async function runExchange(options: ExchangeOptions, signal: AbortSignal): Promise<void> {
  const { shard, clock, report } = options;
  let view: ShardView | null = null;
  const outlived = nothingOutlived();
  const live = async (worked: () => void): Promise<void> => {
    // A half-evolved state is never repaired: each life begins with a new one.
    view = null;
    view = await openAndStandBy(options, signal);
    if (signal.aborted) return;
    const onDone = (steps: number): void => {
      worked();
      options.onSteps?.(steps);
    };
    await writeEpoch({ ...options, outlived, onDone }, view, signal);
  };
  const onFailure = ({ isStuck, isWrong, why }: Failure): void => {
    if (!isWrong) noteOutlived(outlived);
    if (isStuck) throw stuck("exchange", why);
    report({ type: "doubt", shard, why });
  };
  const waitOut = async (mostMs: number, { why }: Failure): Promise<void> => {
    await waitToClaimAgain(options, mostMs, signal);
    await releaseUnlessAssigned(options, why, signal);
  };
  const position = (): number => view?.fold.offset ?? 0;
  await keepRunning({ clock, backoff: claimWaitMs, live, position, onFailure, waitOut }, signal);
}

/** The state to write from, when the group gives this process the shard or the signal comes. */
async function openAndStandBy(options: ExchangeOptions, signal: AbortSignal): Promise<ShardView> {
  const { group, shard, report, snapshotSteps } = options;
  const isGiven = (): boolean => group.has(commandsTopic, shard);
  // The records are for the snapshots alone: a writer has no use for them.
  const takesNone = snapshotSteps === undefined || isGiven();
  const { view, records } = takesNone
    ? { view: await openView(options), records: null }
    : await openFollowed(options);
  if (isGiven()) return view;
  report({ type: "standby", shard });
  await standBy(options, view, records, signal);
  return view;
}

/**
 * Follows the log until the group gives this process the shard, and takes snapshots on the way: one
 * that is half written then is given up.
 */
async function standBy(
  options: ExchangeOptions,
  view: ShardView,
  records: MarketRecords | null,
  signal: AbortSignal,
): Promise<void> {
  const { log, group, shard, snapshotSteps = Infinity } = options;
  const reader = await openWhole(log, eventsTopic, shard, view.fold.offset);
  const given = new AbortController();
  const until = firstToAbort([signal, given.signal]);
  const snapshotter = records === null ? null : newSnapshotter(options, { view, records }, until);
  try {
    while (!signal.aborted && !group.has(commandsTopic, shard)) {
      const slice = await reader.read(standbyReadMs);
      await snapshotter?.written();
      const seen = takeSlice(view, slice);
      if (records !== null) for (const each of seen) noteSeen(records, shard, each);
      const isFar = slice.end - view.fold.offset >= far.records;
      snapshotter?.takeIfDue(isFar ? far.times * snapshotSteps : snapshotSteps);
    }
  } finally {
    given.abort();
    await reader.close();
  }
}

/** R6, then R7 until it ends: one claim, one plain producer, one epoch. */
async function writeEpoch(
  options: ExchangeOptions & {
    readonly outlived: Outlived;
    readonly onDone: (steps: number) => void;
  },
  view: ShardView,
  signal: AbortSignal,
): Promise<void> {
  const { log, group, shard, terms, clock, report, outlived, onDone } = options;
  await followToEnd(view, log, shard);
  const events = await log.appender(eventsTopic, shard);
  const alarm = (what: string): void => report({ type: "alarm", shard, what });
  const time = newWriterClock(clock, alarm);
  try {
    const genesis = await claimShard(options, view, events, time);
    const { epoch, seq } = view.fold;
    report({ type: "claimed", shard, epoch, seq, marketId: genesis.marketId });
    const isAssigned = (): boolean => group.has(commandsTopic, shard);
    const { onDeciding = () => {} } = options;
    const own = { log, shard, terms, clock, time, view, events, outlived };
    const parts = { ...own, isAssigned, onDone, onDeciding };
    await writeSteps(parts, signal);
  } finally {
    await events.close();
  }
}

/** Appends one claim and folds through it. The writer is whose nonce is in force there. */
async function claimShard(
  options: ExchangeOptions,
  view: ShardView,
  events: Appender,
  time: WriterClock,
): Promise<Genesis> {
  const { log, shard, randomHex, owner, clock } = options;
  const genesis = await ownGenesis(options, view);
  const nonce = randomHex(16);
  const epoch = view.fold.epoch + 1;
  const claim: Claim = {
    type: "Claim",
    format: logFormat,
    shapes: stepShapes,
    rules: marketRules,
    epoch,
    nonce,
    owner,
    genesis,
    writerMs: clock.nowMs(),
  };
  const sentAtMs = clock.elapsedMs();
  const result = await events.append([{ key: logKey, value: encodeClaim(claim) }]);
  if (result.type === "refused" && !result.retriable) throw refusedForGood("a claim", result.why);
  if (result.type !== "at") throw new IndeterminateAppend(`claim ${result.type}: ${result.why}`);
  time.heard(result.appendedAtMs, sentAtMs);
  // An older writer's last steps before the claim count.
  await followTo(view, log, { shard, end: result.offset + 1 });
  if (view.fold.nonce !== nonce)
    throw new IndeterminateAppend("another process claimed the shard first");
  return genesis;
}

/**
 * This process's genesis under the log's market id. Stops where its own terms differ from
 * the log's.
 */
async function ownGenesis(options: ExchangeOptions, view: ShardView): Promise<Genesis> {
  const { log, shard, shards, termsDigest, randomHex } = options;
  const known = view.fold.genesis;
  const own: Genesis = {
    marketId: known?.marketId ?? randomHex(16),
    shard,
    shards,
    symbolMap: "fnv1a",
    commandsTopicId: await log.topicId(commandsTopic),
    termsDigest,
    clock: "real",
  };
  const difference = known === null ? null : findGenesisDifference(known, own);
  if (difference !== null) throw new Stop(`this market was made otherwise: ${difference}`);
  return own;
}

async function waitToClaimAgain(
  { clock, randomHex }: ExchangeOptions,
  mostMs: number,
  signal: AbortSignal,
): Promise<void> {
  const share = Number.parseInt(randomHex(2), 16) / 0xffff;
  await clock.sleep(Math.ceil(mostMs * (0.5 + share / 2)), signal);
}

/**
 * R8: goes on only when the group, asked after an indeterminate append, still assigns the shard;
 * else releases it.
 */
async function releaseUnlessAssigned(
  options: ExchangeOptions,
  why: string,
  signal: AbortSignal,
): Promise<void> {
  const { group, shard, clock, report } = options;
  while (!signal.aborted && group.has(commandsTopic, shard)) {
    if (await group.confirms(commandsTopic, shard)) return;
    await clock.sleep(askAgainMs, signal);
  }
  if (!signal.aborted) report({ type: "released", shard, why });
}
