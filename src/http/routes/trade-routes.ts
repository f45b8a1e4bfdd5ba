import { newestFirst } from "../../services/records/arrivals.ts";
import type { TradeRecord } from "../../services/records/trade-records.ts";
import { isOperations, participantOf, seesAll, type Caller } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { journeySchema, tradeJourney } from "../journey/journey.ts";
import type { JourneyParts } from "../journey/journey-hops.ts";
import { pageOf, pageSchema } from "../page.ts";
import { cameSince, idParam, listQuery } from "./params.ts";
import { notKept } from "./not-kept.ts";
import type { Server } from "../typed-server.ts";
import { standingJson, standingSchema } from "../journey/trade-standing.ts";

/** Own trades, and the way of one from the order to its legs. Operations see everybody's. */
export function tradeRoutes(app: Server, parts: DoorParts, journeys: JourneyParts): void {
  const { gateway } = parts;
  app.get(
    "/v1/trades",
    {
      schema: {
        summary: "Own trades, newest first, and how far each is on its way",
        tags: ["trades"],
        querystring: listQuery,
        response: { 200: pageSchema("trades", standingSchema) },
      },
    },
    async ({ caller, query }) => {
      const { trades, instructions } = gateway.records;
      const own = seesAll(caller) ? trades.all : trades.ofParticipant.get(participantOf(caller));
      const fits = ({ trade }: TradeRecord): boolean =>
        query.symbol === undefined || trade.symbol === query.symbol;
      const listed = newestFirst(own, trades.byId.get(query.after ?? ""));
      return pageOf("trades", cameSince(listed, query.since_ms), query, {
        idOf: ({ trade }) => trade.tradeId,
        rowOf: (each) => standingJson(instructions, each),
        fits,
      });
    },
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
      const { trades } = gateway.records;
      const record = trades.byId.get(params.id);
      if (record !== undefined && maySee(caller, record))
        return tradeJourney(journeys, record, isOperations(caller) ? null : participantOf(caller));
      throw notKept(trades, params.id, noTrade);
    },
  );
}

const noTrade = {
  code: "TRADE_NOT_FOUND",
  what: "no such trade of yours",
  keepsLiving: false,
};

function maySee(caller: Caller, { trade }: TradeRecord): boolean {
  if (isOperations(caller)) return true;
  const participant = participantOf(caller);
  return [trade.buy.participant, trade.sell.participant].includes(participant);
}
