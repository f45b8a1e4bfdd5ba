import { valuesOf } from "../../domain/state/queue.ts";
import type { OrderRecord } from "../../services/records/order-records.ts";
import { needRole, participantOf, type Caller } from "../caller.ts";
import { ownOrigin, sendAnswer, submit, type DoorParts } from "../door.ts";
import { pageOf, pageQuery, pageSchema } from "../page.ts";
import { idParam } from "./params.ts";
import { noOrder, notKept } from "./not-kept.ts";
import { decidedSchema, orderSchema, requestBody, unknownSchema } from "../schemas.ts";
import type { Server } from "../typed-server.ts";
import { orderJson } from "../wire.ts";

const answers = { 200: decidedSchema, 202: unknownSchema };

/** The counterparty's inbox: negotiated orders that wait for it, and its yes or no. */
export function confirmationRoutes(app: Server, parts: DoorParts, limit: object): void {
  const { gateway } = parts;
  listRoute(app, parts);
  for (const [verb, answer] of [
    ["confirm", "CONFIRM"],
    ["reject", "REJECT"],
  ] as const) {
    app.post(
      `/v1/confirmations/:id/${verb}`,
      {
        config: limit,
        schema: {
          summary: `Say ${answer} to an order that waits for you`,
          tags: ["confirmations"],
          params: idParam,
          body: requestBody,
          response: answers,
        },
      },
      async ({ caller, params, body }, reply) => {
        needRole(caller, "counterparty");
        const order = orderFor(caller, params.id);
        const { clientOrderId, source } = ownOrigin(parts, body);
        const command = {
          type: "AnswerOrder" as const,
          answer,
          participant: participantOf(caller),
          clientOrderId,
          orderId: order.orderId,
          symbol: order.symbol,
          source,
          original: { keyBase64: null, valueBase64: null },
        };
        return sendAnswer(parts, reply, command, await submit(parts, command));
      },
    );
  }

  function orderFor(caller: Caller, id: string) {
    const participant = participantOf(caller);
    const order = gateway.records.orders.byId.get(id);
    if (order?.counterparty === participant) return order;
    const { orders } = gateway.records;
    throw notKept(orders, id, noOrder(`no order for ${participant}`));
  }
}

function listRoute(app: Server, { gateway }: DoorParts): void {
  app.get(
    "/v1/confirmations",
    {
      schema: {
        summary: "Negotiated orders that wait for you, oldest first",
        tags: ["confirmations"],
        querystring: pageQuery,
        response: { 200: pageSchema("orders", orderSchema) },
      },
    },
    async ({ caller, query }) => {
      needRole(caller, "counterparty", "read");
      return pageOf("orders", waitingFor(gateway, participantOf(caller)), query, {
        idOf: ({ orderId }) => orderId,
        rowOf: orderJson,
      });
    },
  );
}

function waitingFor(gateway: DoorParts["gateway"], participant: string): OrderRecord[] {
  const { orders } = gateway.records;
  return gateway.views.flatMap(({ market }) => {
    const line = market.confirmations.waiting.get(participant);
    const waiting = line === undefined ? [] : valuesOf(line);
    return waiting.flatMap(({ orderId }) => orders.byId.get(orderId) ?? []);
  });
}
