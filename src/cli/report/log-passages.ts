import type { z } from "zod";
import type { DateText } from "../../domain/facts/calendar.ts";
import type { TradeDates } from "../../domain/facts/trade-date.ts";
import type { Genesis } from "../../protocol/log/log-record.ts";
import type { checkpointSchema, tradeDateSchema } from "../../http/routes/log-routes.ts";
import type { ReaderState } from "../../services/log-fold.ts";
import { logOfGateway } from "../client/log-of-gateway.ts";
import type { MarketContext } from "../client/market-context.ts";
import { followSteps, type LogStep } from "../log-steps.ts";

/** How long one read waits for records that are there. */
const waitMs = 1000;

/** A stretch of a shard's log: from the record at `from` to before `end`. */
type Passage = { readonly shard: number; readonly from: number; readonly end: number };

/** A shard's passages as the gateway names them. */
type PassagesJson = Pick<z.infer<typeof tradeDateSchema>["shards"][number], "shard" | "passages">;

/**
 * Calls `onStep` for every step of the passages, in the order of the log, shard by shard. Each is
 * read from the gateway's checkpoint before it: a few hundred records more than the passage.
 */
export async function foldPassages(
  context: MarketContext,
  passages: readonly PassagesJson[],
  onStep: (step: LogStep) => void,
): Promise<void> {
  for (const passage of joined(passages)) {
    const { shard, from, end } = passage;
    const checkpoint = await readCheckpoint(context, shard, { offset: from });
    for await (const { steps, next } of followSteps(
      logOfGateway(context),
      shard,
      waitMs,
      checkpoint,
    )) {
      for (const step of steps) if (step.logOffset >= from && step.logOffset < end) onStep(step);
      if (next >= end || context.signal.aborted) break;
    }
  }
}

/**
 * Calls `onStep` for steps of the shard from before what the command caused, until `isFound` says
 * that it has come.
 */
export async function foldFromCommand(
  context: MarketContext,
  { shard, commandOffset }: { readonly shard: number; readonly commandOffset: number },
  onStep: (step: LogStep) => void,
): Promise<void> {
  const checkpoint = await readCheckpoint(context, shard, { command_offset: commandOffset });
  for await (const { steps } of followSteps(logOfGateway(context), shard, waitMs, checkpoint)) {
    steps.forEach(onStep);
    const isPast = steps.some(({ step }) => step.cause.offset >= commandOffset);
    if (isPast || context.signal.aborted) return;
  }
}

/** A trade date's passages, and the trade dates of the settlements that its trades may name. */
export async function readTradeDate(
  { market }: MarketContext,
  date: DateText,
): Promise<{ readonly shards: readonly PassagesJson[]; readonly tradeDates: TradeDates }> {
  const path = `/v1/log/trade-dates/${date}`;
  const { shards } = await market.get<z.infer<typeof tradeDateSchema>>(path);
  const settlements = shards.flatMap((shard) => shard.settlements);
  const tradeDates: TradeDates = new Map(
    settlements.map((each) => [each.settlement_number, each.trade_date]),
  );
  return { shards, tradeDates };
}

/** In the order of the log; those that touch are one. */
function joined(all: readonly PassagesJson[]): readonly Passage[] {
  const sorted = all
    .flatMap(({ shard, passages }) =>
      passages.map(({ from_offset: from, end_offset: end }) => ({ shard, from, end })),
    )
    .toSorted((one, other) => one.shard - other.shard || one.from - other.from);
  const joint: Passage[] = [];
  for (const next of sorted) {
    const last = joint.at(-1);
    const joins = last?.shard === next.shard && next.from <= last.end;
    if (joins) joint[joint.length - 1] = { ...last, end: Math.max(last.end, next.end) };
    else joint.push(next);
  }
  return joint;
}

async function readCheckpoint(
  { market }: MarketContext,
  shard: number,
  query: { readonly offset: number } | { readonly command_offset: number },
): Promise<ReaderState> {
  const path = `/v1/log/checkpoints/${shard}`;
  const found = await market.get<z.infer<typeof checkpointSchema>>(path, { query });
  const { offset, epoch, nonce, seq, chain, last_cause: lastCause } = found;
  const genesis = found.genesis as Genesis | null;
  return { offset, epoch, nonce, seq, chain, lastCause, genesis };
}
