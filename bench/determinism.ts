import { decideAgain, recordedCommands, type Decided } from "../test/replay/decided-again.ts";

/** One round: what it came to, how its batches were cut, and how long it took. */
export type DeterminismRound = Decided & { readonly sliceMax: number; readonly ms: number };

/** So many rounds over the same commands, each with batches of another size. */
export async function* measureDeterminism(
  count: number,
  rounds: number,
): AsyncGenerator<DeterminismRound> {
  const commands = recordedCommands(count);
  for (let round = 0; round < rounds; round += 1) {
    const sliceMax = sizes[round % sizes.length] ?? 1;
    const endsAfter = round % 2 === 0 ? Infinity : Math.ceil((count * (round + 1)) / (rounds + 2));
    const startedMs = performance.now();
    const decided = await decideAgain(commands, { sliceMax, endsAfter });
    yield { ...decided, sliceMax, ms: performance.now() - startedMs };
  }
}

/** Records a read gives at most. */
const sizes = [1_000, 7, 100, 5_000, 333, 2_500, 50, 20_000, 1_499, 10_000];
