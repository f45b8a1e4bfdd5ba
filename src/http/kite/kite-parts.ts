import type { FastifyRequest } from "fastify";
import { participantOf } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import type { InstrumentTokens } from "./instrument-tokens.ts";

/** What the routes of Kite's dialect work with. */
export type KiteParts = DoorParts & {
  readonly tokens: InstrumentTokens;
  /** Config of routes whose requests are sequenced: their rate limit. */
  readonly limit: object;
};

/** A good answer in Kite's envelope. */
export function success<Data>(data: Data): { readonly status: "success"; readonly data: Data } {
  return { status: "success", data };
}

/**
 * The member that asks, whose own account Kite's user is: clients' accounts are not seen from here.
 */
export function userOf(request: FastifyRequest): string {
  return participantOf(request.caller);
}
