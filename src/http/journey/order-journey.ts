import { z } from "zod";
import type { Step } from "../../domain/facts/event.ts";
import type { ToldOrder, ToldTrade } from "../../services/books/older-records.ts";
import type { TradeFacts } from "../../protocol/own/trade-message.ts";
import { eventsFor, stepText } from "./event-sight.ts";
import {
  commandHop,
  eventHop,
  hopSchema,
  journalsJson,
  journalsSchema,
  orderHops,
  originHop,
  originOf,
  readStep,
  withLatency,
  type Hop,
  type JourneyParts,
} from "./journey-hops.ts";
import { orderSchema } from "../schemas.ts";
import { standingJson, standingSchema } from "./trade-standing.ts";
import { orderJson } from "../wire.ts";

/** `GET /v1/orders/{id}/journey`. */
export const orderJourneySchema = z.object({
  order: orderSchema,
  trades: z.array(standingSchema).describe("each has a journey of its own"),
  hops: z.array(hopSchema),
  journals: journalsSchema,
});

/**
 * An own order from where it came to what became of it: whether it rests, traded, ended or
 * was refused. `traded`: its trades, as far as they are known.
 */
export async function orderJourney(
  { gateway, log }: JourneyParts,
  order: ToldOrder,
  traded: readonly ToldTrade[],
): Promise<z.infer<typeof orderJourneySchema>> {
  const { records } = gateway;
  const trades = new Map(traded.map(({ trade }): [string, TradeFacts] => [trade.tradeId, trade]));
  const viewer = { participant: order.participant, trades };
  const steps: Step[] = [];
  const shown = (step: Step | null): string | null => {
    if (step === null) return null;
    steps.push(step);
    return stepText(viewer, step, eventsFor(viewer, step));
  };
  const hops: Hop[] = await orderHops(log, order, shown);
  // A step may hold a thousand of its trades, and is large then: it is read and told once.
  const told = new Set([order.place.seq]);
  for (const { place, trade } of traded) {
    const title = `traded ${trade.quantity} ${trade.symbol}: ${trade.tradeId}`;
    const isTold = told.has(place.seq);
    told.add(place.seq);
    hops.push(eventHop(place, title, isTold ? null : shown(await readStep(log, place))));
  }
  const { endPlace } = order;
  if (endPlace !== null && endPlace.seq !== order.place.seq) {
    const step = await readStep(log, endPlace);
    const origin = originOf(step);
    const lane = order.counterparty === null ? "broker" : "counterparty";
    const word = order.status === "Rejected" ? "the counterparty's word" : "request";
    if (origin !== null) {
      hops.push(await originHop(log, origin, lane, word));
      hops.push(await commandHop(log, endPlace, lane));
    }
    const why = order.text === null ? "" : `: ${order.text}`;
    hops.push(eventHop(endPlace, `order ${order.status.toLowerCase()}${why}`, shown(step)));
  }
  return {
    order: orderJson(order),
    trades: traded.map((record) => standingJson(records, record)),
    hops: withLatency(hops),
    journals: journalsJson(steps.flatMap((step) => eventsFor(viewer, step))),
  };
}
