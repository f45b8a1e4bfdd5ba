import type { Clock } from "./clock.ts";
import { newFailures, waitAfter, type Backoff, type Failure, type Failures } from "./failures.ts";
import type { Group } from "./log.ts";
import { Stop } from "./stop.ts";
import type { TopicName } from "../protocol/topics.ts";

/** Work that starts over after every failure, and what becomes of a failure. */
export type Work<Done> = {
  readonly clock: Clock;
  readonly backoff: Backoff;
  /**
   * One life of it, until it is done or fails. It calls `worked` when something was done: the
   * failures before do not count any more.
   */
  readonly live: (worked: () => void) => Promise<Done>;
  /** Where the work stood when it failed, as far as it is known. */
  readonly position: () => number | string;
  /**
   * Told of each failure before it is waited out. What it throws is the end, for instance of what
   * is stuck.
   */
  readonly onFailure: (failure: Failure, error: unknown) => void;
  /** Waits a failure out; without it, by the clock. */
  readonly waitOut?: (ms: number, failure: Failure) => Promise<void>;
};

/**
 * Lives one life after the other until the signal is aborted, with a wait after each failure that
 * doubles until something was done again. Throws `Stop`, which only a person may decide, and what
 * `onFailure` does.
 */
export async function keepRunning(work: Work<unknown>, signal: AbortSignal): Promise<void> {
  const failures = newFailures();
  while (!signal.aborted) await liveOn(work, failures, signal);
}

/**
 * As `keepRunning`, but what the first life that does not fail brings is the end. Null: the signal
 * came first.
 */
export function runOnce<Done>(work: Work<Done>, signal: AbortSignal): Promise<Done | null> {
  return liveOn(work, newFailures(), signal);
}

async function liveOn<Done>(
  work: Work<Done>,
  failures: Failures,
  signal: AbortSignal,
): Promise<Done | null> {
  const { clock, backoff, live, position, onFailure } = work;
  const waitOut = work.waitOut ?? ((ms: number) => clock.sleep(ms, signal));
  while (!signal.aborted) {
    try {
      return await live(() => failures.worked());
    } catch (error) {
      if (error instanceof Stop) throw error;
      if (signal.aborted) return null;
      const failure = failures.note(error, position());
      onFailure(failure, error);
      await waitOut(waitAfter(failure, backoff), failure);
    }
  }
  return null;
}

/** Makes a `Stop` a failure like others, for work that is tried on whatever comes. */
export function neverStop(error: unknown): never {
  throw error instanceof Stop ? new Error(error.message, { cause: error }) : error;
}

/**
 * Waits until the group gives the partition to this process, or the signal is aborted. `onStandby`:
 * it does not yet.
 */
export async function untilGiven(
  group: Group,
  topic: TopicName,
  partition: number,
  signal: AbortSignal,
  onStandby: () => void = () => {},
): Promise<void> {
  if (signal.aborted || group.has(topic, partition)) return;
  onStandby();
  while (!signal.aborted && !group.has(topic, partition)) await group.changed(signal);
}
