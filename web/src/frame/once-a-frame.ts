import { coalesced, sparing } from "./coalesce.ts";

/**
 * Runs `draw` in the next frame, however often it is asked for until then: messages change the
 * model at their own pace, the screen follows at its own.
 */
export function onceAFrame(
  draw: () => void,
  schedule: (run: () => void) => unknown = requestAnimationFrame,
): () => void {
  return coalesced(draw, schedule);
}

/**
 * A schedule for what nobody reads at sixty times a second: the next frame, at most every
 * `intervalMs`.
 */
export function unhurried(intervalMs: number): (run: () => void) => void {
  let dueMs = 0;
  return (run) => {
    const inFrame = () =>
      requestAnimationFrame((nowMs) => {
        dueMs = nowMs + intervalMs;
        run();
      });
    const waitMs = dueMs - performance.now();
    if (waitMs <= 0) inFrame();
    else setTimeout(inFrame, waitMs);
  };
}

/**
 * A schedule for what should be as new as it can: the next frame, but on a slow machine with a rest
 * after each, up to `restMaxMs`.
 */
export function sparingly(restMaxMs: number): (run: () => void) => void {
  return sparing(restMaxMs, {
    nowMs: () => performance.now(),
    nextFrame: (run) => requestAnimationFrame(run),
    later: (run, waitMs) => setTimeout(run, waitMs),
  });
}
