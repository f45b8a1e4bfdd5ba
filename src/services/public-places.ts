import type { Clock } from "./clock.ts";
import type { LogRecord, MarketLog } from "./log.ts";

/** Where a public record of a trade stands. */
export type PublicPlace = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
};

/** Where the publisher put what it said of each trade. For people: no fact of ours comes from it (R4). */
export type PublicPlaces = {
  /** The places of a trade's public records, as far as they were seen. */
  of(tradeId: string): readonly PublicPlace[];
  /** Follows the public topics until the signal ends it. */
  run(signal: AbortSignal): Promise<void>;
};

/** The topics whose records name their trade. */
export const tradeTopics = [
  "sauda.trades",
  "Demat_allocation",
  "Cash_movement",
  "demat-transfers",
  "cash-movements",
  "sauda.settlements",
] as const;

/** How far back a topic is read at the start, and how many trades are remembered. */
const kept = { records: 20_000, trades: 100_000 };
/** How long a read waits for its first record, and a follower after a failure. */
const waitMs = { read: 500, retry: 500 };

/** Places of nothing yet. `onSeen` hears of every public record as it is seen. */
export function newPublicPlaces(
  log: MarketLog,
  clock: Clock,
  onSeen: (place: PublicPlace, tradeId: string) => void,
): PublicPlaces {
  const byTrade = new Map<string, PublicPlace[]>();

  function take(topic: string, partition: number, record: LogRecord): void {
    const tradeId = tradeIdIn(record);
    if (tradeId === null) return;
    const place = { topic, partition, offset: record.offset, timestampMs: record.timestampMs };
    let places = byTrade.get(tradeId);
    if (places === undefined) {
      places = [];
      byTrade.set(tradeId, places);
      const [oldest] = byTrade.keys();
      if (byTrade.size > kept.trades && oldest !== undefined) byTrade.delete(oldest);
    }
    // A publisher that died may have said it before; the later one is the one that counts.
    const known = places.findIndex((each) => each.topic === topic);
    if (known >= 0) places.splice(known, 1);
    places.push(place);
    onSeen(place, tradeId);
  }

  async function followOne(topic: string, partition: number, signal: AbortSignal): Promise<void> {
    let from: number | null = null;
    while (!signal.aborted) {
      try {
        const { start, end } = await log.bounds(topic, partition);
        from ??= Math.max(start, end - kept.records);
        const reader = await log.reader(topic, partition, from);
        try {
          while (!signal.aborted) {
            for (const record of (await reader.read(waitMs.read)).records) {
              take(topic, partition, record);
              from = record.offset + 1;
            }
          }
        } finally {
          await reader.close();
        }
      } catch {
        // Broker away or topic made anew: only pictures depend on it, so begin again at the end.
        from = null;
        await clock.sleep(waitMs.retry, signal);
      }
    }
  }

  return {
    of: (tradeId) => byTrade.get(tradeId) ?? [],
    run: async (signal) => {
      const all = tradeTopics.map(async (topic) => {
        const partitions = await countPartitions(topic, signal);
        await Promise.all(
          Array.from({ length: partitions }, (_, partition) => followOne(topic, partition, signal)),
        );
      });
      await Promise.all(all);
    },
  };

  /** A broker that is away is waited for: a gateway may start before it. */
  async function countPartitions(topic: string, signal: AbortSignal): Promise<number> {
    while (!signal.aborted) {
      try {
        return await log.partitions(topic);
      } catch {
        await clock.sleep(waitMs.retry, signal);
      }
    }
    return 0;
  }
}

/** The trade a public record names. Looked for as text: a parse of each record would cost ten times more. */
function tradeIdIn({ value }: LogRecord): string | null {
  if (value === null) return null;
  const text = value.toString("latin1");
  return /"trade_id":"(T-[0-9-]+)"/.exec(text)?.[1] ?? null;
}
