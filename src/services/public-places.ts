import type { Clock } from "./clock.ts";
import { dropOldest } from "./drop-oldest.ts";
import { keepRunning, neverStop, runOnce } from "./keep-running.ts";
import type { Work } from "./keep-running.ts";
import { BatchNotUnpacked, OutsideLog } from "./log.ts";
import type { LogRecord, MarketLog } from "./log.ts";
import { getOrMake } from "../domain/facts/get-or-make.ts";
import type { TopicName } from "../protocol/topics.ts";

/** Where a public record of a trade stands. */
export type PublicPlace = {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  /** Of a topic that says many things of one trade: the record's own id; else null. */
  readonly id: string | null;
};

/** Where the publisher put what it said of each trade. For people: no fact of ours comes from it (R4). */
export type PublicPlaces = {
  /** The places of a trade's public records, as far as they were seen. */
  of(tradeId: string): readonly PublicPlace[];
  /** Follows the public topics until the signal ends it. */
  run(signal: AbortSignal): Promise<void>;
};

/** The topics whose records name their trade. */
const tradeTopics = [
  "sauda.trades",
  "Demat_allocation",
  "Cash_movement",
  "demat-transfers",
  "cash-movements",
  "sauda.settlements",
] as const;

/** How far back a topic is read at the start, and how many trades are remembered. */
const kept = { records: 20_000, trades: 100_000 };
/**
 * How long a read waits for its first record, a follower after a failure, and after every read that gave
 * something: six topics read as they grow would cost the broker more than all else a gateway asks of it.
 */
const waitMs = { read: 500, retry: 500, rest: 200 };

/** Places of nothing yet. `onSeen` hears of every public record as it is seen. */
export function newPublicPlaces(
  log: MarketLog,
  clock: Clock,
  onSeen: (place: PublicPlace, tradeId: string) => void,
): PublicPlaces {
  const state: State = { log, clock, onSeen, byTrade: new Map() };
  return {
    of: (tradeId) => state.byTrade.get(tradeId) ?? [],
    run: async (signal) => {
      const all = tradeTopics.map(async (topic) => {
        const partitions = await countPartitions(state, topic, signal);
        const each = Array.from({ length: partitions }, (_, partition) => partition);
        await Promise.all(each.map((partition) => followOne(state, topic, partition, signal)));
      });
      await Promise.all(all);
    },
  };
}

type State = {
  readonly log: MarketLog;
  readonly clock: Clock;
  readonly onSeen: (place: PublicPlace, tradeId: string) => void;
  readonly byTrade: Map<string, PublicPlace[]>;
};

/** A broker that is away is waited for: a gateway may start before it. */
async function countPartitions(
  state: State,
  topic: TopicName,
  signal: AbortSignal,
): Promise<number> {
  const work = quietly(state, topic, () => state.log.partitions(topic));
  return (await runOnce(work, signal)) ?? 0;
}

/** Only pictures depend on it: whatever fails is tried on, and nobody is told. */
function quietly<Done>({ clock }: State, topic: TopicName, live: () => Promise<Done>): Work<Done> {
  return {
    clock,
    backoff: { first: waitMs.retry, most: waitMs.retry },
    live: () => live().catch(neverStop),
    position: () => topic,
    onFailure: () => {},
  };
}

async function followOne(
  state: State,
  topic: TopicName,
  partition: number,
  signal: AbortSignal,
): Promise<void> {
  const { log, clock } = state;
  let from: number | null = null;
  const readOn = async (): Promise<void> => {
    const { start, end } = await log.bounds(topic, partition);
    from ??= Math.max(start, end - kept.records);
    const reader = await log.reader(topic, partition, from);
    try {
      while (!signal.aborted) {
        const { records } = await reader.read(waitMs.read);
        for (const record of records) {
          take(state, topic, partition, record);
          from = record.offset + 1;
        }
        if (records.length > 0) await clock.sleep(waitMs.rest, signal);
      }
    } finally {
      await reader.close();
    }
  };
  const readOrPass = (): Promise<void> =>
    readOn().catch((error: unknown) => {
      if (error instanceof OutsideLog) from = null; // a topic made anew is read near its end
      if (error instanceof BatchNotUnpacked) from = error.batch.lastOffset + 1; // a stranger's: none of our records
      throw error;
    });
  await keepRunning(quietly(state, topic, readOrPass), signal);
}

function take(
  { byTrade, onSeen }: State,
  topic: TopicName,
  partition: number,
  record: LogRecord,
): void {
  const tradeId = tradeIdIn(record);
  if (tradeId === null) return;
  const { offset, timestampMs } = record;
  const place = { topic, partition, offset, timestampMs, id: settlementIdIn(record) };
  const places = getOrMake(byTrade, tradeId, () => []);
  dropOldest(byTrade, kept.trades);
  // A publisher that died may have said it before; the later one is the one that counts.
  const known = places.findIndex((each) => each.topic === topic && each.id === place.id);
  if (known >= 0) places.splice(known, 1);
  places.push(place);
  onSeen(place, tradeId);
}

/** The trade a public record names. Looked for as text: a parse of each record would cost ten times more. */
function tradeIdIn({ value }: LogRecord): string | null {
  if (value === null) return null;
  const text = value.toString("latin1");
  return /"trade_id":"(T-[0-9-]+)"/.exec(text)?.[1] ?? null;
}

function settlementIdIn({ value }: LogRecord): string | null {
  return /"settlement_id":"([^"]+)"/.exec(value?.toString("latin1") ?? "")?.[1] ?? null;
}
