import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { committedRecords, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import type { Random } from "../../src/memory/random.ts";
import type { Clock } from "../../src/services/clock.ts";
import { account } from "../clearing-given.ts";
import type { Later, Scenario } from "../memory/simulation.ts";
import { marketScenario, type Cast } from "./market-in-simulation.ts";
import type { Services } from "./service-variant.ts";

const cast: Cast = { exchanges: 2, intakes: 1, publishers: 2 };
const stormMs = 4_000;

/** ICICI sells what it does not have. */
const clearing = {
  ...nseClearing,
  accounts: new Map([["ICICI", account("margin", 1_000_000_000_000, { SBIN: 100 })]]),
};

/**
 * The moments of the day's settlement, Monday 5 January 2026, and of the auction's: each its own
 * storm. Netting, pay-in, an auction, pay-out, the auction's pay-in and pay-out.
 */
const moments = [
  "2026-01-05T21:05",
  "2026-01-06T08:40",
  "2026-01-06T10:35",
  "2026-01-06T14:35",
  "2026-01-06T15:05",
  "2026-01-06T16:00",
  "2026-01-07T08:05",
  "2026-01-07T10:05",
  "2026-01-07T16:00",
];

/**
 * A market that settles by T+1, from its trades to the end of their ways, in a storm at every
 * stage. `seen` takes the states that were told, as `Trade Short`.
 */
export function cycleScenario(
  services: Services,
  seed: number,
  seen: Set<string> = new Set(),
): Scenario {
  const market = marketScenario(services, seed, cast, { clearing });
  let isLast = false;
  return {
    ...market,
    later: moments.map((moment, number): Later => ({
      atMs: Date.parse(`${moment}:00+05:30`),
      stormMs,
      strangers: (cluster, clock, random) => {
        isLast = number === moments.length - 1;
        return writeOffers(cluster, clock, random, number);
      },
    })),
    check: (cluster, isComplete) => {
      const open = isComplete ? openTrades(cluster, market.shards, seen) : [];
      const ended = isLast ? open.map((tradeId) => `${tradeId} has no end`) : [];
      return [...market.check(cluster, isComplete), ...ended];
    },
  };
}

/** Trades that were told and have no end yet. */
function openTrades(cluster: MemoryCluster, shards: number, seen: Set<string>): string[] {
  const open = new Set<string>();
  for (let shard = 0; shard < shards; shard += 1)
    for (const { value } of committedRecords(cluster, "sauda.settlements", shard)) {
      const { type, trade_id: id, state } = JSON.parse(String(value)) as Record<string, string>;
      seen.add(`${type} ${state}`);
      if (type !== "Trade" || id === undefined) continue;
      if (["Settled", "ClosedOut", "Failed"].includes(state ?? "")) open.delete(id);
      else open.add(id);
    }
  return [...open];
}

/** Offers of what may be short: most come too early or too late, and are refused. */
async function writeOffers(
  cluster: MemoryCluster,
  clock: Clock,
  random: Random,
  moment: number,
): Promise<void> {
  for (const [number, symbol] of ["SBIN", "RELIANCE", "TCS", "INFY"].entries()) {
    const offer = {
      type: "OfferInAuction",
      participant: "HDFC",
      client_order_id: `offer-${moment}-${number}`,
      symbol,
      quantity: random.between(1, 400),
      price_paise: 98_500,
    };
    const value = Buffer.from(JSON.stringify(offer));
    const record = { key: null, value, headers: [] };
    cluster.partition("sauda.orders", 0).append([record], clock.nowMs());
    await clock.sleep(random.between(1, 500));
  }
}
