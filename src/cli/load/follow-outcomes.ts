import { readLogRecord } from "../../protocol/log/log-record.ts";
import { eventsTopic, legTopics } from "../../protocol/topics.ts";
import type { Clock } from "../../services/clock.ts";
import { readWaitMs, type LogRecord, type MarketLog } from "../../services/log.ts";
import { whyOf } from "../../services/why.ts";
import { isOutcome, type Outcome } from "../actors/outcome.ts";
import type { LoadSheet } from "./load-sheet.ts";

/** Whose outcomes are followed: orders whose ids begin so; with flow B's legs or without. */
type Followed = {
  readonly prefix: string;
  readonly withLegs: boolean;
  readonly onTrouble: (what: string) => void;
};

/** The way from orders to what becomes of them. */
type Following = {
  /** To be called before the order can have become anything; `dueMs` as in `keepSchedule`. */
  readonly onSend: (id: string, dueMs: number) => void;
  /** Orders without an event yet, and those that traded at once without both legs. */
  readonly undecided: () => number;
  readonly close: () => Promise<void>;
};

/** An order without an end: when it was due, whether its event has come, and its legs' times. */
type Waiting = { readonly dueMs: number; isDecided: boolean; readonly legs: Map<string, number> };

type Parts = { readonly log: MarketLog; readonly shards: number; readonly clock: Clock };

/** After a failure a topic is asked again so much later. */
const againMs = 200;

/**
 * Follows what becomes of orders from now on, and notes in the sheet how long it took from when
 * they were due: the log's steps, and with `withLegs` both legs of what bought at once, in the step
 * that decided it, as a committed reader sees them. For figures alone: which records of the log
 * count (R3) is not asked.
 */
export async function followOutcomes(
  { log, shards, clock }: Parts,
  { prefix, withLegs, onTrouble }: Followed,
  sheet: LoadSheet,
): Promise<Following> {
  const waiting = new Map<string, Waiting>();
  const ended = new AbortController();
  const looking = { clock, onTrouble, signal: ended.signal };
  const following: Promise<void>[] = [];

  function noteLegs(id: string, { dueMs, isDecided, legs }: Waiting): void {
    if (!isDecided || legs.size < legTopics.book.length) return;
    sheet.spans.legs.note(Math.max(...legs.values()) - dueMs);
    waiting.delete(id);
  }
  for (let shard = 0; shard < shards; shard += 1) {
    const { end } = await log.bounds(eventsTopic, shard);
    const reader = await log.reader(eventsTopic, shard, end);
    const look = async (): Promise<void> => {
      const { records } = await reader.read(readWaitMs);
      const atMs = performance.now();
      for (const { id, isTaker } of records.flatMap(decidedIn)) {
        const order = waiting.get(id);
        if (order === undefined || order.isDecided) continue;
        order.isDecided = true;
        sheet.spans.decided.note(atMs - order.dueMs);
        if (withLegs && isTaker) noteLegs(id, order);
        else waiting.delete(id);
      }
    };
    following.push(keepLooking(reader, look, looking));
  }
  for (const topic of withLegs ? legTopics.book : []) {
    const { end } = await log.bounds(topic, 0);
    const reader = await log.committedReader(topic, 0, end);
    const look = async (): Promise<void> => {
      const { records } = await reader.read(readWaitMs);
      const atMs = performance.now();
      for (const { value } of records) {
        const id = value === null ? "" : buyersId(value);
        const order = id.startsWith(prefix) ? waiting.get(id) : undefined;
        if (order === undefined || order.legs.has(topic)) continue;
        order.legs.set(topic, atMs);
        noteLegs(id, order);
      }
    };
    following.push(keepLooking(reader, look, looking));
  }
  return {
    onSend: (id, dueMs) => void waiting.set(id, { dueMs, isDecided: false, legs: new Map() }),
    undecided: () => waiting.size,
    async close() {
      ended.abort();
      await Promise.all(following);
    },
  };
}

async function keepLooking(
  reader: { close(): Promise<void> },
  look: () => Promise<void>,
  {
    clock,
    onTrouble,
    signal,
  }: Pick<Parts, "clock"> & Pick<Followed, "onTrouble"> & { readonly signal: AbortSignal },
): Promise<void> {
  let last = "";
  while (!signal.aborted) {
    try {
      await look();
    } catch (error) {
      const why = whyOf(error);
      if (why !== last) onTrouble(why);
      last = why;
      await clock.sleep(againMs, signal);
    }
  }
  await reader.close();
}

/** What a record of the log decided, by the messages' own ids, and whether it bought at once. */
function decidedIn({ key, value }: LogRecord): { id: string; isTaker: boolean }[] {
  const read = readLogRecord(key, value);
  if (!read.ok || read.value?.type !== "Steps") return [];
  return read.value.steps.flatMap(({ events }) => {
    const bought = new Set(
      events.flatMap((event) => (event.type === "TradeExecuted" ? [event.buy.orderId] : [])),
    );
    return events.flatMap((event) => {
      const id = isOutcome(event) ? ownIdOf(event) : null;
      const isTaker = event.type === "OrderAccepted" && bought.has(event.orderId);
      return id === null ? [] : [{ id, isTaker }];
    });
  });
}

/** The id of the message that the event is the outcome of, where that has one. */
export function ownIdOf(event: Outcome): string | null {
  if (event.type === "OrderCanceled") return event.requestId;
  return "clientOrderId" in event ? event.clientOrderId : null;
}

function buyersId(value: Buffer): string {
  const { order_id: id } = JSON.parse(value.toString()) as { readonly order_id?: unknown };
  return typeof id === "string" ? id : "";
}
