import { z } from "zod";
import { newestFirst } from "../../services/records/arrivals.ts";
import {
  findOrderRecord,
  findOrdersNamed,
  newestOrders,
  type OrderRecord,
} from "../../services/records/order-records.ts";
import { needRole, participantOf, seesAll, type Caller } from "../caller.ts";
import { ownOrigin, placeCommand, sendAnswer, submit, type DoorParts } from "../door.ts";
import type { JourneyParts } from "../journey/journey-hops.ts";
import { orderJourney, orderJourneySchema } from "../journey/order-journey.ts";
import { noOrder, notKept } from "./not-kept.ts";
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
import { cameSince, idParam, listQuery } from "./params.ts";
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
        querystring: listQuery.extend({
          id: idParam.shape.id.optional().describe("only what has this id, ours or its sender's"),
          status: z.enum(["open", "ended", "all"]).default("all").describe("open, ended or all"),
        }),
        response: { 200: pageSchema("orders", orderSchema) },
      },
    },
    async (request) => {
      const { status, symbol, since_ms } = request.query;
      const fits = (order: OrderRecord): boolean =>
        (status === "all" || (status === "ended") === (order.leavesQuantity === 0)) &&
        (symbol === undefined || order.symbol === symbol);
      const came = cameSince(listed(parts, request.caller, request.query), since_ms);
      return pageOf("orders", came, request.query, {
        idOf: ({ orderId }) => orderId,
        rowOf: orderJson,
        fits,
      });
    },
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
    async ({ caller, params }) => orderJson(seenOrder(parts, caller, params.id)),
  );
}

/** What the caller may see, newest first; with an id what is meant by it. */
function listed(
  { gateway }: DoorParts,
  caller: Caller,
  {
    status,
    after,
    id,
  }: {
    readonly status: string;
    readonly after?: string | undefined;
    readonly id?: string | undefined;
  },
): Iterable<OrderRecord> {
  const { orders } = gateway.records;
  // The last one of the page before may have ended since: it is looked for among all.
  const which = status === "open" && after === undefined ? "living" : "all";
  if (seesAll(caller))
    return id === undefined ? newestOrders(orders, which) : findOrdersNamed(orders, id);
  const participant = participantOf(caller);
  if (id !== undefined) return [findOrderRecord(orders, participant, id) ?? []].flat();
  const own = which === "living" ? orders.livingOf : orders.ofParticipant;
  return newestFirst(own.get(participant), orders.byId.get(after ?? ""));
}

function journeyRoute(app: Server, parts: DoorParts, journeys: JourneyParts): void {
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
    async ({ caller, params }) => orderJourney(journeys, seenOrder(parts, caller, params.id)),
  );
}

/** Operations may name an order of anybody, where only one has the id. */
function seenOrder(parts: DoorParts, caller: Caller, id: string): OrderRecord {
  if (!seesAll(caller)) return ownOrder(parts, participantOf(caller), id);
  const [order, other] = findOrdersNamed(parts.gateway.records.orders, id);
  const { orders } = parts.gateway.records;
  if (order === undefined) throw notKept(orders, id, noOrder("no such order"));
  if (other === undefined) return order;
  const detail = `id ${id}: several members have such an order; name one in sauda-participant`;
  throw new Problem(409, "SEVERAL_ORDERS", detail, { field: "id" });
}

/** Another participant's order is as unknown as one that never was. */
function ownOrder({ gateway }: DoorParts, participant: string, id: string): OrderRecord {
  const order = findOrderRecord(gateway.records.orders, participant, id);
  if (order !== undefined) return order;
  const { orders } = gateway.records;
  throw notKept(orders, id, noOrder(`${participant} has no such order`));
}
