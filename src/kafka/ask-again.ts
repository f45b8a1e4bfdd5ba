import { setTimeout as sleep } from "node:timers/promises";

/** How long to go on, how long to wait after so many failures, and which of them may pass. */
export type RetryPolicy = {
  readonly limitMs: number;
  readonly pauseMs: (failed: number) => number;
  readonly mayPass: (error: unknown) => boolean;
  readonly signal?: AbortSignal;
};

/**
 * Asks until there is an answer. Throws the first error that does not pass, or comes when the time
 * is over.
 */
export async function askAgain<Answer>(
  ask: () => Promise<Answer>,
  { limitMs, pauseMs, mayPass, signal }: RetryPolicy,
): Promise<Answer> {
  const untilMs = performance.now() + limitMs;
  for (let failed = 0; ; failed += 1) {
    try {
      return await ask();
    } catch (error) {
      signal?.throwIfAborted();
      if (!mayPass(error) || performance.now() > untilMs) throw error;
    }
    await sleep(pauseMs(failed), undefined, { signal });
  }
}
