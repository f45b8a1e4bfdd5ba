import type { z } from "zod";
import { everyMember } from "../../domain/facts/account.ts";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import type { Caller } from "../caller.ts";
import { actingFor, isOperations, needRole } from "../caller.ts";
import { newRequest } from "../door.ts";
import type { DoorParts } from "../door.ts";
import { Problem } from "../problem.ts";
import { decideRequest } from "./request-routes.ts";
import {
  cancelAllAnswer,
  cancelAllOfMarketBody,
  fundsAnswer,
  fundsBody,
  liftSuspensionAnswer,
  liftSuspensionBody,
  memberParam,
  requestDecided,
} from "./request-schemas.ts";
import { unknownSchema } from "../schemas.ts";
import type { Server } from "../typed-server.ts";

/**
 * What operations does: deposits and withdrawals, the end of a suspension, and the orders of all members taken
 * out at once.
 */
export function fundsRoutes(app: Server, parts: DoorParts, limit: object): void {
  const tags = ["operations"];
  cancelAllRoute(app, parts, limit, tags);
  const schema = {
    tags,
    body: fundsBody,
    response: { 200: requestDecided(fundsAnswer), 202: unknownSchema },
  };
  app.post(
    "/v1/deposits",
    {
      config: limit,
      schema: { ...schema, summary: "Bring cash or shares of an account into the market" },
    },
    async ({ caller, body }, reply) =>
      decideRequest(parts, reply, { type: "Deposit", ...moved(parts, caller, body) }),
  );
  app.post(
    "/v1/withdrawals",
    {
      config: limit,
      schema: { ...schema, summary: "Take free cash or shares of an account out of the market" },
    },
    async ({ caller, body }, reply) =>
      decideRequest(parts, reply, { type: "Withdraw", ...moved(parts, caller, body) }),
  );
  app.post(
    "/v1/members/:participant/lift-suspension",
    {
      config: limit,
      schema: {
        summary: "Let a member in default trade again, once it owes nothing",
        tags,
        params: memberParam,
        body: liftSuspensionBody,
        response: { 200: requestDecided(liftSuspensionAnswer), 202: unknownSchema },
      },
    },
    async ({ caller, params, body }, reply) => {
      needOperationsOf(caller, params.participant);
      return decideRequest(parts, reply, {
        type: "LiftSuspension",
        participant: params.participant,
        clientOrderId: body.client_order_id ?? parts.newId(),
        source: newRequest(parts, body.deadline_in_ms),
      });
    },
  );
}

function cancelAllRoute(app: Server, parts: DoorParts, limit: object, tags: string[]): void {
  app.post(
    "/v1/market/cancel-all",
    {
      config: limit,
      schema: {
        summary: "Cancel the open orders of all members, or all of them in a symbol",
        tags,
        body: cancelAllOfMarketBody,
        response: { 200: requestDecided(cancelAllAnswer), 202: unknownSchema },
      },
    },
    async ({ caller, body }, reply) => {
      needOperationsOfAll(caller);
      const { symbol = null, client_order_id: id, deadline_in_ms: deadlineInMs } = body;
      return decideRequest(parts, reply, {
        type: "CancelAll",
        participant: everyMember,
        clientOrderId: id ?? parts.newId(),
        client: null,
        symbol: symbol === null ? null : canonicalSymbol(symbol),
        source: newRequest(parts, deadlineInMs),
      });
    },
  );
}

function moved(parts: DoorParts, caller: Caller, body: z.infer<typeof fundsBody>) {
  needOperationsOf(caller, body.participant);
  const { participant, client = null, client_order_id: id, deadline_in_ms: deadlineInMs } = body;
  const { asset, amount } = assetIn(body);
  const source = newRequest(parts, deadlineInMs);
  return { participant, client, clientOrderId: id ?? parts.newId(), asset, amount, source };
}

/** Throws `Problem` 403 unless the key is for operations, and the member among those that it may act for. */
function needOperationsOf(caller: Caller, participant: string): void {
  needRole(caller, "operations");
  actingFor(caller.key, participant);
}

/** Throws `Problem` 403 unless the key is for operations on all members. */
function needOperationsOfAll(caller: Caller): void {
  needRole(caller, "operations");
  if (isOperations(caller)) return;
  const detail = `key ${caller.key.id} may not act for all members; ask with one that may`;
  throw new Problem(403, "NOT_YOUR_PARTICIPANT", detail);
}

/** Paise of INR, or shares of a symbol: one of both. Throws `Problem` 400. */
function assetIn({ amount_paise: paise, symbol, quantity }: z.infer<typeof fundsBody>): {
  readonly asset: string;
  readonly amount: number;
} {
  if (paise !== undefined && symbol === undefined && quantity === undefined)
    return { asset: "INR", amount: paise };
  if (paise === undefined && symbol !== undefined && quantity !== undefined)
    return { asset: canonicalSymbol(symbol), amount: quantity };
  throw new Problem(
    400,
    "INVALID_FIELD",
    "amount_paise: send it for cash, or symbol and quantity for shares",
    { field: "amount_paise" },
  );
}
