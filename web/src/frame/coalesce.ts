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
