import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import { shortened } from "../../protocol/unreadable.ts";
import { chooseCoding } from "../accepted-coding.ts";
import type { Server } from "../typed-server.ts";
import { historicalRoute } from "./historical-route.ts";
import { instrumentList } from "./instrument-list.ts";
import { inputError } from "./kite-error.ts";
import type { KiteParts } from "./kite-parts.ts";

/** Every instrument at once, and packed. */
const list = { readCost: 5 };

const compress = promisify(gzip);

/** What can be traded, as CSV, and what was: candles. */
export function instrumentRoutes(kite: Server, parts: KiteParts): void {
  kite.get("/instruments", { config: list }, async (request, reply) =>
    sendList(parts, request, reply),
  );
  kite.get("/instruments/:exchange", { config: list }, async (request, reply) => {
    const { exchange } = request.params as { readonly exchange: string };
    if (exchange !== "NSE")
      throw inputError(`exchange: found ${shortened(exchange)}, send NSE, the only exchange here`);
    return sendList(parts, request, reply);
  });
  historicalRoute(kite, parts);
}

/** Bytes, not text: the type must be `text/csv` alone, since one client compares it whole. */
async function sendList(
  parts: KiteParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const list = Buffer.from(instrumentList(parts));
  reply.header("content-type", "text/csv");
  const coding = chooseCoding(request, reply, ["gzip"]);
  if (coding === null) return reply.send(list);
  return reply.header("content-encoding", coding).send(await compress(list));
}
