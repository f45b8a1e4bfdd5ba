import { z } from "zod";
import type { Step } from "../../domain/facts/event.ts";
import { settlementSchema } from "../../protocol/own/settlement-message.ts";
import { instructionChangeSchema, tradeChangeSchema } from "../../protocol/own/way-message.ts";
import type { ToldOrder, ToldTrade } from "../../services/books/older-records.ts";
import { eventsFor, stepText, type Viewer } from "./event-sight.ts";
import {
  commandHop,
  eventHop,
  hopSchema,
  journalsJson,
  journalsSchema,
  orderHops,
  originHop,
  originOf,
  publicHops,
  readStep,
  withLatency,
  withoutRecord,
  type JourneyParts,
} from "./journey-hops.ts";
import { orderSchema } from "../schemas.ts";
import { instructionJson, instructionsOf, settlementJson, tradeChangeJson } from "./trade-json.ts";
import { standingJson, standingSchema } from "./trade-standing.ts";
import { wayOf } from "./journey-way.ts";
import { orderJson } from "../wire.ts";

/** `GET /v1/trades/{id}/journey`. */
export const journeySchema = z.object({
  trade: standingSchema,
  orders: z.array(orderSchema),
  hops: z.array(hopSchema),
  journals: journalsSchema,
  settlement: settlementSchema
    .nullable()
    .describe("with its legs; null where the trade did not settle at once"),
  way: z.array(tradeChangeSchema).describe("of a trade with a cycle: each step of its way"),
  instructions: z
    .array(instructionChangeSchema)
    .describe("what the member's accounts deliver and receive in its settlement, as it changed"),
});

/**
 * A trade from its orders to its legs: every record on the way, where it stands and when. A member
 * sees where the other side's order went and no more of it; `participant` null sees all. `orders`:
 * those of its two sides that are known.
 */
export async function tradeJourney(
  parts: JourneyParts,
  record: ToldTrade,
  participant: string | null,
  orders: readonly ToldOrder[],
): Promise<z.infer<typeof journeySchema>> {
  const { gateway, log } = parts;
  const { trade } = record;
  const viewer =
    participant === null ? null : { participant, trades: new Map([[trade.tradeId, trade]]) };
  const step = await readStep(log, record.place);
  const own = orders.filter((order) => mayReadOrder(viewer, order));
  const isOwn = (order: ToldOrder | undefined): boolean =>
    viewer === null || (order !== undefined && own.includes(order));
  const shown = (each: Step | null): string | null =>
    each === null ? null : stepText(viewer, each, eventsFor(viewer, each));
  const inStep = ({ place }: ToldOrder): boolean =>
    place.seq === record.place.seq && place.shard === record.place.shard;
  const perOrder = await Promise.all(
    orders
      .filter((order) => !inStep(order))
      .map(async (order) => {
        const made = await orderHops(log, order, shown);
        return isOwn(order) ? made : made.map(withoutRecord);
      }),
  );
  const origin = originOf(step);
  const lane = trade.kind === "negotiated" ? "counterparty" : "broker";
  const title = trade.kind === "negotiated" ? "counterparty's word" : `${trade.aggressor} order`;
  const input = [
    ...(origin === null ? [] : [await originHop(log, origin, lane, title)]),
    await commandHop(log, record.place, lane),
  ];
  // A negotiated trade's input is the counterparty's word: no secret between the two.
  const isReadable = trade.kind === "negotiated" || isOwn(orders.find(inStep));
  const instructions = instructionsOf(gateway.records.instructions, record, participant);
  const way = await wayOf(log, record, instructions, viewer);
  const traded = record.isSettledAtOnce
    ? "traded and settled in one step"
    : `traded and novated into ${settlementNumberOf(record)}`;
  const hops = [
    ...perOrder.flat(),
    ...(isReadable ? input : input.map(withoutRecord)),
    eventHop(record.place, traded, shown(step)),
    ...way.hops,
    ...(await publicHops(log, record)),
  ];
  return {
    trade: standingJson(gateway.records, record),
    orders: own.map(orderJson),
    hops: withLatency(hops),
    journals: journalsJson([...(step === null ? [] : eventsFor(viewer, step)), ...way.journals]),
    settlement: settlementJson(record, step),
    way: record.way.map(tradeChangeJson),
    instructions: instructions.flatMap(({ changes }) => changes.map(instructionJson)),
  };
}

function settlementNumberOf({ way, novated }: ToldTrade): string {
  return way[0]?.change.settlementNumber ?? novated?.settlementNumber ?? "its settlement";
}

function mayReadOrder(viewer: Viewer | null, order: ToldOrder): boolean {
  return viewer === null || [order.participant, order.counterparty].includes(viewer.participant);
}
