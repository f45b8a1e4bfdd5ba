import { eventsTopic } from "../../src/protocol/topics.ts";
import type { MarketEvent } from "../../src/domain/facts/event.ts";
import { allRecords, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { everything } from "../postgres/everything.ts";
import { readLog } from "../checker/log-reading.ts";
import type { ProcessMain, Scenario } from "../memory/simulation.ts";
import { marketScenario } from "./market-in-simulation.ts";
import type { NaiveBooks } from "./naive-books.ts";
import type { Services } from "./service-variant.ts";

const cast = { exchanges: 2, intakes: 1, publishers: 1 };

/**
 * A market in a storm with processes of the books that do not know of each other: no group says who
 * works, so all of them always do.
 */
export function booksScenario(
  services: Services,
  seed: number,
  books: NaiveBooks,
  copies = 2,
): Scenario {
  const market = marketScenario(services, seed, cast);
  const shards = Array.from({ length: market.shards }, (_, shard) => shard);
  const main = booksMain(services, shards, books, market.stormMs);
  const own = Array.from({ length: copies }, (_, copy) => [`books-${copy + 1}`, main]);
  return {
    ...market,
    processes: { ...market.processes, ...Object.fromEntries(own) },
    check: (cluster, isComplete) => [
      ...market.check(cluster, isComplete),
      ...shards.flatMap((shard) => checkBooks(cluster, shard, books, isComplete)),
    ],
  };
}

function booksMain(
  { runBooks }: Services,
  shards: readonly number[],
  books: NaiveBooks,
  stormMs: number,
): ProcessMain {
  let endsMs = 0;
  return async ({ log, clock, signal, random }) => {
    endsMs ||= clock.nowMs() + stormMs;
    const isStormy = (): boolean => clock.nowMs() < endsMs;
    const store = books.over({ clock, random, isStormy });
    const parts = { log, store, group: everything, clock, report: () => {} };
    await Promise.all(shards.map((shard) => runBooks({ ...parts, shard }, signal)));
  };
}

/**
 * What the books hold is what the checker reads in the log: whole journals, each once, in order.
 */
function checkBooks(
  cluster: MemoryCluster,
  shard: number,
  books: NaiveBooks,
  isComplete: boolean,
): string[] {
  const { steps } = readLog(allRecords(cluster, eventsTopic, shard));
  const { state, lines } = books.shard(shard);
  const read = state?.seq ?? 0;
  const expected = steps
    .filter(({ seq }) => seq <= read)
    .flatMap(({ seq, step }) =>
      step.events.flatMap((event, index) => eventLines(seq, index, event)),
    );
  const sorted = lines.toSorted();
  const problems = expected
    .toSorted()
    .flatMap((line, place) => (line === sorted[place] ? [] : [`books: expected ${line}`]));
  if (lines.length > expected.length)
    problems.push(`books: ${lines.length} lines, the log has ${expected.length}`);
  if (isComplete && read < steps.length)
    problems.push(`books: read up to step ${read} of ${steps.length}`);
  return problems.slice(0, 3);
}

function eventLines(seq: number, index: number, event: MarketEvent): string[] {
  if (event.type === "JournalPosted") {
    const { journalId, postings } = event.journal;
    return postings.map((posting) => JSON.stringify([seq, index, journalId, posting]));
  }
  if (event.type === "TradeExecuted") return [JSON.stringify([seq, index, event.tradeId])];
  if (event.type === "TradeSettled") return [JSON.stringify([seq, index, event.settlementId])];
  return [];
}
