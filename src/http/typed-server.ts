import type { ServerResponse, IncomingMessage } from "node:http";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { RawServerDefault, FastifyInstance, FastifyBaseLogger } from "fastify";
import type { Caller } from "./caller.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; set before any handler of a route that is not open. */
    caller: Caller;
    /** The body as it came, for signatures. */
    bodyBytes: Buffer | string;
  }
  interface FastifyContextConfig {
    /** True for what needs no key. */
    isOpen?: boolean;
    /** True for what a WebSocket may ask for. */
    isSocket?: boolean;
  }
}
/** A fastify server whose routes are typed by their zod schemas. */
export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;
