import { z } from "zod";
import { newestFirst } from "../../services/records/arrivals.ts";
import { findOrderRecord } from "../../services/records/order-records.ts";
import type { OrderRecord } from "../../services/records/order-records.ts";
import { needRole, participantOf } from "../caller.ts";
import { newRequest, placeCommand, sendAnswer, submit } from "../door.ts";
import type { DoorParts } from "../door.ts";
import type { JourneyParts } from "../journey/journey-hops.ts";
import { orderJourney, orderJourneySchema } from "../journey/order-journey.ts";
import { Problem } from "../problem.ts";
import {
  decidedSchema,
  orderSchema,
  placeOrderBody,
  requestBody,
  unknownSchema,
} from "../schemas.ts";
import type { Server } from "../typed-server.ts";
import { pageOf, pageSchema } from "../page.ts";
import { idParam, listQuery } from "./params.ts";
import { orderJson } from "../wire.ts";

const answers = { 200: decidedSchema, 201: decidedSchema, 202: unknownSchema };

/** Orders: place, cancel, list, one. `limit` is the rate limit of what is sequenced. */
export function orderRoutes(
  app: Server,
  parts: DoorParts,
  limit: object,
  journeys: JourneyParts,
): void {
  placeRoute(app, parts, limit);
  cancelRoute(app, parts, limit);
  readRoutes(app, parts);
  journeyRoute(app, parts, journeys);
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
      const order = {
        participant: participantOf(caller),
        client: body.client ?? null,
        clientOrderId: body.client_order_id ?? parts.newId(),
        symbol: body.symbol,
        side: body.side,
        quantity: body.quantity,
        pricePaise: body.price_paise ?? null,
        counterparty: body.counterparty ?? null,
        custodian: body.custodian ?? null,
        product: body.product ?? "CNC",
      };
      const command = placeCommand(order, newRequest(parts, body.deadline_in_ms));
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
      const command = {
        type: "CancelOrder" as const,
        participant: order.participant,
        clientOrderId: body.client_order_id ?? parts.newId(),
        origClientOrderId: order.orderId,
        symbol: order.symbol,
        source: newRequest(parts, body.deadline_in_ms),
      };
      return sendAnswer(parts, reply, command, await submit(parts, command), params.id);
    },
  );
}

function readRoutes(app: Server, parts: DoorParts): void {
  const { orders } = parts.gateway.records;
  app.get(
    "/v1/orders",
    {
      schema: {
        summary: "Own orders, newest first",
        tags: ["orders"],
        querystring: listQuery.extend({
          status: z.enum(["open", "ended", "all"]).default("all").describe("open, ended or all"),
        }),
        response: { 200: pageSchema("orders", orderSchema) },
      },
    },
    async (request) => {
      const { status, symbol, after } = request.query;
      const participant = participantOf(request.caller);
      // The last one of the page before may have ended since: it is looked for among all.
      const isShort = status === "open" && after === undefined;
      const own = isShort ? orders.livingOf : orders.ofParticipant;
      const fits = (order: OrderRecord): boolean =>
        (status === "all" || (status === "ended") === (order.leavesQuantity === 0)) &&
        (symbol === undefined || order.symbol === symbol);
      const { rows, next } = pageOf(newestFirst(own.get(participant)), request.query, {
        idOf: ({ orderId }) => orderId,
        rowOf: orderJson,
        fits,
      });
      return { orders: rows, next };
    },
  );
  app.get(
    "/v1/orders/:id",
    {
      schema: {
        summary: "One own order, by our id or yours",
        tags: ["orders"],
        params: idParam,
        response: { 200: orderSchema },
      },
    },
    async (request) => orderJson(ownOrder(parts, participantOf(request.caller), request.params.id)),
  );
}

function journeyRoute(app: Server, parts: DoorParts, journeys: JourneyParts): void {
  app.get(
    "/v1/orders/:id/journey",
    {
      config: { readCost: 10 },
      schema: {
        summary: "An own order from where it came to what became of it, hop by hop",
        tags: ["orders"],
        params: idParam,
        response: { 200: orderJourneySchema },
      },
    },
    async ({ caller, params }) =>
      orderJourney(journeys, ownOrder(parts, participantOf(caller), params.id)),
  );
}

/** Another participant's order is as unknown as one that never was. */
function ownOrder({ gateway }: DoorParts, participant: string, id: string): OrderRecord {
  const order = findOrderRecord(gateway.records.orders, participant, id);
  if (order !== undefined) return order;
  throw new Problem(404, "ORDER_NOT_FOUND", `id ${id}: ${participant} has no such order`);
}
