import { z } from "zod";
import type { Settlement } from "../../domain/state/settlement.ts";
import { settlementDueMs } from "../../domain/state/settlement-stage.ts";
import { utcTime } from "../../protocol/moment.ts";
import { utcMoment } from "../../protocol/own/public-fields.ts";
import type { Gateway } from "../../services/gateway.ts";
import { trialBalance } from "../../services/trial-balance.ts";
import { needRole } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { pageOf, pageQuery, pageSchema } from "../page.ts";
import type { Server } from "../typed-server.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";

/** Paise of INR, else shares. As text: a sum over all accounts may be no safe integer. */
const exactAmount = z
  .string()
  .regex(/^-?\d+$/)
  .describe("paise of INR, else shares, as text");

/** Whether every asset sums to zero over all accounts. */
export const trialBalanceSchema = z.object({
  seq: z.int().describe("the last step that is counted, summed over shards"),
  is_zero: z.boolean().describe("every asset sums to zero"),
  assets: z.array(
    z.object({
      asset: z.string(),
      total: exactAmount,
      amounts: z.array(z.object({ accounts: z.string(), amount: exactAmount })),
    }),
  ),
});

/** A settlement that is not completed. */
export const settlementSchema = z.object({
  settlement_number: z.string(),
  settlement_type: z.string(),
  trade_date: z.string(),
  settlement_date: z.string(),
  stage: z.string(),
  next_at: utcMoment.describe("when its next step is due"),
  trades: z.int(),
  gross_paise: z.int(),
  net_paise: z.int().describe("zero until the obligations are determined"),
});

/** Clearing for operations, from the gateway's own fold of the log: no database is asked. */
export function clearingRoutes(app: Server, { gateway }: DoorParts): void {
  const tags = ["clearing"];
  app.get(
    "/v1/trial-balance",
    {
      schema: {
        summary: "What accounts of each kind hold of each asset; every total is zero",
        tags,
        response: { 200: trialBalanceSchema },
      },
    },
    async ({ caller }) => {
      needRole(caller, "operations");
      return trialBalanceJson(gateway);
    },
  );
  app.get(
    "/v1/settlements",
    {
      schema: {
        summary: "Settlements that are not completed, and how far each is",
        tags,
        querystring: pageQuery,
        response: { 200: pageSchema("settlements", settlementSchema) },
      },
    },
    async ({ caller, query }) => {
      needRole(caller, "operations");
      const open = gateway.views.flatMap(({ market }, shard) =>
        [...market.clearing.settlements.values()].map((settlement) => ({ shard, settlement })),
      );
      return pageOf("settlements", open, query, {
        idOf: ({ shard, settlement }) => `${shard} ${settlement.settlementNumber}`,
        rowOf: ({ settlement }) => settlementJson(settlement),
      });
    },
  );
}

/** Adds the shards up: cash is in each of them. */
function trialBalanceJson(gateway: Gateway): z.infer<typeof trialBalanceSchema> {
  const byAsset = new Map<string, Map<string, bigint>>();
  for (const { asset, amounts } of gateway.views.flatMap(({ market }) => trialBalance(market))) {
    const sums = getOrMake(byAsset, asset, () => new Map<string, bigint>());
    for (const [kind, amount] of amounts) sums.set(kind, (sums.get(kind) ?? 0n) + amount);
  }
  const assets = [...byAsset].map(([asset, sums]) => ({
    asset,
    total: String([...sums.values()].reduce((total, amount) => total + amount, 0n)),
    amounts: [...sums].map(([accounts, amount]) => ({ accounts, amount: String(amount) })),
  }));
  return { seq: gateway.seq(), is_zero: assets.every(({ total }) => total === "0"), assets };
}

function settlementJson(settlement: Settlement): z.infer<typeof settlementSchema> {
  const { settlementNumber, settlementType, tradeDate, settlementDate } = settlement;
  return {
    settlement_number: settlementNumber,
    settlement_type: settlementType,
    trade_date: tradeDate,
    settlement_date: settlementDate,
    stage: settlement.stage,
    next_at: utcTime(settlementDueMs(settlement)),
    trades: settlement.tradeCount,
    gross_paise: settlement.grossPaise,
    net_paise: settlement.netPaise,
  };
}
