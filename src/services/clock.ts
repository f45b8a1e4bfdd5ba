/**
 * Time as the services see it. `sleep` resolves after `ms`, or at once when the signal is aborted;
 * it never rejects. A sleep of 0 lets everybody else go first.
 */
export type Clock = {
  nowMs(): number;
  /** Milliseconds since some moment in the past, counted whatever becomes of the date. */
  elapsedMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** The machine's clock and its timers. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      // A timer of 0 takes a whole millisecond; an immediate only lets the event loop turn once.
      const immediate = ms <= 0 ? setImmediate(done) : undefined;
      const timer = ms <= 0 ? undefined : setTimeout(done, ms);
      function done(): void {
        clearImmediate(immediate);
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      }
      signal?.addEventListener("abort", done, { once: true });
    }),
};
