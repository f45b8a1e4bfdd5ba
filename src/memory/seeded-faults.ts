import type { Fate, Faults, RequestKind } from "./faults.ts";
import type { Random } from "./random.ts";

/** How long a request's sender waits: the clients' `requestTimeout` (R7). */
const timeoutMs = 3000;

/** How often each misfortune meets a request, from 0 to 1. */
export type FaultRates = {
  /** Lands late, or is answered late, within its sender's timeout. */
  readonly slow: number;
  /** Answered with an error that may pass; does not land. */
  readonly refused: number;
  /** Never lands. */
  readonly lost: number;
  /** Lands, but the answer is lost. */
  readonly answerLost: number;
  /** Lands only after its sender has given up: the dangerous one. */
  readonly landsLate: number;
  /** The connection breaks at once; the broker may have it, or get it later. */
  readonly reset: number;
};

/** A latest landing: a request that is still on its way by then is dropped with its connection. */
const latestLandingMs = 12_000;

/**
 * Faults by chance, while `isOn` says so; otherwise requests take a few milliseconds and succeed.
 */
export function seededFaults(random: Random, rates: FaultRates, isOn: () => boolean): Faults {
  return {
    fate: (kind) => fate(random, rates, kind, isOn()),
    sliceMax: () => random.pick([1, 2, 7, 50, 1000]),
    heartbeatMs: () => random.between(1, isOn() ? 1500 : 500),
  };
}

function fate(random: Random, rates: FaultRates, kind: RequestKind, isOn: boolean): Fate {
  const landsAfterMs = random.between(0, 2);
  const answersAfterMs = random.between(0, 2);
  const plain: Fate = { landsAfterMs, answersAfterMs, timeoutMs, refused: false };
  if (!isOn) return plain;
  const happens = chooser(random);
  if (happens(rates.slow)) {
    const slowMs = random.between(5, timeoutMs - 10);
    return random.chance(0.5)
      ? { ...plain, landsAfterMs: slowMs }
      : { ...plain, answersAfterMs: slowMs };
  }
  // Whether a question that changes nothing is lost on its way or on the way back is all the same.
  if (kind === "read" || kind === "describe")
    return happens(rates.lost + rates.reset) ? { ...plain, landsAfterMs: null } : plain;
  if (happens(rates.refused)) return { ...plain, refused: true };
  if (happens(rates.lost)) return { ...plain, landsAfterMs: null };
  if (happens(rates.answerLost)) return { ...plain, answersAfterMs: null };
  if (happens(rates.landsLate))
    return { ...plain, landsAfterMs: random.between(timeoutMs, latestLandingMs) };
  if (!happens(rates.reset)) return plain;
  const landing = random.pick([null, 1, random.between(1, 50), random.between(50, 5000)]);
  return { landsAfterMs: landing, answersAfterMs: null, timeoutMs: 5, refused: false };
}

/** Shares one throw of the dice among things that exclude each other. */
function chooser(random: Random): (share: number) => boolean {
  let left = random.next();
  return (share) => {
    left -= share;
    return left < 0 && left + share >= 0;
  };
}
