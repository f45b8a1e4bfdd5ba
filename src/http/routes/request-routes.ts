import type { FastifyReply } from "fastify";
import type { z } from "zod";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import type { RequestOutcome } from "../../protocol/own/request-execution.ts";
import type { DoorCommand } from "../../services/gateway.ts";
import { findByOwnId } from "../../services/records/request-records.ts";
import { needRole, participantOf, type Caller } from "../caller.ts";
import { ownOrigin, sendDecided, submit, type DoorParts, type RequestBody } from "../door.ts";
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

type OwnIdCommand = DoorCommand & { readonly clientOrderId: string };

/**
 * A route by which a command is asked for; `answer` is what the market may say of it once it
 * is decided.
 */
type CommandRoute<Body, Params> = {
  readonly path: string;
  readonly summary: string;
  readonly tags: string[];
  readonly params?: Params;
  readonly body: Body;
  readonly answer: z.ZodType;
};

/** What was asked, and by whom. */
type Asked<Body, Params> = {
  readonly caller: Caller;
  readonly params: z.infer<Params>;
  readonly body: z.infer<Body>;
};

/** Opens routes: what they are asked becomes a command, and the answer is what became of that. */
export function commandRoutes(app: Server, parts: DoorParts, limit: object) {
  return <Body extends z.ZodType, Params extends z.ZodType = z.ZodUndefined>(
    { path, summary, tags, params, body, answer }: CommandRoute<Body, Params>,
    toCommand: (asked: Asked<Body, Params>) => OwnIdCommand,
  ): void => {
    const response = { 200: requestDecided(answer), 202: unknownSchema };
    const parameters = params === undefined ? {} : { params };
    app.post(
      path,
      { config: limit, schema: { summary, tags, ...parameters, body, response } },
      async (request, reply) =>
        decideRequest(parts, reply, toCommand(request as unknown as Asked<Body, Params>)),
    );
  };
}

/**
 * Requests that are about no single order: all orders canceled; an auction's offers, dues,
 * early pay-in.
 */
export function requestRoutes(app: Server, parts: DoorParts, limit: object): void {
  const open = commandRoutes(app, parts, limit);
  open(
    {
      path: "/v1/orders/cancel-all",
      summary:
        "Cancel all of your open orders, or those of a client or in a symbol, in one request",
      tags: ["orders"],
      body: cancelAllBody,
      answer: cancelAllAnswer,
    },
    ({ caller, body }) => {
      const { client = null, symbol = null } = body;
      return {
        type: "CancelAll",
        ...asked(parts, caller, body),
        client,
        symbol: symbol === null ? null : canonicalSymbol(symbol),
      };
    },
  );
  clearingRoutes(open, parts);
}

function clearingRoutes(open: ReturnType<typeof commandRoutes>, parts: DoorParts): void {
  const tags = ["clearing"];
  open(
    {
      path: "/v1/offers",
      summary: "Offer shares in the buy-in auction of a symbol",
      tags,
      body: offerBody,
      answer: offerAnswer,
    },
    ({ caller, body }) => {
      const { client = null, symbol, quantity, price_paise: pricePaise } = body;
      const offer = { client, symbol: canonicalSymbol(symbol), quantity, pricePaise };
      return { type: "OfferInAuction", ...asked(parts, caller, body), ...offer };
    },
  );
  open(
    {
      path: "/v1/dues/payments",
      summary: "Pay what an account owes from its free cash",
      tags,
      body: payDuesBody,
      answer: payDuesAnswer,
    },
    ({ caller, body }) => {
      const { client = null, amount_paise: amountPaise } = body;
      return { type: "PayDues", ...asked(parts, caller, body), client, amountPaise };
    },
  );
  open(
    {
      path: "/v1/settlements/:number/early-pay-ins",
      summary: "Pay in shares sold, or the money for shares bought, before the settlement's time",
      tags,
      params: settlementParam,
      body: payInEarlyBody,
      answer: payInEarlyAnswer,
    },
    ({ caller, params, body }) => {
      const { client = null, symbol, quantity } = body;
      const deposit = { client, settlementNumber: params.number, symbol: canonicalSymbol(symbol) };
      return { type: "PayInEarly", ...asked(parts, caller, body), ...deposit, quantity };
    },
  );
}

/** Who asks, under which id, until when. Throws `Problem` 403 for a key that may not trade. */
function asked(
  parts: DoorParts,
  caller: Caller,
  body: RequestBody,
): Pick<DoorCommand, "participant" | "source"> & { readonly clientOrderId: string } {
  needRole(caller, "trader");
  return { participant: participantOf(caller), ...ownOrigin(parts, body) };
}

/** Sends the command, and what became of it, also where it was answered before. */
async function decideRequest(
  parts: DoorParts,
  reply: FastifyReply,
  command: OwnIdCommand,
): Promise<FastifyReply> {
  const { participant, clientOrderId } = command;
  return sendDecided(parts, reply, command, await submit(parts, command), () => {
    // Its record is of this step, or of the first one where this only says that it is a repeat.
    const known = findByOwnId(parts.gateway.records.requests, participant, clientOrderId);
    const answer = known === undefined ? null : answerJson(known.outcome);
    return { client_order_id: clientOrderId, answer };
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
    case "HaltLifted":
      return { symbol: outcome.symbol };
    case "ClearingRequestRejected":
      return null; // said as a refusal before
  }
}
