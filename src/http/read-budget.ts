import type { FastifyRequest } from "fastify";
import { TryLater } from "./problem.ts";
import { getOrMake } from "../domain/facts/get-or-make.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What a read costs of its key's budget; 1 where it is not said. */
    readCost?: number;
  }
}

/** How much a key may save up, in seconds of its budget. */
const savedSeconds = 2;
/** So many rows of a list cost as much as one more read. */
const rowsOfRead = 25;

/**
 * What each key may read: a bucket that fills by so many reads a second. Reads share one process
 * with the orders, so who only looks must not make everybody's orders wait.
 */
export class ReadBudget {
  readonly #perSecond: number;
  readonly #elapsedMs: () => number;
  readonly #byKey = new Map<string, { left: number; atMs: number }>();

  constructor(perSecond: number, elapsedMs: () => number) {
    this.#perSecond = perSecond;
    this.#elapsedMs = elapsedMs;
  }

  /**
   * Takes the cost out of the key's bucket. Throws `Problem` 429 where there is too little in it.
   */
  take(keyId: string, cost: number): void {
    const waitMs = this.#takeOrWait(keyId, cost);
    if (waitMs === 0) return;
    const detail = `at most ${this.#perSecond} reads a second for one key, where ${rowsOfRead} rows of a list count as one more; wait ${waitMs} ms`;
    throw new TryLater(429, "TOO_MANY_READS", detail, Math.ceil(waitMs / 1000));
  }

  #takeOrWait(keyId: string, cost: number): number {
    const elapsedMs = this.#elapsedMs();
    const most = this.#perSecond * savedSeconds;
    const own = getOrMake(this.#byKey, keyId, () => ({ left: most, atMs: elapsedMs }));
    const passedMs = elapsedMs - own.atMs;
    own.left = Math.min(most, own.left + (passedMs * this.#perSecond) / 1000);
    own.atMs = elapsedMs;
    // What costs more than a bucket holds may be had once it is full.
    const lacking = Math.min(cost, most) - own.left;
    if (lacking > 0) return Math.ceil((lacking * 1000) / this.#perSecond);
    own.left -= cost;
    return 0;
  }
}

/**
 * A hook for the routes of a key, before their handlers: reads cost, `limit` of a list by its rows.
 */
export function chargeReads(reads: ReadBudget) {
  return async (request: FastifyRequest): Promise<void> => {
    const { caller, method, query, routeOptions } = request;
    if (method !== "GET" || caller === undefined) return;
    const { limit = 0 } = query as { readonly limit?: unknown };
    const rows = typeof limit === "number" ? limit : 0;
    const cost = (routeOptions.config.readCost ?? 1) + Math.floor(rows / rowsOfRead);
    reads.take(caller.key.id, cost);
  };
}
