import { createHash } from "node:crypto";
import { groupedWhole } from "../../domain/facts/units.ts";
import {
  balances,
  describeMarket,
  initialMarket,
  openOrders,
  type Market,
} from "../../domain/market.ts";
import { depthOf } from "../../domain/state/depth.ts";
import { utcTime } from "../../protocol/moment.ts";
import { eventsTopic } from "../../protocol/topics.ts";
import { newHashKey, takeIn } from "../../services/shard-view.ts";
import { notValid, walkSteps, type StepsAt } from "../../services/audit/log-walk.ts";
import { Failure, exitCode } from "../output.ts";
import { showProgress } from "../progress.ts";
import { failureOf, type AuditContext } from "./audit-context.ts";
import { bookedSymbols, marketFacts, topWords, type MarketFact } from "./market-facts.ts";
import type { Point, ReplayOptions } from "./replay.ts";

/** A market that is being rebuilt. `seq` 0: nothing has happened yet. */
type Replay = {
  readonly shard: number;
  readonly market: Market;
  readonly records: AsyncGenerator<StepsAt>;
  seq: number;
  atMs: number | null;
  offset: number | null;
  events: number;
  /** Steps of a record that were not taken yet. */
  rest: { readonly record: StepsAt; next: number } | null;
};

/** Rebuilds each shard that is asked for. Returns the exit code. */
export async function runReplay(context: AuditContext, options: ReplayOptions): Promise<number> {
  const { shards, signal } = context;
  for (const shard of shardsOf(options, shards)) {
    if (signal.aborted) return exitCode.failed;
    await replayShard(context, shard, options);
  }
  return exitCode.done;
}

function shardsOf({ at, diff, shard }: ReplayOptions, shards: number): number[] {
  if (shard !== undefined && shard >= shards)
    throw new Failure(`--shard ${shard}: the market has ${shards}, from 0 on`, exitCode.usage);
  if (shard !== undefined) return [shard];
  const isNumbered = [at, diff].some((point) => point !== undefined && "seq" in point);
  if (isNumbered && shards > 1)
    throw new Failure(
      `each of the ${shards} shards numbers its own steps: add --shard <n>, or give a time`,
      exitCode.usage,
    );
  return Array.from({ length: shards }, (_, each) => each);
}

async function replayShard(
  context: AuditContext,
  shard: number,
  options: ReplayOptions,
): Promise<void> {
  const { log, output, clock, terminal } = context;
  const { at = { seq: Infinity }, diff } = options;
  const records = walkSteps(log, shard);
  const start = { seq: 0, atMs: null, offset: null, events: 0, rest: null };
  const replay: Replay = {
    shard,
    market: initialMarket({ hashKey: newHashKey() }),
    records,
    ...start,
  };
  const progress = showProgress(terminal.err);
  progress.step(`replaying shard ${shard}`);
  let foldedMs = 0;
  const goTo = async (point: Point): Promise<void> => {
    const startedMs = clock.elapsedMs();
    await runTo(context, replay, point, () => progress.detail(groupedWhole(replay.seq)));
    foldedMs += clock.elapsedMs() - startedMs;
  };
  try {
    await goTo(at);
    if (diff === undefined) {
      progress.end();
      printState(context, replay, options);
    } else {
      const before = marketFacts(replay.market, options);
      const from = replay.seq;
      await goTo(diff);
      if (isBefore(diff, at, replay, from))
        throw new Failure(
          "--diff must be the later point: give the earlier one with --at",
          exitCode.usage,
        );
      progress.end();
      printChanges(context, before, marketFacts(replay.market, options), from, replay);
    }
    const seconds = Math.max(1, foldedMs) / 1000;
    const rate = groupedWhole(Math.round(replay.events / seconds));
    output.note(
      `shard ${shard}: ${groupedWhole(replay.events)} events of ${groupedWhole(replay.seq)} steps in ` +
        `${seconds.toFixed(1)} s: ${rate} events/s`,
    );
  } catch (error) {
    throw failureOf(error);
  } finally {
    progress.end();
    await records.return(undefined);
  }
}

/** Two points of one kind tell by themselves; else the second must not lie before the first. */
function isBefore(diff: Point, at: Point, replay: Replay, from: number): boolean {
  if ("seq" in diff && "seq" in at) return diff.seq < at.seq;
  if ("atMs" in diff && "atMs" in at) return diff.atMs < at.atMs;
  if ("seq" in diff) return diff.seq < from;
  return replay.atMs !== null && replay.atMs > diff.atMs;
}

/** Goes on until the point. Breaks where a step is asked for that the log does not have. */
async function runTo(
  { signal, output, clock }: AuditContext,
  replay: Replay,
  point: Point,
  onProgress: () => void,
): Promise<void> {
  for (;;) {
    if (signal.aborted) throw new Failure("ended before the point was reached");
    if (replay.rest === null) {
      const { value, done } = await replay.records.next();
      if (done === true) break;
      replay.rest = { record: value, next: 0 };
      onProgress();
    }
    if (takeSteps(replay, replay.rest, point)) return;
    replay.rest = null;
  }
  if ("atMs" in point) {
    if (replay.atMs === null) output.note(`shard ${replay.shard} has no step yet`);
    else if (point.atMs > clock.nowMs())
      output.note(`${utcTime(point.atMs)} is to come: this is the market as it is now`);
    return;
  }
  if (point.seq !== Infinity && point.seq > replay.seq)
    throw new Failure(
      `there is no step ${point.seq} yet: shard ${replay.shard} has ${replay.seq}, give one of 0 to ${replay.seq}`,
      exitCode.usage,
    );
}

/** True once the point is reached: the next step lies behind it. */
function takeSteps(replay: Replay, rest: NonNullable<Replay["rest"]>, point: Point): boolean {
  const { record } = rest;
  for (; rest.next < record.steps.length; rest.next += 1) {
    const step = record.steps[rest.next];
    const seq = record.seq + rest.next;
    if (step === undefined) return false;
    if ("seq" in point ? seq > point.seq : step.at > point.atMs) return true;
    const wrong = takeIn(replay.market, step, seq);
    if (wrong !== null) throw notValid(replay.shard, record, wrong);
    replay.seq = seq;
    replay.atMs = step.at;
    replay.offset = record.offset;
    replay.events += step.events.length;
  }
  return false;
}

function placeWords({ shard, seq, atMs, offset }: Replay): string {
  if (atMs === null) return `shard ${shard}   before its first step`;
  return `shard ${shard}   step ${seq}   ${utcTime(atMs)}   ${eventsTopic}-${shard}@${offset}`;
}

function placeJson({ shard, seq, atMs, offset }: Replay): object {
  return { shard, seq, at: atMs === null ? null : utcTime(atMs), log_offset: offset };
}

function printState({ output }: AuditContext, replay: Replay, options: ReplayOptions): void {
  const { market } = replay;
  const digest = createHash("sha256").update(describeMarket(market)).digest("hex");
  const counts = {
    balances: balances(market).length,
    orders: openOrders(market).length,
    books: market.books.size,
  };
  const words = `${counts.balances} balances, ${counts.orders} live orders, ${counts.books} books`;
  output.fact(`STATE  ${placeWords(replay)}   ${words}   digest ${digest}`, {
    type: "state_at",
    ...placeJson(replay),
    ...counts,
    digest,
  });
  const isNarrowed = options.account !== undefined || options.symbol !== undefined;
  if (output.isJson || isNarrowed) {
    const facts = marketFacts(market, options);
    for (const { text, json } of facts) output.fact(text, json);
    if (isNarrowed && facts.length === 0) output.note("nothing of it is in the market then");
    return;
  }
  for (const symbol of bookedSymbols(market)) {
    const depth = depthOf(market, symbol, 1);
    output.fact(`BOOK  ${symbol}   ${topWords(depth)}`, {});
  }
}

function printChanges(
  { output }: AuditContext,
  before: readonly MarketFact[],
  after: readonly MarketFact[],
  from: number,
  replay: Replay,
): void {
  const changes = findChanges(before, after).filter(
    ({ is }) => output.isJson || is.json.type !== "state",
  );
  output.fact(`CHANGES  from step ${from} to ${placeWords(replay)}   ${changes.length} changed`, {
    type: "changes",
    from_seq: from,
    ...placeJson(replay),
    changes: changes.length,
  });
  for (const { mark, was, is } of changes) {
    const text = mark === "~" ? `~ ${was?.text}\n  -> ${is.text}` : `${mark} ${is.text}`;
    const [old, now] = [mark === "+" ? null : (was ?? is).json, mark === "-" ? null : is.json];
    output.fact(text, { type: "change", key: is.key, before: old, after: now });
  }
}

type Change = {
  readonly mark: "+" | "-" | "~";
  readonly was?: MarketFact;
  readonly is: MarketFact;
};

/** What came, went, or is said otherwise, in the order of the facts. */
function findChanges(before: readonly MarketFact[], after: readonly MarketFact[]): Change[] {
  const old = new Map(before.map((fact) => [fact.key, fact]));
  const now = new Map(after.map((fact) => [fact.key, fact]));
  const gone = before.filter(({ key }) => !now.has(key));
  return [
    ...gone.map((is): Change => ({ mark: "-", is })),
    ...after.flatMap((is): Change[] => {
      const was = old.get(is.key);
      if (was === undefined) return [{ mark: "+", is }];
      return was.text === is.text ? [] : [{ mark: "~", was, is }];
    }),
  ];
}
