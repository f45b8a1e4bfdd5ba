/** Runs `draw` once when `schedule` calls back, however often it is asked for until then. */
export function coalesced(draw: () => void, schedule: (run: () => void) => unknown): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    schedule(() => {
      isDue = false;
      draw();
    });
  };
}

/**
 * Runs `work` at once, then at most every `intervalMs`, and once more at the end if asked
 * meanwhile.
 */
export function throttled(work: () => void, intervalMs: number): () => void {
  let isWaiting = false;
  let isDue = false;
  return function ask(): void {
    if (isWaiting) {
      isDue = true;
      return;
    }
    isWaiting = true;
    work();
    setTimeout(() => {
      isWaiting = false;
      const isAgain = isDue;
      isDue = false;
      if (isAgain) ask();
    }, intervalMs);
  };
}

/** The browser's time and its tasks. */
export type Frames = {
  readonly nowMs: () => number;
  readonly nextFrame: (run: () => void) => unknown;
  readonly later: (run: () => void, waitMs: number) => unknown;
};

/**
 * A schedule that runs in the next frame, but not before it has rested for as long as its last
 * frame took with layout and paint, up to `restMaxMs`. A slow machine then draws less often and has
 * time to read what comes, instead of falling behind it.
 */
export function sparing(restMaxMs: number, frames: Frames): (run: () => void) => void {
  const { nowMs, nextFrame, later } = frames;
  let dueMs = 0;
  let isInFrame = false;
  let waiting: (() => void) | null = null;

  const plan = (run: () => void): void => {
    const waitMs = dueMs - nowMs();
    const inFrame = (): unknown => nextFrame(() => draw(run));
    if (waitMs <= 0) inFrame();
    else later(inFrame, waitMs);
  };
  const draw = (run: () => void): void => {
    const beganMs = nowMs();
    isInFrame = true;
    run();
    // After the frame: what was drawn has then been laid out and painted.
    later(() => rest(nowMs() - beganMs), 0);
  };
  const rest = (tookMs: number): void => {
    dueMs = nowMs() + Math.min(restMaxMs, tookMs);
    isInFrame = false;
    if (waiting !== null) plan(waiting);
    waiting = null;
  };
  return (run) => {
    if (isInFrame) waiting = run;
    else plan(run);
  };
}
