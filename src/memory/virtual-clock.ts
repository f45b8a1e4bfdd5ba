import type { Clock } from "../services/clock.ts";
import type { Random } from "./random.ts";
import { asError } from "../services/why.ts";

type Timer = {
  readonly atMs: number;
  /** Chance decides between timers of the same moment. */
  readonly tie: number;
  readonly fire: () => void;
  /** Its sleeper was woken by a signal: it takes no turn and does not move the clock. */
  isOver: boolean;
};

/**
 * A clock that stands still while anybody has something to do, and then jumps to the next timer.
 * The same seed fires the same timers in the same order.
 *
 * Between two timers the loop waits for one turn of the event loop (`setImmediate`). Node runs
 * every promise job and every `nextTick` before that, so all code that waits only for promises and
 * for this clock has come to rest. What could escape are real timers and real input or output: a
 * simulator forbids them while it runs, and compares the traces of two runs of a seed.
 */
export class VirtualClock implements Clock {
  readonly #random: Random;
  readonly #timers: Timer[] = [];
  #nowMs: number;
  #fired = 0;

  constructor(random: Random, startMs: number) {
    this.#random = random;
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  elapsedMs(): number {
    return this.#nowMs;
  }

  /** How many timers have gone off so far. */
  get fired(): number {
    return this.#fired;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const fire = (): void => {
        timer.isOver = true;
        signal?.removeEventListener("abort", fire);
        resolve();
      };
      signal?.addEventListener("abort", fire, { once: true });
      const atMs = this.#nowMs + Math.max(0, Math.ceil(ms));
      const timer = { atMs, tie: this.#random.next(), fire, isOver: false };
      push(this.#timers, timer);
    });
  }

  /**
   * Goes to a moment at once, as on a machine that slept: what was due in between fires afterwards.
   */
  leap(toMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }

  /**
   * Fires timers until `isDone` (asked before each) or until it is `limitMs`.
   */
  run(isDone: () => boolean, limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        try {
          if (isDone()) return resolve();
          while (this.#timers[0]?.isOver === true) pop(this.#timers);
          const timer = this.#timers[0];
          if (timer === undefined || timer.atMs > limitMs) {
            this.#nowMs = Math.max(this.#nowMs, limitMs);
            return resolve();
          }
          pop(this.#timers);
          this.#nowMs = Math.max(this.#nowMs, timer.atMs);
          this.#fired += 1;
          timer.fire();
          setImmediate(turn);
        } catch (error) {
          reject(asError(error));
        }
      };
      setImmediate(turn);
    });
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.tie < other.tie);
}

/** Adds to a binary heap whose first entry is the earliest. */
function push(heap: Timer[], timer: Timer): void {
  let index = heap.length;
  heap.push(timer);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(timer, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const first = heap[left];
    if (first === undefined) break;
    const second = heap[left + 1];
    const isRight = second !== undefined && isBefore(second, first);
    const child = isRight ? second : first;
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = isRight ? left + 1 : left;
  }
  heap[index] = last;
}
