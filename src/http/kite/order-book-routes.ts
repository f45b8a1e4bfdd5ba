import { z } from "zod";
import type { Server } from "../typed-server.ts";
import { success, userOf, type KiteParts } from "./kite-parts.ts";
import { orderHistory } from "./order-history.ts";
import { kiteOrder } from "./order-json.ts";
import { findOwnOrder, ownOrders } from "./own-orders.ts";
import { kiteTrades } from "./trade-json.ts";

/** Own orders and trades: all, one with its history, one's trades. */
export function orderBookRoutes(kite: Server, parts: KiteParts): void {
  const { gateway, tokens } = parts;
  kite.get("/orders", { config: list }, async (request) =>
    success(ownOrders(gateway, userOf(request)).map((order) => kiteOrder(order, tokens))),
  );
  kite.get("/orders/:id", { schema: { params: idParam } }, async (request) => {
    const order = findOwnOrder(gateway, userOf(request), request.params.id);
    const states = orderHistory(order, gateway.records.trades.byId);
    return success(states.map((state) => kiteOrder(state, tokens, state.updatedAtMs)));
  });
  kite.get("/orders/:id/trades", { schema: { params: idParam } }, async (request) => {
    const user = userOf(request);
    const { orderId } = findOwnOrder(gateway, user, request.params.id);
    return success(kiteTrades(parts, user, orderId));
  });
  kite.get("/trades", { config: list }, async (request) =>
    success(kiteTrades(parts, userOf(request), null)),
  );
}

/** All of a day at once, where our own routes are asked for so many. */
const list = { readCost: 5 };

const idParam = z.object({ id: z.string().max(128) });
