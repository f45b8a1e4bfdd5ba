import { recordedMarkets, type RecordedMarket } from "./markets.ts";
import { openStreams, type Heard } from "./streams.ts";

const nobody: Heard = { onStep: () => {}, onCommand: () => {} };

/**
 * Plays every recorded market, one after the other, and gives the digests of what it wrote, a line
 * a stream.
 */
export function* replayAll(heard: Heard = nobody): Generator<string> {
  yield* replayThese(recordedMarkets(), heard);
}

/** The same of some of them. */
export function* replayThese(
  markets: readonly RecordedMarket[],
  { onStep, onCommand }: Heard,
): Generator<string> {
  for (const { name, limits, play } of markets) {
    const streams = openStreams(limits);
    const market = play({
      onCommand,
      onStep(step, seq, market) {
        onStep(step, seq, market);
        streams.note(step, seq);
      },
    });
    yield* streams.digests(name, market);
  }
}
