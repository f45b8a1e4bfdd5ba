import { isClearingEvent } from "../../src/domain/clearing-event.ts";
import type { MarketEvent, TradeExecuted } from "../../src/domain/event.ts";
import type { RawRecord, ValidStep } from "./log-reading.ts";

/** A record of a public topic. `isCommitted`: a correct `read_committed` reader sees it. */
export type PublishedRecord = RawRecord & {
  readonly topic: string;
  readonly partition: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly isCommitted: boolean;
};

type Seen = { readonly id: string; readonly stamp: string; readonly record: PublishedRecord };

/**
 * Rule R15: the public topics say what the steps say. Every record once for a committed reader, in the
 * steps' order within a topic; for an uncommitted reader, never two contents under one id.
 */
export function checkPublications(
  shards: readonly (readonly ValidStep[])[],
  published: readonly PublishedRecord[],
  isComplete: boolean,
): string[] {
  const problems: string[] = [];
  const data = published.filter(
    (record) => !record.isControl && record.topic !== "sauda.published",
  );
  const seen = data.flatMap((record): Seen[] => {
    const [id, stamp] = [header(record, "sauda-id"), header(record, "sauda-stamp")];
    if (id !== undefined && stamp !== undefined) return [{ id, stamp, record }];
    problems.push(`${where(record)}: no sauda-id or sauda-stamp`);
    return [];
  });
  problems.push(...checkOneContent(seen));
  const committed = seen.filter(({ record }) => record.isCommitted);
  problems.push(...checkOnce(committed), ...checkOrder(committed));
  const byStep = Map.groupBy(committed, ({ stamp }) => stamp.slice(0, stamp.lastIndexOf("/")));
  for (const [shard, steps] of shards.entries())
    for (const { seq, step } of steps) {
      const name = `${shard}/${seq}`;
      const found = byStep.get(name) ?? [];
      byStep.delete(name);
      if (found.length === 0 && !isComplete) continue;
      for (const what of compare(step.events, found)) problems.push(`step ${name}: ${what}`);
    }
  for (const name of byStep.keys())
    problems.push(`published of step ${name}, which does not count`);
  return problems;
}

function header(record: PublishedRecord, name: string): string | undefined {
  return record.headers.find(([key]) => key === name)?.[1];
}

function where({ topic, partition, offset }: PublishedRecord): string {
  return `${topic}-${partition} offset ${offset}`;
}

function checkOneContent(seen: readonly Seen[]): string[] {
  const contents = new Map<string, string>();
  return seen.flatMap(({ id, record }) => {
    const name = `${record.topic} ${id}`;
    const content = `${record.key?.toString("base64")} ${record.value?.toString("base64")}`;
    const first = contents.get(name) ?? content;
    contents.set(name, first);
    return first === content ? [] : [`${where(record)}: ${id} with another content`];
  });
}

function checkOnce(committed: readonly Seen[]): string[] {
  const names = new Set<string>();
  return committed.flatMap(({ id, stamp, record }) => {
    const isAgain = names.has(`${record.topic} ${id}`) || names.has(stamp);
    names.add(`${record.topic} ${id}`).add(stamp);
    return isAgain ? [`${where(record)}: ${id} (${stamp}) a second time`] : [];
  });
}

function checkOrder(committed: readonly Seen[]): string[] {
  const last = new Map<string, number>();
  return committed.flatMap(({ stamp, record }) => {
    const [shard, seq = NaN, index = NaN] = stamp.split("/").map(Number);
    const place = seq * 1e6 + index;
    const name = `${record.topic}-${record.partition} of shard ${shard}`;
    const isBack = place <= (last.get(name) ?? -1);
    last.set(name, place);
    return isBack ? [`${where(record)}: ${stamp} after a later one`] : [];
  });
}

/** What answers a request that is about no order. */
const answers: ReadonlySet<string> = new Set([
  "AuctionOffered",
  "DuesPaid",
  "EarlyPaidIn",
  "Deposited",
  "Withdrawn",
  "SuspensionLifted",
  "ClearingRequestRejected",
]);

/** Topics on which an event must be heard, one entry for each record. */
function topicsOf(event: MarketEvent, settled: ReadonlySet<string>): string[] {
  if (answers.has(event.type)) return ["sauda.executions"];
  if (isClearingEvent(event)) return [];
  switch (event.type) {
    case "OrderAccepted":
    case "OrderRejected":
    case "OrderCanceled":
    case "OrderExpired":
    case "OrderDeclined":
    case "RequestRejected":
    case "CancelAllDone":
      return ["sauda.executions"];
    case "DeadLettered":
      return ["sauda.dead-letters"];
    case "TradeSettled":
      return ["sauda.settlements"];
    case "TradeExecuted": {
      const seeds = {
        negotiated: ["Demat_allocation", "Cash_movement"],
        book: ["demat-transfers", "cash-movements"],
      }[event.kind];
      const legs = settled.has(event.tradeId) ? seeds : [];
      return ["sauda.trades", "sauda.executions", "sauda.executions", ...legs];
    }
    case "InstrumentListed":
    case "JournalPosted":
    case "CancelAllBegun":
    case "AnswerKept":
    case "AnswerAccepted":
    case "Repeated":
    case "InputsMissingNoted":
      return [];
  }
}

function compare(events: readonly MarketEvent[], found: readonly Seen[]): string[] {
  const settled = new Set(
    events.flatMap((event) => (event.type === "TradeSettled" ? [event.tradeId] : [])),
  );
  const expected = events
    .flatMap((event) => topicsOf(event, settled))
    .toSorted()
    .join(", ");
  const topics = found.map(({ record }) => record.topic);
  const problems: string[] = [];
  if (topics.toSorted().join(", ") !== expected)
    problems.push(`expected on [${expected}], found on [${topics.toSorted().join(", ")}]`);
  const texts = (topic: string): string[] =>
    found.flatMap(({ record }) => (record.topic === topic ? [String(record.value)] : []));
  for (const trade of events.filter((event) => event.type === "TradeExecuted"))
    problems.push(...compareTrade(trade, settled.has(trade.tradeId), texts));
  const letters = found.filter(({ record }) => record.topic === "sauda.dead-letters");
  const originals = events.flatMap((one) =>
    one.type === "DeadLettered" ? [one.original.valueBase64 ?? "null"] : [],
  );
  const bytes = letters.map(({ record }) => record.value?.toString("base64") ?? "null");
  if (bytes.toSorted().join() !== originals.toSorted().join())
    problems.push("a dead letter does not hold the original bytes");
  return problems;
}

/** The trade, and once settled the buyer's two legs in the seeds' form, must say the same amounts. */
function compareTrade(
  trade: TradeExecuted,
  isSettled: boolean,
  texts: (topic: string) => string[],
): string[] {
  const { tradeId, quantity, amountPaise, pricePaise, kind } = trade;
  const isA = kind === "negotiated";
  const find = (topic: string): Record<string, unknown> | undefined =>
    texts(topic)
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .find((message) => message["trade_id"] === tradeId);
  const demat = find(isA ? "Demat_allocation" : "demat-transfers");
  const cash = find(isA ? "Cash_movement" : "cash-movements");
  const own = find("sauda.trades");
  const facts: [string, unknown, unknown][] = [
    ["trade's quantity", own?.["quantity"], quantity],
    ["trade's price", own?.["price_paise"], pricePaise],
  ];
  if (isSettled)
    facts.push(
      ["demat leg", demat?.[isA ? "qty" : "quantity"], quantity],
      ["cash leg in paise", Math.round(Number(cash?.["amount"]) * 100), amountPaise],
    );
  return facts.flatMap(([name, is, should]) =>
    is === should ? [] : [`${tradeId}: ${name} is ${String(is)}, expected ${String(should)}`],
  );
}
