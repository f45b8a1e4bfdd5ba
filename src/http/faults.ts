import type { FastifyRequest } from "fastify";
import { isAway, isForGood } from "../services/log-errors.ts";
import { traceOf } from "../services/why.ts";
import { Problem, TryLater } from "./problem.ts";

/** Hears of an error that no route expected. */
export type OnFault = (request: FastifyRequest, error: unknown) => void;

/**
 * Tells people of each fault with its stack: the caller hears nothing of our inside, so nobody else
 * would know. One that comes again at once, as with a page that asks every second, is told once.
 */
export function tellFaults(alarm: (what: string) => void): OnFault {
  let last = "";
  return ({ method, routeOptions }, error) => {
    const why = traceOf(error);
    const what = `${method} ${routeOptions.url ?? "(no route)"} failed: ${why}`;
    if (what !== last) alarm(what);
    last = what;
  };
}

/**
 * What a route says that reads the log for its answer where the log gives none: no fault of ours,
 * and nothing was changed. Null for another error.
 */
export function problemOfLog(error: unknown): Problem | null {
  if (isAway(error))
    return new TryLater(
      503,
      "KAFKA_AWAY",
      "Kafka cannot be reached now, and this is read there; nothing was changed, ask again",
    );
  if (isForGood(error))
    return new Problem(
      503,
      "KAFKA_REFUSES",
      "Kafka does not let the gateway read this: a topic or a right is missing; its operator is told",
    );
  return null;
}
