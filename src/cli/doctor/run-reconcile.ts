import type { Difference } from "../../postgres/comparing-store.ts";
import { verifyBooks, type ShardBooks } from "../../postgres/verify.ts";
import { eventsTopic } from "../../protocol/topics.ts";
import { readMarketId } from "../../services/books/books-life.ts";
import type { MarketLog } from "../../services/log.ts";
import { findComparedFrom, type ComparedFrom } from "../../services/reconciling/compared-from.ts";
import { publisherGroup } from "../../services/market-watch.ts";
import {
  reconcilePublic,
  type PublicReconciled,
} from "../../services/reconciling/reconciliation.ts";
import { lookTwice } from "./market-reading.ts";
import { ofBooks, sayBreak, saySum, type Break } from "./reconcile-words.ts";
import { Failure, exitCode, printable } from "../output.ts";
import type { Context, ContextOptions } from "../context.ts";

/** How often to look, and how long public topics and books may be behind the log; milliseconds. */
export type ReconcileOptions = ContextOptions & {
  readonly watch?: boolean;
  readonly every: number;
  readonly grace: number;
  readonly fromStart?: boolean;
};

/**
 * Troubles that leave nothing unsettled: at the end of a day nobody needs to run, and a wrong clock
 * loses nothing.
 */
const leftOut: readonly string[] = ["nobody_works", "clock_wrong"];

/** Says what keeps the market from moving or being whole. */
export async function sayTroubles({ logClient, clock, output }: Context): Promise<number> {
  const { troubles } = (await lookTwice(logClient, clock)).look;
  const counted = troubles.filter(({ kind }) => !leftOut.includes(kind));
  for (const { kind, what, wayOn } of counted)
    output.fact(`TROUBLE  ${what} -> ${wayOn}`, { type: "trouble", kind, what, way_on: wayOn });
  return counted.length;
}

/**
 * Looks once, or until the signal. Prints breaks and one line a shard. `look` says more troubles,
 * and how many. Returns the exit code.
 */
export async function runReconcile(
  context: Context,
  database: string,
  { watch = false, every, grace, fromStart = false }: ReconcileOptions,
  look: (context: Context) => Promise<number>,
): Promise<number> {
  const { logClient, clock, signal } = context;
  let breaks = 0;
  do {
    for (let shard = 0; shard < logClient.shards && !signal.aborted; shard += 1)
      breaks += await reconcileShard(context, database, { shard, graceMs: grace, fromStart });
    if (!signal.aborted) breaks += await look(context);
    if (watch) await clock.sleep(every, signal);
  } while (watch && !signal.aborted);
  return breaks === 0 ? exitCode.done : exitCode.failed;
}

type ShardOptions = {
  readonly shard: number;
  readonly graceMs: number;
  readonly fromStart: boolean;
};

/**
 * Compares a shard and prints what was found. A break that is found from a snapshot on is looked
 * for from the first step again: so each is named to the record, wherever it began. Returns the
 * number of breaks.
 */
async function reconcileShard(
  context: Context,
  database: string,
  options: ShardOptions,
): Promise<number> {
  const { logClient, output, signal } = context;
  const { log } = logClient;
  const { shard } = options;
  if ((await log.bounds(eventsTopic, shard)).end === 0)
    throw new Failure(`shard ${shard} has no log yet: npm start makes a market`);
  const marketId = await readMarketId({ log, shard }, signal);
  if (marketId === null) return 0;
  const place = { url: database, log, marketId, shard };
  let found = await compareShard(context, place, options);
  if (found.from !== null && found.breaks.some(({ kind }) => kind !== "late")) {
    output.note(`shard ${shard}: a break was found; compared again, from the first step on`);
    found = await compareShard(context, place, { ...options, fromStart: true });
  }
  const { breaks, more, from, sum, booksSeq } = found;
  for (const each of breaks) sayBreak(context, each);
  const count = breaks.length + more;
  saySum(context, { shard, from }, sum, booksSeq, count);
  return count;
}

/** What one comparison found; `more` breaks of the books are counted and not told. */
type Compared = {
  readonly breaks: readonly Break[];
  readonly more: number;
  readonly from: ComparedFrom | null;
  readonly sum: PublicReconciled;
  readonly booksSeq: number;
};

async function compareShard(
  context: Context,
  books: ShardBooks,
  { shard, graceMs, fromStart }: ShardOptions,
): Promise<Compared> {
  const { clock, logClient, signal } = context;
  const { log, shards } = logClient;
  const published = fromStart ? 0 : await log.committedOf(publisherGroup, eventsTopic, shard);
  let from: ComparedFrom | null = null;
  // What books or publisher have still to do is compared whole: no snapshot beyond their places.
  const findFrom = async (atMost: number): Promise<ComparedFrom | null> => {
    from = await findFromOf(context, shard, Math.min(atMost, published ?? 0));
    return from;
  };
  const verified = await verifyBooks(books, signal, findFrom);
  if (verified === null) await findFrom(Infinity);
  const parts = { log, shard, shards, nowMs: clock.nowMs(), graceMs };
  const late = await findLateness(parts, verified?.offset ?? 0);
  const breaks: Break[] = [];
  const sum = await reconcilePublic({ ...parts, from }, (found) =>
    breaks.push({ between: "log and public topics", shard, ...found }),
  );
  const { differences = [], count = 0, seq: booksSeq = 0 } = verified ?? {};
  for (const { what, place } of differences)
    breaks.push(ofBooks(shard, "different", { what, place }));
  if (late !== null) breaks.push(ofBooks(shard, "late", late));
  return { breaks, more: count - differences.length, from, sum, booksSeq };
}

/** Where the comparison begins; what is passed over is said. Null: with the first step. */
async function findFromOf(
  { logClient: { log }, output }: Context,
  shard: number,
  atMost: number,
): Promise<ComparedFrom | null> {
  if (atMost === 0) return null;
  const onPassedOver = (id: string, why: string): void =>
    output.note(printable(`snapshot ${id} of shard ${shard} is passed over: ${why}`));
  const from = await findComparedFrom({ log, shard, onPassedOver }, atMost);
  if (from !== null)
    output.note(
      `shard ${shard}: compared from step ${from.reader.seq + 1} on (snapshot ${from.snapshot}); of the steps before it, what the books add up to: --from-start compares all`,
    );
  return from;
}

/**
 * Says so where the books have not read a record that has stood in the log for longer than they
 * may take.
 */
async function findLateness(
  { log, shard, nowMs, graceMs }: { log: MarketLog; shard: number; nowMs: number; graceMs: number },
  offset: number,
): Promise<Difference | null> {
  const { end } = await log.bounds(eventsTopic, shard);
  if (offset >= end) return null;
  const reader = await log.reader(eventsTopic, shard, offset);
  try {
    const [next] = (await reader.read(1000)).records;
    if (next === undefined || nowMs - next.timestampMs <= graceMs) return null;
    const what = `the books have read to offset ${offset} of the log, not the record there: it is older than ${graceMs / 1000} s; the log ends at ${end}`;
    return { what, place: null };
  } finally {
    await reader.close();
  }
}
