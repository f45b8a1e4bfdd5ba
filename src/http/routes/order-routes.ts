import { z } from "zod";
import { findOrderRecord, type OrderRecord } from "../../services/records/order-records.ts";
import { needRole, participantOf } from "../caller.ts";
import { ownOrigin, placeCommand, sendAnswer, submit, type DoorParts } from "../door.ts";
import type { JourneyParts } from "../journey/journey-hops.ts";
import { orderJourney, orderJourneySchema } from "../journey/order-journey.ts";
import { noOrder, notKept } from "./not-kept.ts";
import { orderPage, seenOrder } from "../older/order-list.ts";
import { tradesOfOrder } from "../older/trade-list.ts";
import {
  decidedSchema,
  orderSchema,
  placeOrderBody,
  requestBody,
  unknownSchema,
} from "../schemas.ts";
import type { Server } from "../typed-server.ts";
import { pageSchema } from "../page.ts";
import { idParam, spanOf, spanQuery } from "./params.ts";
import { orderJson } from "../wire.ts";

const answers = { 200: decidedSchema, 201: decidedSchema, 202: unknownSchema };

/** Orders: place, cancel, list, one. `limit` is the rate limit of what is sequenced. */
export function orderRoutes(app: Server, parts: JourneyParts, limit: object): void {
  placeRoute(app, parts, limit);
  cancelRoute(app, parts, limit);
  readRoutes(app, parts);
  journeyRoute(app, parts);
}

function placeRoute(app: Server, parts: DoorParts, limit: object): void {
  app.post(
    "/v1/orders",
    {
      config: limit,
      schema: {
        summary: "Place an order",
        tags: ["orders"],
        body: placeOrderBody,
        response: answers,
      },
    },
    async (request, reply) => {
      const { caller, body } = request;
      needRole(caller, "trader");
      const participant = participantOf(caller);
      const { clientOrderId, source } = ownOrigin(parts, body);
      const order = {
        participant,
        client: body.client ?? null,
        clientOrderId,
        symbol: body.symbol,
        side: body.side,
        quantity: body.quantity,
        pricePaise: body.price_paise ?? null,
        counterparty: body.counterparty ?? null,
        custodian: body.custodian ?? null,
        product: body.product ?? "CNC",
      };
      const command = placeCommand(order, source);
      return sendAnswer(parts, reply, command, await submit(parts, command));
    },
  );
}

function cancelRoute(app: Server, parts: DoorParts, limit: object): void {
  app.delete(
    "/v1/orders/:id",
    {
      config: limit,
      schema: {
        summary: "Cancel what is left of an order",
        tags: ["orders"],
        params: idParam,
        body: requestBody,
        response: answers,
      },
    },
    async (request, reply) => {
      const { caller, body, params } = request;
      needRole(caller, "trader");
      const order = ownOrder(parts, participantOf(caller), params.id);
      const { clientOrderId, source } = ownOrigin(parts, body);
      const command = {
        type: "CancelOrder" as const,
        participant: order.participant,
        clientOrderId,
        origClientOrderId: order.orderId,
        symbol: order.symbol,
        source,
      };
      return sendAnswer(parts, reply, command, await submit(parts, command), params.id);
    },
  );
}

function readRoutes(app: Server, parts: DoorParts): void {
  app.get(
    "/v1/orders",
    {
      schema: {
        summary: "Own orders, newest first; for operations without a member everybody's",
        tags: ["orders"],
        querystring: spanQuery.extend({
          id: idParam.shape.id.optional().describe("only what has this id, ours or its sender's"),
          status: z.enum(["open", "ended", "all"]).default("all").describe("open, ended or all"),
        }),
        response: { 200: pageSchema("orders", orderSchema) },
      },
    },
    async ({ caller, query }) => orderPage(parts, caller, { ...query, ...spanOf(query) }),
  );
  app.get(
    "/v1/orders/:id",
    {
      schema: {
        summary: "One own order, by our id or yours; for operations anybody's",
        tags: ["orders"],
        params: idParam,
        response: { 200: orderSchema },
      },
    },
    async ({ caller, params }) => orderJson(await seenOrder(parts, caller, params.id)),
  );
}

function journeyRoute(app: Server, parts: JourneyParts): void {
  app.get(
    "/v1/orders/:id/journey",
    {
      config: { readCost: 10 },
      schema: {
        summary:
          "An own order from where it came to what became of it, hop by hop; for operations anybody's",
        tags: ["orders"],
        params: idParam,
        response: { 200: orderJourneySchema },
      },
    },
    async ({ caller, params }) => {
      const order = await seenOrder(parts, caller, params.id);
      return orderJourney(parts, order, await tradesOfOrder(parts, caller, order));
    },
  );
}

/** Another participant's order is as unknown as one that never was. */
function ownOrder({ gateway }: DoorParts, participant: string, id: string): OrderRecord {
  const order = findOrderRecord(gateway.records.orders, participant, id);
  if (order !== undefined) return order;
  const { orders } = gateway.records;
  // Of an order that is not kept nothing is left to cancel: the books are not asked.
  throw notKept(orders, id, noOrder(`${participant} has no such order`));
}
