/**
 * Runs `draw` in the next frame, however often it is asked for until then: messages change the model at
 * their own pace, the screen follows at its own.
 */
export function onceAFrame(
  draw: () => void,
  schedule: (run: () => void) => unknown = requestAnimationFrame,
): () => void {
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

/** A schedule for what nobody reads at sixty times a second: a frame, at most every `intervalMs`. */
export function unhurried(intervalMs: number): (run: () => void) => void {
  return (run) => void setTimeout(() => requestAnimationFrame(run), intervalMs);
}

/** Runs `work` at once, then at most every `intervalMs`, and once more at the end if asked meanwhile. */
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
