import { z } from "zod";
import type { Origin } from "../../domain/facts/origin.ts";
import type { MarketEvent, Step } from "../../domain/facts/event.ts";
import type { Journal } from "../../domain/facts/journal.ts";
import { readLogRecord } from "../../protocol/log/log-record.ts";
import { shortened } from "../../protocol/unreadable.ts";
import { strangersTime } from "../../protocol/moment.ts";
import {
  legTopics,
  commandsTopic,
  eventsTopic,
  findTopic,
  type TopicName,
} from "../../protocol/topics.ts";
import { utcMoment } from "../../protocol/own/public-fields.ts";
import type { DoorParts } from "../door.ts";
import { unlessMissing } from "../../services/log-errors.ts";
import type { LogRecord, MarketLog } from "../../services/log.ts";
import type { ToldOrder, ToldTrade } from "../../services/books/older-records.ts";
import { findPublished, type PublicPlace } from "./public-search.ts";
import type { StepPlace } from "../../services/step-place.ts";

/** One station of a journey: a record, where it stands and when. */
export const hopSchema = z.object({
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

/** Journals of the steps of a journey. */
export const journalsSchema = z.array(
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
);

/** What a journey is put together from. */
export type JourneyParts = DoorParts & { readonly log: MarketLog };

/** A hop before the time since the last one is known. */
export type Hop = Omit<z.infer<typeof hopSchema>, "since_last_ms" | "at"> & {
  readonly atMs: number | null;
};

/** Where it stands and when, without what it says. */
export function withoutRecord(hop: Hop): Hop {
  return { ...hop, record: null };
}

/**
 * The way of an order into the market: its record, its command, its step as far as `shown`
 * shows it.
 */
export async function orderHops(
  log: MarketLog,
  { place, source, side, status, cumQuantity, text }: ToldOrder,
  shown: (step: Step | null) => string | null,
): Promise<Hop[]> {
  const isRefused = status === "Rejected" && cumQuantity === 0 && text !== null;
  const title = isRefused ? `order refused: ${text}` : "order accepted, cover blocked";
  return [
    await originHop(log, source, "broker", `${side} order`),
    await commandHop(log, place, "broker"),
    eventHop(place, title, shown(await readStep(log, place))),
  ];
}

/** Where an input came from. */
export async function originHop(
  log: MarketLog,
  origin: ToldOrder["source"],
  lane: Hop["lane"],
  title: string,
): Promise<Hop> {
  if ("requestId" in origin) {
    const where = { topic: null, partition: null, offset: null, atMs: origin.receivedAtMs };
    const record = JSON.stringify({ request_id: origin.requestId });
    return { hop: "order", lane, title: `${title}, at the gateway`, ...where, record };
  }
  const { topic, partition, offset } = origin;
  const own = findTopic(topic);
  const found = own === undefined ? null : await readOne(log, own, partition, offset);
  const atMs = found?.timestampMs ?? origin.timestampMs;
  return { hop: "order", lane, title, topic, partition, offset, atMs, record: textOf(found) };
}

/** The command of a step. */
export async function commandHop(
  log: MarketLog,
  place: StepPlace,
  lane: Hop["lane"],
): Promise<Hop> {
  const { shard: partition, commandOffset: offset } = place;
  const found = await readOne(log, commandsTopic, partition, offset);
  const where = { topic: commandsTopic, partition, offset, atMs: found?.timestampMs ?? null };
  return { hop: "command", lane, title: "command", ...where, record: textOf(found) };
}

/** A step. `record`: its text as far as it is shown; null where the step is gone. */
export function eventHop(
  place: StepPlace,
  title: string,
  record: string | null,
  lane: Hop["lane"] = "exchange",
): Hop {
  const { shard: partition, logOffset: offset, atMs } = place;
  const where = { topic: eventsTopic, partition, offset, atMs };
  return { hop: "event", lane, title, ...where, record };
}

/** What was published of a trade: by its own step, and by those of its way. */
export async function publicHops(log: MarketLog, record: ToldTrade): Promise<Hop[]> {
  const { trade, place, way } = record;
  const ofTrade = [...legTopics[trade.kind], "sauda.settlements"] as const;
  const steps = new Map(way.map((change) => [change.place.seq, change.place]));
  const looks = [
    { place, topics: ["sauda.trades", ...ofTrade] as const },
    ...[...steps.values()]
      .filter(({ seq }) => seq !== place.seq)
      .map((each) => ({ place: each, topics: ofTrade })),
  ];
  const named = Buffer.from(`"trade_id":"${trade.tradeId}"`);
  const found: PublicPlace[] = [];
  // One after the other: who asks for many journeys at once waits, and nobody else does.
  for (const {
    place: { shard, seq },
    topics,
  } of looks)
    for (const topic of topics) {
      const partition = topic.startsWith("sauda.") ? shard : 0;
      const wanted = { topic, partition, shard, seq };
      found.push(
        ...(await findPublished(log, wanted, ({ value }) => value?.includes(named) === true)),
      );
    }
  const inOrder = found.toSorted((one, other) => rankOf(one) - rankOf(other));
  return inOrder.map(({ topic, partition, record: { offset, timestampMs, value } }): Hop => {
    const text = value?.toString("utf8") ?? null;
    const where = { topic, partition, offset, atMs: timestampMs, record: text };
    return { hop: "public", lane: "settlement", title: titleOf(topic, text), ...where };
  });
}

/**
 * One transaction wrote them, most within one millisecond: told in the order written, not as they
 * were seen.
 */
function rankOf({ topic }: { readonly topic: string }): number {
  return Object.keys(words).indexOf(topic);
}

const words: Readonly<Partial<Record<TopicName, string>>> = {
  "sauda.trades": "trade published",
  Demat_allocation: "DEMAT leg",
  "demat-transfers": "DEMAT leg",
  Cash_movement: "DEBIT leg",
  "cash-movements": "DEBIT leg",
  "sauda.settlements": "all four legs",
};

/** On `sauda.settlements` a trade with a cycle has many records: each says how far it is. */
function titleOf(topic: TopicName, record: string | null): string {
  const state = record === null ? null : stateIn(record);
  return state === null ? (words[topic] ?? topic) : `published: ${wordsOf(state)}`;
}

/** By its JSON: a pattern over the text of a stranger's record could take for ever. */
function stateIn(record: string): string | null {
  try {
    const { type, state } = JSON.parse(record) as Readonly<Record<string, unknown>>;
    return type === "Trade" && typeof state === "string" ? shortened(state) : null;
  } catch {
    return null;
  }
}

/** `BoughtIn` as people read it: `bought in`. */
export function wordsOf(state: string): string {
  return state.replace(/(?<!^)[A-Z]/g, " $&").toLowerCase();
}

/** In the order of time; hops of one millisecond stay as they came. */
export function withLatency(hops: readonly Hop[]): z.infer<typeof hopSchema>[] {
  const inTime = hops.toSorted((one, other) => (one.atMs ?? 0) - (other.atMs ?? 0));
  return inTime.map(({ atMs, ...hop }, index) => {
    const before = inTime[index - 1]?.atMs ?? null;
    const since_last_ms = atMs === null || before === null ? null : Math.max(0, atMs - before);
    return { ...hop, at: atMs === null ? null : strangersTime(atMs), since_last_ms };
  });
}

/** Where the step's own input came from. */
export function originOf(step: Step | null): Origin | null {
  const found = step?.events.find((event) => "source" in event && event.source !== null);
  return found !== undefined && "source" in found ? found.source : null;
}

/** The journals among events. */
export function journalsJson(events: readonly MarketEvent[]): z.infer<typeof journalsSchema> {
  const journals = events.flatMap((event): Journal[] =>
    event.type === "JournalPosted" ? [event.journal] : [],
  );
  return journals.map(({ journalId, kind, reference, postings }) => ({
    journal_id: journalId,
    kind,
    reference,
    postings: [...postings],
  }));
}

/** The step at a place; null where it is gone. */
export async function readStep(
  log: MarketLog,
  place: Pick<StepPlace, "shard" | "logOffset" | "seq">,
): Promise<Step | null> {
  const found = await readOne(log, eventsTopic, place.shard, place.logOffset);
  if (found === null) return null;
  const read = readLogRecord(found.key, found.value);
  if (!read.ok || read.value?.type !== "Steps") return null;
  return read.value.steps[place.seq - read.value.seq] ?? null;
}

/** The record at a place; null where it is gone. */
async function readOne(
  log: MarketLog,
  topic: TopicName,
  partition: number,
  offset: number,
): Promise<LogRecord | null> {
  // A source may have been made anew since, with fewer partitions.
  const bounds = await unlessMissing(log.bounds(topic, partition));
  if (bounds === null || offset < bounds.start || offset >= bounds.end) return null;
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
