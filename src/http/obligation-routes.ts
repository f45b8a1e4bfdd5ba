import { z } from "zod";
import type { Settlement } from "../domain/settlement.ts";
import { needRole } from "./caller.ts";
import type { DoorParts } from "./door.ts";
import { Problem } from "./problem.ts";
import type { Server } from "./server.ts";

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

/** What accounts pay, deliver and receive in a settlement, for operations. */
export function obligationRoutes(app: Server, { gateway }: DoorParts): void {
  app.get(
    "/v1/settlements/:settlement_number/obligations",
    {
      schema: {
        summary: "What each account pays, delivers and receives in an open netted settlement",
        tags: ["clearing"],
        params: z.object({ settlement_number: z.string().max(32) }),
        response: { 200: z.object({ obligations: z.array(obligationSchema) }) },
      },
    },
    async ({ caller, params: { settlement_number: number } }) => {
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
      return { obligations: obligations(open) };
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
