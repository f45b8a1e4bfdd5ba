import { aheadByAnswer, newSkewAlarm, sameSkewMs, setClocks, skewMaxMs } from "./broker-time.ts";
import type { Clock } from "./clock.ts";

/**
 * The time of a writer's steps, by its own clock and by what the broker's said with each
 * append (R11).
 */
export type WriterClock = {
  /** This machine's time, or the broker's where this machine is far ahead of it. */
  nowMs(): number;
  /**
   * Takes in the broker's time of an append that was answered just now and sent at `sentAtMs`, by
   * `elapsedMs`; null: it has none.
   */
  heard(brokerMs: number | null, sentAtMs: number): void;
  /**
   * Whether this clock is far ahead of the broker's as last heard: it was set, or the machine slept
   * meanwhile. Only a fresh append tells; what is heard next answers it.
   */
  isDoubtful(): boolean;
};

/** A clock that has heard nothing of the broker's yet. `alarm` is told when they are far apart. */
export function newWriterClock(clock: Clock, alarm: (what: string) => void): WriterClock {
  /** The broker's time at `elapsedMs() === 0`. */
  let brokerZeroMs: number | null = null;
  /** How far ahead of the broker's this clock was when it was last asked. */
  let askedAheadMs: number | null = null;
  const tellSkew = newSkewAlarm(clock, alarm, describe);

  const aheadMs = (): number =>
    brokerZeroMs === null ? 0 : clock.nowMs() - (brokerZeroMs + clock.elapsedMs());
  return {
    nowMs() {
      const ahead = aheadMs();
      return ahead > skewMaxMs ? Math.floor(clock.nowMs() - ahead) : clock.nowMs();
    },
    heard(brokerMs, sentAtMs) {
      if (brokerMs === null) return;
      const { aheadMs: ahead, isExact } = aheadByAnswer(clock, brokerMs, sentAtMs);
      brokerZeroMs = brokerMs - clock.elapsedMs();
      askedAheadMs = isExact && ahead > skewMaxMs ? ahead : null;
      // Else doubtful where it is ahead, and asked again before anything is decided.
      if (isExact) tellSkew(ahead);
    },
    isDoubtful() {
      const ahead = aheadMs();
      if (ahead <= skewMaxMs) return false;
      return askedAheadMs === null || Math.abs(ahead - askedAheadMs) > sameSkewMs;
    },
  };
}

function describe(aheadMs: number): string {
  if (aheadMs > 0)
    return `this clock is ${Math.round(aheadMs)} ms ahead of the broker's: steps carry the broker's time; ${setClocks}`;
  return `this clock is ${Math.round(-aheadMs)} ms behind the broker's, and steps carry its time; ${setClocks}`;
}
