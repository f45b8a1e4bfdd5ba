import { z } from "zod";
import { needRole } from "../caller.ts";
import { newOrigin, placeCommand, submit } from "../door.ts";
import { shortened } from "../../protocol/unreadable.ts";
import type { Server } from "../typed-server.ts";
import { kiteClientOrderId } from "./client-order-id.ts";
import { KiteError, inputError } from "./kite-error.ts";
import { success, userOf, type KiteParts } from "./kite-parts.ts";
import { orderForm, readOrderForm, unasked } from "./order-form.ts";
import { findOwnOrder } from "./own-orders.ts";
import { decidedOrThrow } from "./refusal.ts";

/** How long the market may take to decide, before it refuses. Below the clients' own 7 s. */
const deadlineInMs = 5_000;

/** Orders: place, cancel; modify is refused until the market can. */
export function placeRoutes(kite: Server, parts: KiteParts): void {
  placeRoute(kite, parts);
  cancelRoute(kite, parts);
  kite.put("/orders/:variety/:id", async () => {
    const text = "orders cannot be modified yet: cancel this one and place another";
    throw new KiteError(400, "OrderException", `NOT_SUPPORTED: ${text}`);
  });
}

function placeRoute(kite: Server, parts: KiteParts): void {
  kite.post(
    "/orders/:variety",
    { config: parts.limit, schema: { params: varietyParam, body: orderForm } },
    async (request) => {
      const { caller, body, params } = request;
      needRole(caller, "trader");
      needRegular(params.variety);
      if (body.variety !== undefined) needRegular(body.variety);
      const { tag, ...asked } = readOrderForm(body);
      const clientOrderId = kiteClientOrderId(caller.key.id, tag, parts.newId());
      const order = { ...asked, participant: userOf(request), ...unasked, clientOrderId };
      const answer = await submit(parts, placeCommand(order, newOrigin(parts, deadlineInMs)));
      const { outcome } = decidedOrThrow(answer);
      return success({ order_id: "orderId" in outcome ? outcome.orderId : null });
    },
  );
}

function cancelRoute(kite: Server, parts: KiteParts): void {
  kite.delete(
    "/orders/:variety/:id",
    { config: parts.limit, schema: { params: varietyParam.extend({ id: z.string().max(128) }) } },
    async (request) => {
      const { caller, params } = request;
      needRole(caller, "trader");
      needRegular(params.variety);
      const { orderId, participant, symbol } = findOwnOrder(
        parts.gateway,
        userOf(request),
        params.id,
      );
      const answer = await submit(parts, {
        type: "CancelOrder",
        participant,
        clientOrderId: kiteClientOrderId(caller.key.id, null, parts.newId()),
        origClientOrderId: orderId,
        symbol,
        source: newOrigin(parts, deadlineInMs),
      });
      decidedOrThrow(answer);
      return success({ order_id: orderId });
    },
  );
}

const varietyParam = z.object({ variety: z.string().max(64) });

function needRegular(variety: string): void {
  if (variety === "regular") return;
  throw inputError(
    `variety: found ${shortened(variety)}, send regular: the market has no other yet`,
  );
}
