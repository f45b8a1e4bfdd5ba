import type { FastifyRequest } from "fastify";
import { traceOf } from "../services/why.ts";

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
