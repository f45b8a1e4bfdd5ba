import { decideAgain, type Decided } from "../test/replay/decided-again.ts";
import { recordings } from "../test/replay/recordings.ts";

/**
 * One round of one market: what it came to, how its batches were cut, after how many steps its
 * writers ended over a snapshot, and how long it took.
 */
export type DeterminismRound = Decided & {
  readonly market: string;
  readonly commands: number;
  readonly sliceMax: number;
  readonly endsAfter: number;
  readonly ms: number;
};

/**
 * So many rounds over the same commands, each with batches of another size and, but for the first,
 * with snapshots at other places.
 */
export async function* measureDeterminism(
  count: number,
  rounds: number,
): AsyncGenerator<DeterminismRound> {
  const all = recordings(count);
  for (let round = 0; round < rounds; round += 1)
    for (const recording of all) {
      const { name: market, commands } = recording;
      const sliceMax = sizes[round % sizes.length] ?? 1;
      const endsAfter = round === 0 ? Infinity : Math.ceil(commands.length / (round + 1.3));
      const startedMs = performance.now();
      const decided = await decideAgain(recording, { sliceMax, endsAfter });
      const ms = performance.now() - startedMs;
      yield { ...decided, market, commands: commands.length, sliceMax, endsAfter, ms };
    }
}

/** Records a read gives at most. */
const sizes = [1_000, 7, 100, 5_000, 333, 2_500, 50, 20_000, 1_499, 10_000];
