import type { ProcessSoFar, Reread, Said } from "./lifetime.ts";

// What the two processes of `lifetime` have in common.

const [count = 0, waiting = 0] = process.argv.slice(2).map(Number);
/** So many orders rest, as the command line of such a process says. */
export const resting: number = waiting;
/** So many orders are a tenth. They come in pairs: where it is odd, one more is decided. */
export const tenthOrders: number = Math.floor(count / 10);

/** Tells whoever started this process. */
export function tell(word: Said): void {
  process.send?.(word);
}

/** CPU of this process since `before`, by the order, and what it holds when the garbage is gone. */
export function costSince(before: NodeJS.CpuUsage): ProcessSoFar {
  const { user, system } = process.cpuUsage(before);
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return {
    cpuUsEach: (user + system) / tenthOrders,
    heapBytes: heapUsed,
    bufferBytes: arrayBuffers,
    residentBytes: rss,
  };
}

/** How many bytes a state has, and how long reading them takes. */
export function reread(chunks: readonly Buffer[][], read: () => void): Reread {
  const bytes = chunks.flat().reduce((sum, { length }) => sum + length, 0);
  const beganMs = performance.now();
  read();
  return { bytes, readMs: performance.now() - beganMs };
}
