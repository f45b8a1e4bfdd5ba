import type { z } from "zod";
import { everyMember } from "../../domain/facts/account.ts";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import { actingFor, needOperations, needRole, type Caller } from "../caller.ts";
import { ownOrigin, type DoorParts } from "../door.ts";
import { Problem } from "../problem.ts";
import { commandRoutes } from "./request-routes.ts";
import {
  cancelAllAnswer,
  cancelAllOfMarketBody,
  fundsAnswer,
  fundsBody,
  liftHaltAnswer,
  liftHaltBody,
  liftSuspensionAnswer,
  liftSuspensionBody,
  memberParam,
} from "./request-schemas.ts";
import type { Server } from "../typed-server.ts";

/**
 * What operations does: deposits and withdrawals, the end of a suspension, and the orders of all
 * members taken out at once.
 */
export function fundsRoutes(app: Server, parts: DoorParts, limit: object): void {
  const tags = ["operations"];
  const funds = { tags, body: fundsBody, answer: fundsAnswer };
  const open = commandRoutes(app, parts, limit);
  open(
    {
      path: "/v1/market/cancel-all",
      summary: "Cancel the open orders of all members, or all of them in a symbol",
      tags,
      body: cancelAllOfMarketBody,
      answer: cancelAllAnswer,
    },
    ({ caller, body }) => {
      needOperationsOfAll(caller);
      const { clientOrderId, source } = ownOrigin(parts, body);
      const symbol = typeof body.symbol === "string" ? canonicalSymbol(body.symbol) : null;
      const command = { participant: everyMember, clientOrderId, client: null, symbol };
      return { type: "CancelAll", ...command, source };
    },
  );
  open(
    {
      ...funds,
      path: "/v1/deposits",
      summary: "Bring cash or shares of an account into the market",
    },
    ({ caller, body }) => ({ type: "Deposit", ...moved(parts, caller, body) }),
  );
  open(
    {
      ...funds,
      path: "/v1/withdrawals",
      summary: "Take free cash or shares of an account out of the market",
    },
    ({ caller, body }) => ({ type: "Withdraw", ...moved(parts, caller, body) }),
  );
  open(
    {
      path: "/v1/members/:participant/lift-suspension",
      summary: "Let a member in default trade again, once it owes nothing",
      tags,
      params: memberParam,
      body: liftSuspensionBody,
      answer: liftSuspensionAnswer,
    },
    ({ caller, params, body }) => {
      needOperationsOf(caller, params.participant);
      const { participant } = params;
      return { type: "LiftSuspension", participant, ...ownOrigin(parts, body) };
    },
  );
  open(
    {
      path: "/v1/market/lift-halt",
      summary: "Let a symbol, or the clock, go on that a command in quarantine halted",
      tags,
      body: liftHaltBody,
      answer: liftHaltAnswer,
    },
    ({ caller, body }) => {
      needOperationsOfAll(caller);
      const symbol = body.symbol === null ? null : canonicalSymbol(body.symbol);
      return { type: "LiftHalt", participant: everyMember, symbol, ...ownOrigin(parts, body) };
    },
  );
}

function moved(parts: DoorParts, caller: Caller, body: z.infer<typeof fundsBody>) {
  needOperationsOf(caller, body.participant);
  const { participant, client = null } = body;
  const { clientOrderId, source } = ownOrigin(parts, body);
  return { participant, client, clientOrderId, ...assetIn(body), source };
}

/**
 * Throws `Problem` 403 unless the key is for operations, and the member among those that it may act
 * for; who acts for one by the header may not for another.
 */
function needOperationsOf(caller: Caller, participant: string): void {
  needRole(caller, "operations");
  actingFor(caller.key, participant);
  if (caller.participant !== null && caller.participant !== participant)
    throw otherMember(caller.participant, `this is about ${participant}`);
}

/**
 * Throws `Problem` 403 unless the key is for operations on all members, and the header names none.
 */
function needOperationsOfAll(caller: Caller): void {
  needOperations(caller, "act for all members");
  if (caller.participant !== null)
    throw otherMember(caller.participant, "this is about all members");
}

function otherMember(named: string, about: string): Problem {
  const detail = `sauda-participant: names ${named}, and ${about}; leave the header out`;
  return new Problem(403, "NOT_YOUR_PARTICIPANT", detail, { field: "sauda-participant" });
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
