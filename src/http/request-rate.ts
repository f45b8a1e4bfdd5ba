import type { FastifyRateLimitStore } from "@fastify/rate-limit";

type Counted = Parameters<FastifyRateLimitStore["incr"]>[1];

/**
 * Requests of each key in its present span of time. All routes share one: with a count for each, as
 * the plugin has it, a key could send its share once for every route that takes orders.
 */
export class RequestRate implements FastifyRateLimitStore {
  readonly #byKey = new Map<string, { count: number; endMs: number }>();

  /** Counts one more. `max` is the plugin's business. */
  incr(key: string, done: Counted, spanMs: number): void {
    const elapsedMs = performance.now(); // whatever becomes of the date
    let own = this.#byKey.get(key);
    if (own === undefined || own.endMs <= elapsedMs) {
      own = { count: 0, endMs: elapsedMs + spanMs };
      this.#byKey.set(key, own);
    }
    own.count += 1;
    done(null, { current: own.count, ttl: Math.ceil(own.endMs - elapsedMs) });
  }

  /** The same for every route. */
  child(): this {
    return this;
  }
}
