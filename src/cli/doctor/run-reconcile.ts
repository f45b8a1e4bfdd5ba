import type { Difference } from "../../postgres/comparing-store.ts";
import { verifyBooks } from "../../postgres/verify.ts";
import { eventsTopic } from "../../protocol/topics.ts";
import { readMarketId } from "../../services/books/books-life.ts";
import type { MarketLog } from "../../services/log.ts";
import { reconcilePublic } from "../../services/reconciliation.ts";
import { lookTwice } from "./market-reading.ts";
import { ofBooks, sayBreak, saySum, type Break } from "./reconcile-words.ts";
import { Failure, exitCode } from "../output.ts";
import type { Context, ContextOptions } from "../context.ts";

/** How often to look, and how long public topics and books may be behind the log; milliseconds. */
export type ReconcileOptions = ContextOptions & {
  readonly watch?: boolean;
  readonly every: number;
  readonly grace: number;
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
  { watch = false, every, grace }: ReconcileOptions,
  look: (context: Context) => Promise<number>,
): Promise<number> {
  const { logClient, clock, signal } = context;
  let breaks = 0;
  do {
    for (let shard = 0; shard < logClient.shards && !signal.aborted; shard += 1)
      breaks += await reconcileShard(context, database, shard, grace);
    if (!signal.aborted) breaks += await look(context);
    if (watch) await clock.sleep(every, signal);
  } while (watch && !signal.aborted);
  return breaks === 0 ? exitCode.done : exitCode.failed;
}

/** Returns the number of breaks. */
async function reconcileShard(
  context: Context,
  database: string,
  shard: number,
  graceMs: number,
): Promise<number> {
  const { logClient, clock, signal } = context;
  const { log, shards } = logClient;
  if ((await log.bounds(eventsTopic, shard)).end === 0)
    throw new Failure(`shard ${shard} has no log yet: npm start makes a market`);
  const marketId = await readMarketId({ log, shard }, signal);
  if (marketId === null) return 0;
  let count = 0;
  const tell = (found: Break): void => {
    count += 1;
    sayBreak(context, found);
  };
  const parts = { log, shard, shards, nowMs: clock.nowMs(), graceMs };
  const sum = await reconcilePublic(parts, (found) =>
    tell({ between: "log and public topics", shard, ...found }),
  );
  const verified = await verifyBooks({ url: database, log, marketId, shard }, signal);
  for (const { what, place } of verified?.differences ?? [])
    tell(ofBooks(shard, "different", { what, place }));
  count += (verified?.count ?? 0) - (verified?.differences.length ?? 0);
  const late = await findLateness(parts, verified?.offset ?? 0);
  if (late !== null) tell(ofBooks(shard, "late", late));
  saySum(context, shard, sum, verified?.seq ?? 0, count);
  return count;
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
