import { isOperations, participantOf } from "../caller.ts";
import { journeySchema, tradeJourney } from "../journey/journey.ts";
import type { JourneyParts } from "../journey/journey-hops.ts";
import { ordersOfTrade, seenTrade, tradePage } from "../older/trade-list.ts";
import { pageSchema } from "../page.ts";
import { idParam, spanOf, spanQuery } from "./params.ts";
import type { Server } from "../typed-server.ts";
import { standingSchema } from "../journey/trade-standing.ts";

/** Own trades, and the way of one from the order to its legs. Operations see everybody's. */
export function tradeRoutes(app: Server, parts: JourneyParts): void {
  app.get(
    "/v1/trades",
    {
      schema: {
        summary: "Own trades, newest first, and how far each is on its way",
        tags: ["trades"],
        querystring: spanQuery,
        response: { 200: pageSchema("trades", standingSchema) },
      },
    },
    async ({ caller, query }) => tradePage(parts, caller, { ...query, ...spanOf(query) }),
  );
  app.get(
    "/v1/trades/:id/journey",
    {
      config: { readCost: 25 },
      schema: {
        summary: "A trade from the order to its legs, hop by hop",
        tags: ["trades"],
        params: idParam,
        response: { 200: journeySchema },
      },
    },
    async ({ caller, params }) => {
      const trade = await seenTrade(parts, caller, params.id);
      const viewer = isOperations(caller) ? null : participantOf(caller);
      return tradeJourney(parts, trade, viewer, await ordersOfTrade(parts, caller, trade));
    },
  );
}
