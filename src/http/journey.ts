import { z } from "zod";
import { isAtDoor } from "../domain/command.ts";
import type { Origin } from "../domain/command.ts";
import type { MarketEvent, Step } from "../domain/event.ts";
import { readLogRecord } from "../protocol/log-record.ts";
import { strangersTime } from "../protocol/moment.ts";
import { utcMoment } from "../protocol/public-fields.ts";
import { settlementSchema } from "../protocol/settlement-message.ts";
import { commandsTopic, eventsTopic } from "../protocol/topics.ts";
import { tradeSchema } from "../protocol/trade-message.ts";
import type { Gateway } from "../services/gateway.ts";
import type { LogRecord, MarketLog } from "../services/log.ts";
import type { PublicPlaces } from "../services/public-places.ts";
import type { OrderRecord } from "../services/order-records.ts";
import type { StepPlace } from "../services/step-place.ts";
import type { TradeRecord } from "../services/trade-records.ts";
import { maySee, readableEvent } from "./event-sight.ts";
import type { Viewer } from "./event-sight.ts";
import { orderSchema } from "./schemas.ts";
import { settlementJson, tradeJson } from "./trade-json.ts";
import { orderJson } from "./wire.ts";

const hopSchema = z.object({
  hop: z.enum(["order", "command", "event", "public"]),
  lane: z.enum(["broker", "exchange", "counterparty", "settlement"]),
  title: z.string(),
  topic: z.string().nullable().describe("null: it came in at the gateway's door"),
  partition: z.int().nullable(),
  offset: z.int().nullable(),
  at: utcMoment.nullable(),
  since_last_ms: z.int().nullable(),
  record: z.string().nullable().describe("the record's text; of the log, the step alone"),
});

/** `GET /v1/trades/{id}/journey`. */
export const journeySchema = z.object({
  trade: tradeSchema,
  orders: z.array(orderSchema),
  hops: z.array(hopSchema),
  journals: z.array(
    z.object({
      journal_id: z.string(),
      kind: z.string(),
      reference: z.string(),
      postings: z.array(
        z.object({
          account: z.string(),
          asset: z.string(),
          bucket: z.string(),
          amount: z.int(),
        }),
      ),
    }),
  ),
  settlement: settlementSchema
    .nullable()
    .describe("with its legs; null where the trade did not settle at once"),
});

/** What a journey is put together from. */
export type JourneyParts = {
  readonly gateway: Gateway;
  readonly log: MarketLog;
  readonly places: PublicPlaces;
};

type Hop = Omit<z.infer<typeof hopSchema>, "since_last_ms" | "at"> & {
  readonly atMs: number | null;
};

/**
 * A trade from its orders to its legs: every record on the way, where it stands and when. A member sees
 * where the other side's order went and no more of it; `participant` null sees all.
 */
export async function tradeJourney(
  parts: JourneyParts,
  record: TradeRecord,
  participant: string | null,
): Promise<z.infer<typeof journeySchema>> {
  const { trade } = record;
  const viewer = participant === null ? null : { participant, trade };
  const ids = [trade.buy.orderId, trade.sell.orderId].filter((id) => id !== null);
  const orders = ids.flatMap((id) => parts.gateway.records.orders.byId.get(id) ?? []);
  const step = await readStep(parts.log, record.place);
  const own = orders.filter((order) => mayReadOrder(viewer, order));
  const isOwn = (order: OrderRecord | undefined): boolean =>
    viewer === null || (order !== undefined && own.includes(order));
  const shown = (each: Step | null): string | null =>
    each === null ? null : stepText(viewer, each);
  const inStep = ({ place }: OrderRecord): boolean =>
    place.seq === record.place.seq && place.shard === record.place.shard;
  const perOrder = orders
    .filter((order) => !inStep(order))
    .map(async (order) => {
      const made = await orderHops(parts.log, order, shown);
      return isOwn(order) ? made : made.map(withoutRecord);
    });
  const origin = originOf(step);
  const lane = trade.kind === "negotiated" ? "counterparty" : "broker";
  const title = trade.kind === "negotiated" ? "counterparty's word" : `${trade.aggressor} order`;
  const input = [
    ...(origin === null ? [] : [await originHop(parts.log, origin, lane, title)]),
    await commandHop(parts.log, record.place, lane),
  ];
  // A negotiated trade's input is the counterparty's word: no secret between the two.
  const isReadable = trade.kind === "negotiated" || isOwn(orders.find(inStep));
  const hops = [
    ...(await Promise.all(perOrder)).flat(),
    ...(isReadable ? input : input.map(withoutRecord)),
    eventHop(
      record.place,
      record.delivered === null ? "traded and novated" : "traded and settled in one step",
      shown(step),
    ),
    ...(await publicHops(parts, trade.tradeId)),
  ];
  const journals = (step === null ? [] : eventsFor(viewer, step)).flatMap((event) =>
    event.type === "JournalPosted" ? [event.journal] : [],
  );
  return {
    trade: tradeJson(record),
    orders: own.map(orderJson),
    hops: withLatency(hops),
    journals: journals.map(({ journalId, kind, reference, postings }) => ({
      journal_id: journalId,
      kind,
      reference,
      postings: [...postings],
    })),
    settlement: settlementJson(record),
  };
}

function mayReadOrder(viewer: Viewer | null, order: OrderRecord): boolean {
  return viewer === null || [order.participant, order.counterparty].includes(viewer.participant);
}

/** Where it stands and when, without what it says. */
function withoutRecord(hop: Hop): Hop {
  return { ...hop, record: null };
}

/** What a step says of the viewer: a large order trades with many members in one step. */
function eventsFor(viewer: Viewer | null, step: Step): readonly MarketEvent[] {
  return viewer === null ? step.events : step.events.filter((event) => maySee(viewer, event));
}

function stepText(viewer: Viewer | null, step: Step): string {
  const events = eventsFor(viewer, step).map((event) =>
    viewer === null ? event : readableEvent(viewer, event),
  );
  return JSON.stringify({ ...step, events });
}

/** The way of an order that rested before the trade: its record, its command, its step. */
async function orderHops(
  log: MarketLog,
  { place, source, side }: OrderRecord,
  shown: (step: Step | null) => string | null,
): Promise<Hop[]> {
  return [
    await originHop(log, source, "broker", `${side} order`),
    await commandHop(log, place, "broker"),
    eventHop(place, "order accepted, cover blocked", shown(await readStep(log, place))),
  ];
}

async function originHop(
  log: MarketLog,
  origin: Origin,
  lane: Hop["lane"],
  title: string,
): Promise<Hop> {
  if (isAtDoor(origin)) {
    const where = { topic: null, partition: null, offset: null, atMs: origin.receivedAtMs };
    const record = JSON.stringify({ request_id: origin.requestId });
    return { hop: "order", lane, title: `${title}, at the gateway`, ...where, record };
  }
  const { topic, partition, offset } = origin;
  const found = await readOne(log, topic, partition, offset);
  const atMs = found?.timestampMs ?? origin.timestampMs;
  return { hop: "order", lane, title, topic, partition, offset, atMs, record: textOf(found) };
}

async function commandHop(log: MarketLog, place: StepPlace, lane: Hop["lane"]): Promise<Hop> {
  const { shard: partition, commandOffset: offset } = place;
  const found = await readOne(log, commandsTopic, partition, offset);
  const where = { topic: commandsTopic, partition, offset, atMs: found?.timestampMs ?? null };
  return { hop: "command", lane, title: "command", ...where, record: textOf(found) };
}

/** `record`: the step's text as far as it is shown; null where the step is gone. */
function eventHop(place: StepPlace, title: string, record: string | null): Hop {
  const { shard: partition, logOffset: offset, atMs } = place;
  const where = { topic: eventsTopic, partition, offset, atMs };
  return { hop: "event", lane: "exchange", title, ...where, record };
}

async function publicHops({ log, places }: JourneyParts, tradeId: string): Promise<Hop[]> {
  const inOrder = places.of(tradeId).toSorted((one, other) => rankOf(one) - rankOf(other));
  const hops = inOrder.map(async ({ topic, partition, offset, timestampMs }) => {
    const found = await readOne(log, topic, partition, offset);
    const where = { topic, partition, offset, atMs: timestampMs };
    const hop: Hop = {
      hop: "public",
      lane: "settlement",
      title: said[topic] ?? topic,
      ...where,
      record: textOf(found),
    };
    return hop;
  });
  return Promise.all(hops);
}

/** One transaction wrote them, most within one millisecond: told in the order written, not as they were seen. */
function rankOf({ topic }: { readonly topic: string }): number {
  return Object.keys(said).indexOf(topic);
}

const said: Readonly<Record<string, string>> = {
  "sauda.trades": "trade published",
  Demat_allocation: "DEMAT leg",
  "demat-transfers": "DEMAT leg",
  Cash_movement: "DEBIT leg",
  "cash-movements": "DEBIT leg",
  "sauda.settlements": "all four legs",
};

/** In the order of time; hops of one millisecond stay as they came. */
function withLatency(hops: readonly Hop[]): z.infer<typeof hopSchema>[] {
  const inTime = hops.toSorted((one, other) => (one.atMs ?? 0) - (other.atMs ?? 0));
  return inTime.map(({ atMs, ...hop }, index) => {
    const before = inTime[index - 1]?.atMs ?? null;
    const since_last_ms = atMs === null || before === null ? null : Math.max(0, atMs - before);
    return { ...hop, at: atMs === null ? null : strangersTime(atMs), since_last_ms };
  });
}

/** Where the step's own input came from. */
function originOf(step: Step | null): Origin | null {
  const said = step?.events.find((event) => "source" in event && event.source !== null);
  return said !== undefined && "source" in said ? said.source : null;
}

async function readStep(log: MarketLog, place: StepPlace): Promise<Step | null> {
  const found = await readOne(log, eventsTopic, place.shard, place.logOffset);
  if (found === null) return null;
  const read = readLogRecord(found.key, found.value);
  if (!read.ok || read.value?.type !== "Steps") return null;
  return read.value.steps[place.seq - read.value.seq] ?? null;
}

/** The record at a place; null where it is gone. */
async function readOne(
  log: MarketLog,
  topic: string,
  partition: number,
  offset: number,
): Promise<LogRecord | null> {
  const { start, end } = await log.bounds(topic, partition);
  if (offset < start || offset >= end) return null;
  const reader = await log.reader(topic, partition, offset);
  try {
    const { records } = await reader.read(1000);
    return records.find((record) => record.offset === offset) ?? null;
  } finally {
    await reader.close();
  }
}

function textOf(record: LogRecord | null): string | null {
  return record?.value?.toString("utf8") ?? null;
}
