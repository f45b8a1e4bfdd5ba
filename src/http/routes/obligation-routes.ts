import { z } from "zod";
import type { Settlement } from "../../domain/state/settlement.ts";
import { instructionChangeSchema } from "../../protocol/own/way-message.ts";
import { newestFirst } from "../../services/records/arrivals.ts";
import type { Gateway } from "../../services/gateway.ts";
import { mayActFor, needRole, participantOf, seesAll } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { Problem } from "../problem.ts";
import { pageOf, pageQuery, pageSchema } from "../page.ts";
import { limitQuery } from "./params.ts";
import type { Server } from "../typed-server.ts";
import { instructionJson } from "../journey/trade-json.ts";

const numberText = z.string().max(32).describe("the number of one settlement such as M2026100");
const amount = z.int().describe("paise of INR, else shares");

/** An account's net of one asset. Those of all accounts sum to zero per asset. */
export const obligationSchema = z.object({
  account: z.string(),
  participant: z.string(),
  client: z.string().nullable(),
  asset: z.string(),
  net: amount.describe("above zero it receives, below zero it pays or delivers"),
  settled: amount.describe("how much of that has moved"),
  short: amount.describe("of that, what lacked: bought in or closed out by lots of its own"),
});

type ObligationJson = z.infer<typeof obligationSchema>;

/**
 * What accounts pay, deliver and receive in settlements: one's own, and for operations everybody's.
 */
export function obligationRoutes(app: Server, { gateway }: DoorParts): void {
  instructionsRoute(app, gateway);
  app.get(
    "/v1/settlements/:settlement_number/obligations",
    {
      schema: {
        summary: "What each account pays, delivers and receives in an open netted settlement",
        tags: ["clearing"],
        params: z.object({ settlement_number: numberText }),
        querystring: pageQuery,
        response: { 200: pageSchema("obligations", obligationSchema) },
      },
    },
    async ({ caller, params: { settlement_number: number }, query }) => {
      needRole(caller, "operations");
      const open = gateway.views.flatMap(
        ({ market }) => market.clearing.settlements.get(number) ?? [],
      );
      if (open.length === 0)
        throw new Problem(
          404,
          "SETTLEMENT_NOT_FOUND",
          `settlement_number: ${number} is not open; GET /v1/settlements names those that are`,
        );
      return pageOf("obligations", obligations(open), query, {
        idOf: ({ account, asset }) => `${account} ${asset}`,
        rowOf: (row) => row,
        fits: ({ participant }) => mayActFor(caller.key, participant),
      });
    },
  );
}

/** The last word on each instruction, completed settlements included as far as they are kept. */
function instructionsRoute(app: Server, gateway: Gateway): void {
  app.get(
    "/v1/instructions",
    {
      schema: {
        summary: "What own accounts deliver and receive in each settlement, newest first",
        tags: ["clearing"],
        querystring: limitQuery.extend({
          settlement_number: numberText.optional(),
        }),
        response: { 200: pageSchema("instructions", instructionChangeSchema) },
      },
    },
    async ({ caller, query }) => {
      const { all, ofParticipant } = gateway.records.instructions;
      const own = seesAll(caller) ? all : ofParticipant.get(participantOf(caller));
      const { settlement_number: number } = query;
      const lastWords = newestFirst(own).flatMap(({ changes }) => changes.slice(-1));
      return pageOf("instructions", lastWords, query, {
        idOf: ({ place, change }) => `${place.shard} ${change.instructionId}`,
        rowOf: instructionJson,
        fits: ({ change }) => number === undefined || change.settlementNumber === number,
      });
    },
  );
}

/** By account, then asset. Adds the shards up: an account's cash may be owed in each of them. */
function obligations(shards: readonly Settlement[]): ObligationJson[] {
  const rows = new Map<string, ObligationJson>();
  const accounts = shards
    .flatMap(({ members }) => [...members.values()])
    .flatMap((member) => [...member.accounts.values()]);
  for (const { participant, client, account, assets } of accounts)
    for (const [asset, { net, settled, short }] of assets) {
      const key = `${account} ${asset}`;
      const none = { account, participant, client, asset, net: 0, settled: 0, short: 0 };
      const row = rows.get(key) ?? none;
      rows.set(key, {
        ...row,
        net: row.net + net,
        settled: row.settled + settled,
        short: row.short + short,
      });
    }
  return [...rows].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}
