import type { Clock } from "../../src/services/clock.ts";
import { Away } from "../../src/services/log-errors.ts";
import type { Random } from "../../src/memory/random.ts";
import type { BooksRows } from "../../src/services/books/books-rows.ts";
import type { BooksState, BooksStore } from "../../src/services/books/books-store.ts";

/** The books of one shard as a list: what was written, in the order it came. */
type NaiveShard = { state: BooksState | null; readonly lines: string[] };

/** Books in memory, as simple as they can be: the database that the services are tried with. */
export class NaiveBooks {
  readonly shards = new Map<number, NaiveShard>();
  /** How many writes found another state than they came from. */
  refused = 0;
  /** Whether a write looks at what is stored first, as it must. */
  readonly #compares: boolean;

  constructor(compares = true) {
    this.#compares = compares;
  }

  shard(shard: number): NaiveShard {
    const found = this.shards.get(shard) ?? { state: null, lines: [] };
    this.shards.set(shard, found);
    return found;
  }

  /** One transaction. */
  write(shard: number, from: BooksState | null, next: BooksState, rows: BooksRows): boolean {
    const stored = this.shard(shard);
    const isSame = stored.state?.offset === from?.offset && stored.state?.chain === from?.chain;
    if (this.#compares && !isSame) {
      this.refused += 1;
      return false;
    }
    stored.state = next;
    stored.lines.push(...linesOf(rows));
    return true;
  }

  /** These books as a process sees them over a network that loses requests, answers and time. */
  over(network: Network): BooksStore {
    return {
      open: async (_marketId, shard) => {
        await pass(network);
        const stored = this.shard(shard).state;
        let last = stored;
        const write = async (next: BooksState, rows: BooksRows): Promise<boolean> => {
          const from = last;
          last = next;
          const land = (): boolean => this.write(shard, from, next, structuredClone(rows));
          return carry(network, land);
        };
        return { stored, write, close: async () => {} };
      },
    };
  }
}

/** What lies between a process and the books. `isStormy`: things go wrong now. */
type Network = {
  readonly clock: Clock;
  readonly random: Random;
  readonly isStormy: () => boolean;
};

async function pass({ clock, random, isStormy }: Network): Promise<void> {
  if (!isStormy()) return;
  await clock.sleep(random.between(0, 20));
  if (random.chance(0.05)) throw new Away("the books cannot be reached");
}

/** A write is lost, or lands and its answer is lost, or lands when its sender has given up. */
async function carry(network: Network, land: () => boolean): Promise<boolean> {
  const { clock, random, isStormy } = network;
  await pass(network);
  if (!isStormy() || !random.chance(0.15)) return land();
  if (random.chance(0.3)) throw new Away("the connection was cut before the commit");
  if (random.chance(0.5)) {
    land();
    throw new Away("the answer of the commit was lost");
  }
  void clock.sleep(random.between(10, 3000)).then(land);
  throw new Away("no answer, and the commit is still on its way");
}

/** The rows as lines, one for each posting, trade and settlement. */
function linesOf({ journals, trades, settlements }: BooksRows): string[] {
  return [
    ...journals.flatMap(({ seq, index, journal }) =>
      journal.postings.map((posting) => JSON.stringify([seq, index, journal.journalId, posting])),
    ),
    ...trades.map(({ seq, index, trade }) => JSON.stringify([seq, index, trade.tradeId])),
    ...settlements.map(({ seq, index, settled }) =>
      JSON.stringify([seq, index, settled.settlementId]),
    ),
  ];
}
