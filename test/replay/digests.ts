import { recordedMarkets } from "./markets.ts";
import { openStreams, type Heard } from "./streams.ts";

const nobody: Heard = { onStep: () => {}, onCommand: () => {} };

/**
 * Plays every recorded market, one after the other, and gives the digests of what it wrote, a line
 * a stream.
 */
export function* replayAll({ onStep, onCommand }: Heard = nobody): Generator<string> {
  for (const { name, play } of recordedMarkets()) {
    const streams = openStreams();
    const market = play({
      onCommand,
      onStep(step, seq) {
        onStep(step, seq);
        streams.note(step, seq);
      },
    });
    yield* streams.digests(name, market);
  }
}
