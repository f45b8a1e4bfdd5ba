import type { FastifyReply } from "fastify";
import { z } from "zod";
import { sideName } from "../../domain/facts/affirmation.ts";
import type { AffirmationRecord } from "../../services/records/affirmation-records.ts";
import { needRole, participantOf, seesAll, type Caller } from "../caller.ts";
import { ownOrigin, sendDecided, submit, type DoorParts, type RequestBody } from "../door.ts";
import { pageOf, pageQuery, pageSchema } from "../page.ts";
import { notKept } from "./not-kept.ts";
import {
  affirmationDecidedSchema,
  affirmationSchema,
  rejectTradeBody,
  requestBody,
  unknownSchema,
} from "../schemas.ts";
import type { Server } from "../typed-server.ts";
import { affirmationJson } from "../wire.ts";

const sideParams = z.object({
  id: z.string().min(1).max(128).describe("the trade's id of 1 to 128 characters"),
  side: z.enum(["BUY", "SELL"]).describe('"BUY" or "SELL"'),
});

const answers = { 200: affirmationDecidedSchema, 202: unknownSchema };

/** The custodian's inbox: trades made for its clients, and its yes or no. */
export function affirmationRoutes(app: Server, parts: DoorParts, limit: object): void {
  listRoute(app, parts);
  const shared = { tags: ["affirmations"], params: sideParams, response: answers };
  const affirming = { summary: "Settle one side of a trade for your client", body: requestBody };
  app.post(
    "/v1/affirmations/:id/:side/affirm",
    { config: limit, schema: { ...shared, ...affirming } },
    async ({ caller, params, body }, reply) =>
      answer(parts, reply, recordFor(parts, caller, params), "AFFIRM", body),
  );
  const leaving = "Leave one side of a trade with its trading member";
  app.post(
    "/v1/affirmations/:id/:side/reject",
    { config: limit, schema: { ...shared, summary: leaving, body: rejectTradeBody } },
    async ({ caller, params, body }, reply) =>
      answer(parts, reply, recordFor(parts, caller, params), "REJECT", body),
  );
}

function listRoute(app: Server, { gateway }: DoorParts): void {
  app.get(
    "/v1/affirmations",
    {
      schema: {
        summary:
          "Trades for your clients that wait for your word, oldest first; for operations without a member everybody's",
        tags: ["affirmations"],
        querystring: pageQuery.extend({
          status: z
            .enum(["waiting", "ended", "all"])
            .default("waiting")
            .describe("waiting, ended or all"),
        }),
        response: { 200: pageSchema("affirmations", affirmationSchema) },
      },
    },
    async ({ caller, query }) => {
      needRole(caller, "counterparty", "read");
      const { byName, ofCustodian } = gateway.records.affirmations;
      const own = seesAll(caller) ? byName.values() : ofCustodian.get(participantOf(caller));
      const fits = ({ status }: AffirmationRecord): boolean =>
        query.status === "all" ||
        (status === "AwaitingAffirmation") === (query.status === "waiting");
      return pageOf("affirmations", own ?? [], query, {
        idOf: ({ tradeId, side }) => sideName(tradeId, side),
        rowOf: affirmationJson,
        fits,
      });
    },
  );
}

/** Another custodian's is as unknown as one that never was. */
function recordFor(
  { gateway }: DoorParts,
  caller: Caller,
  { id, side }: z.infer<typeof sideParams>,
): AffirmationRecord {
  needRole(caller, "counterparty");
  const participant = participantOf(caller);
  const record = gateway.records.affirmations.byName.get(sideName(id, side));
  if (record?.custodian === participant) return record;
  const { affirmations } = gateway.records;
  const what = `no ${side} for a client of ${participant}`;
  throw notKept(affirmations, id, { code: "AFFIRMATION_NOT_FOUND", what, keepsLiving: true });
}

async function answer(
  parts: DoorParts,
  reply: FastifyReply,
  { tradeId, side, symbol, custodian }: AffirmationRecord,
  verdict: "AFFIRM" | "REJECT",
  body: RequestBody & { readonly reason?: string | null | undefined },
): Promise<FastifyReply> {
  const { clientOrderId, source } = ownOrigin(parts, body);
  const command = {
    type: "AffirmTrade" as const,
    answer: verdict,
    participant: custodian,
    clientOrderId,
    tradeId,
    side,
    symbol,
    reason: body.reason ?? null,
    source,
  };
  return sendDecided(parts, reply, command, await submit(parts, command), () => {
    const record = parts.gateway.records.affirmations.byName.get(sideName(tradeId, side));
    return { affirmation: record === undefined ? null : affirmationJson(record) };
  });
}
