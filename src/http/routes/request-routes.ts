import type { FastifyReply } from "fastify";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import type { RequestOutcome } from "../../protocol/own/request-execution.ts";
import type { DoorCommand } from "../../services/gateway.ts";
import { findRequest } from "../../services/records/request-records.ts";
import { needRole, participantOf } from "../caller.ts";
import type { Caller } from "../caller.ts";
import { firstJson, newRequest, refuseAsDecided, sendUnknown, submit } from "../door.ts";
import type { DoorParts } from "../door.ts";
import {
  cancelAllAnswer,
  cancelAllBody,
  offerAnswer,
  offerBody,
  payDuesAnswer,
  payDuesBody,
  payInEarlyAnswer,
  payInEarlyBody,
  requestDecided,
  settlementParam,
} from "./request-schemas.ts";
import { unknownSchema } from "../schemas.ts";
import type { Server } from "../typed-server.ts";
import { placeJson } from "../wire.ts";

/** Requests that are about no single order: all orders canceled; an auction's offers, dues, early pay-in. */
export function requestRoutes(app: Server, parts: DoorParts, limit: object): void {
  cancelAllRoute(app, parts, limit);
  offerRoute(app, parts, limit);
  payDuesRoute(app, parts, limit);
  payInEarlyRoute(app, parts, limit);
}

function cancelAllRoute(app: Server, parts: DoorParts, limit: object): void {
  app.post(
    "/v1/orders/cancel-all",
    {
      config: limit,
      schema: {
        summary:
          "Cancel all of your open orders, or those of a client or in a symbol, in one request",
        tags: ["orders"],
        body: cancelAllBody,
        response: { 200: requestDecided(cancelAllAnswer), 202: unknownSchema },
      },
    },
    async ({ caller, body }, reply) => {
      const { client = null, symbol = null } = body;
      return decideRequest(parts, reply, {
        type: "CancelAll",
        ...asked(parts, caller, body),
        client,
        symbol: symbol === null ? null : canonicalSymbol(symbol),
      });
    },
  );
}

function offerRoute(app: Server, parts: DoorParts, limit: object): void {
  app.post(
    "/v1/offers",
    {
      config: limit,
      schema: {
        summary: "Offer shares in the buy-in auction of a symbol",
        tags: ["clearing"],
        body: offerBody,
        response: { 200: requestDecided(offerAnswer), 202: unknownSchema },
      },
    },
    async ({ caller, body }, reply) => {
      const { client = null, symbol, quantity, price_paise: pricePaise } = body;
      return decideRequest(parts, reply, {
        type: "OfferInAuction",
        ...asked(parts, caller, body),
        client,
        symbol: canonicalSymbol(symbol),
        quantity,
        pricePaise,
      });
    },
  );
}

function payDuesRoute(app: Server, parts: DoorParts, limit: object): void {
  app.post(
    "/v1/dues/payments",
    {
      config: limit,
      schema: {
        summary: "Pay what an account owes from its free cash",
        tags: ["clearing"],
        body: payDuesBody,
        response: { 200: requestDecided(payDuesAnswer), 202: unknownSchema },
      },
    },
    async ({ caller, body }, reply) => {
      const { client = null, amount_paise: amountPaise } = body;
      const said = { ...asked(parts, caller, body), client, amountPaise };
      return decideRequest(parts, reply, { type: "PayDues", ...said });
    },
  );
}

function payInEarlyRoute(app: Server, parts: DoorParts, limit: object): void {
  app.post(
    "/v1/settlements/:number/early-pay-ins",
    {
      config: limit,
      schema: {
        summary: "Pay in shares sold, or the money for shares bought, before the settlement's time",
        tags: ["clearing"],
        params: settlementParam,
        body: payInEarlyBody,
        response: { 200: requestDecided(payInEarlyAnswer), 202: unknownSchema },
      },
    },
    async ({ caller, params, body }, reply) => {
      const { client = null, symbol, quantity } = body;
      return decideRequest(parts, reply, {
        type: "PayInEarly",
        ...asked(parts, caller, body),
        client,
        settlementNumber: params.number,
        symbol: canonicalSymbol(symbol),
        quantity,
      });
    },
  );
}

/** Who asks, under which id, until when. Throws `Problem` 403 for a key that may not trade. */
function asked(
  parts: DoorParts,
  caller: Caller,
  body: { readonly client_order_id?: string | undefined; readonly deadline_in_ms: number },
): Pick<DoorCommand, "participant" | "source"> & { readonly clientOrderId: string } {
  needRole(caller, "trader");
  const participant = participantOf(caller);
  const clientOrderId = body.client_order_id ?? parts.newId();
  return { participant, clientOrderId, source: newRequest(parts, body.deadline_in_ms) };
}

/** Sends the command, and what became of it, also where it was answered before. */
export async function decideRequest(
  parts: DoorParts,
  reply: FastifyReply,
  command: DoorCommand & { readonly clientOrderId: string },
): Promise<FastifyReply> {
  const { gateway } = parts;
  const answer = await submit(parts, command);
  if (answer.type === "unknown") return sendUnknown(reply, command);
  const { participant, clientOrderId, source } = command;
  const request = { request_id: source.requestId, client_order_id: clientOrderId };
  refuseAsDecided(gateway, command, answer, { request_id: source.requestId });
  // Its record is of this step, or of the first one where this only says that it is a repeat.
  const known = findRequest(gateway.records.requests, participant, clientOrderId);
  return reply.status(200).send({
    outcome: answer.outcome.type === "Repeated" ? "repeated" : "accepted",
    ...request,
    answer: known === undefined ? null : answerJson(known.outcome),
    place: placeJson(answer.decided.place),
    first: firstJson(gateway, command, answer.outcome),
  });
}

function answerJson(outcome: RequestOutcome): object | null {
  switch (outcome.type) {
    case "CancelAllDone":
      return { canceled: outcome.canceled, orders: outcome.orders };
    case "AuctionOffered": {
      const { offerId, symbol, quantity, pricePaise } = outcome;
      return { offer_id: offerId, symbol, quantity, price_paise: pricePaise };
    }
    case "DuesPaid":
      return { amount_paise: outcome.amountPaise, paid_paise: outcome.paidPaise };
    case "EarlyPaidIn": {
      const { settlementNumber, symbol, quantity, asset, amount } = outcome;
      return { settlement_number: settlementNumber, symbol, quantity, asset, amount };
    }
    case "Deposited":
    case "Withdrawn":
      return { asset: outcome.asset, amount: outcome.amount };
    case "SuspensionLifted":
      return { participant: outcome.participant };
    case "ClearingRequestRejected":
      return null; // said as a refusal before
  }
}
