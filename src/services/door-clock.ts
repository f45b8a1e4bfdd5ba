import {
  aheadByAnswer,
  inSeconds,
  newSkewAlarm,
  sameSkewMs,
  setClocks,
  skewMaxMs,
} from "./broker-time.ts";
import type { Clock } from "./clock.ts";

/** A question that was not answered is put again after this. */
const askAgainMs = 3000;

/**
 * The time of a door: deadlines, signatures, sessions. It is this machine's, or the broker's where
 * the two are far apart either way: a door an hour behind would have every request refused, one an
 * hour ahead every signature.
 */
export type DoorClock = Clock & {
  /**
   * How far this machine's clock is ahead of the broker's, as last answered; negative: behind. 0:
   * not asked yet.
   */
  aheadMs(): number;
  /** Takes in the broker's time of an append as `WriterClock.heard` does. */
  heard(brokerMs: number | null, sentAtMs: number): void;
  /** Takes in the broker's time of a record of the log as it is read; an old one proves little. */
  saw(brokerMs: number): void;
  /** Whether the broker should be asked now, by an append: true once for each doubt. */
  mustAsk(): boolean;
};

/** A clock that has heard nothing of the broker's yet. `alarm` is told when they are far apart. */
export function newDoorClock(clock: Clock, alarm: (what: string) => void): DoorClock {
  let answered: { readonly aheadMs: number; readonly zeroMs: number } | null = null;
  let isDoubted = false;
  let askedAtMs = -Infinity;
  const tellSkew = newSkewAlarm(clock, alarm, describe);

  const nowMs = (): number => {
    if (answered === null || Math.abs(answered.aheadMs) <= skewMaxMs) return clock.nowMs();
    return Math.floor(answered.zeroMs + clock.elapsedMs());
  };
  /** The clock was set since, or the machine slept. */
  const hasJumped = (): boolean =>
    answered !== null &&
    Math.abs(clock.nowMs() - clock.elapsedMs() - answered.zeroMs - answered.aheadMs) > sameSkewMs;
  return {
    nowMs,
    elapsedMs: () => clock.elapsedMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    aheadMs: () => answered?.aheadMs ?? 0,
    heard(brokerMs, sentAtMs) {
      if (brokerMs === null) return;
      const { aheadMs, isExact } = aheadByAnswer(clock, brokerMs, sentAtMs);
      if (!isExact) return; // what was known stays, and a doubt too
      answered = { aheadMs, zeroMs: brokerMs - clock.elapsedMs() };
      isDoubted = false;
      askedAtMs = -Infinity;
      tellSkew(aheadMs);
    },
    saw(brokerMs) {
      const newerMs = brokerMs - nowMs();
      // Nothing was ever asked: an old record may be of an idle market, or this clock may be ahead
      // of it.
      isDoubted = newerMs > skewMaxMs || (answered === null && newerMs < -skewMaxMs);
    },
    mustAsk() {
      if (!isDoubted && !hasJumped()) return false;
      if (clock.elapsedMs() - askedAtMs < askAgainMs) return false;
      askedAtMs = clock.elapsedMs();
      return true;
    },
  };
}

function describe(aheadMs: number): string {
  return `this clock is ${inSeconds(aheadMs)} the broker's: deadlines, signatures and sessions go by the broker's time; ${setClocks}`;
}
