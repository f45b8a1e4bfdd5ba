import { isClearingEvent } from "../../src/domain/facts/clearing-event.ts";
import type { MarketEvent } from "../../src/domain/facts/event.ts";
import type { TradeExecuted } from "../../src/domain/facts/trade-event.ts";
import type { RawRecord, ValidStep } from "./log-reading.ts";
import type { Fact } from "./settlement-facts.ts";
import { settlementsDue, type SettlementsDue } from "./settlements.ts";

/** A record of a public topic. `isCommitted`: a correct `read_committed` reader sees it. */
export type PublishedRecord = RawRecord & {
  readonly topic: string;
  readonly partition: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly isCommitted: boolean;
};

type Seen = { readonly id: string; readonly stamp: string; readonly record: PublishedRecord };

/**
 * Rule R15: the public topics say what the steps say. Every record once for a committed reader, in
 * the steps' order within a topic; for an uncommitted reader, never two contents under one id.
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
  for (const [shard, steps] of shards.entries()) {
    const dueOf = settlementsDue();
    for (const { seq, step } of steps) {
      const name = `${shard}/${seq}`;
      const found = byStep.get(name) ?? [];
      byStep.delete(name);
      const due = dueOf(step);
      problems.push(...due.problems.map((what) => `step ${name}: ${what}`));
      if (found.length === 0 && !isComplete) continue;
      for (const what of compare(step.events, due, found)) problems.push(`step ${name}: ${what}`);
    }
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

/**
 * Topics on which an event must be heard, one entry for each record; settlements and legs have
 * their own check.
 */
function topicsOf(event: MarketEvent): string[] {
  if (answers.has(event.type) || event.type === "HaltLifted") return ["sauda.executions"];
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
    case "TradeExecuted":
      return ["sauda.trades", "sauda.executions", "sauda.executions"];
    case "TradeSettled":
    case "InstrumentListed":
    case "JournalPosted":
    case "CancelAllBegun":
    case "SweepBegun":
    case "SweepDone":
    case "AnswerKept":
    case "AnswerAccepted":
    case "Repeated":
    case "InputsMissingNoted":
    case "Trying":
    case "Quarantined":
      return [];
  }
}

/** Where the seeds' readers of a flow look for shares and for cash. */
const legTopics = {
  negotiated: ["Demat_allocation", "Cash_movement"],
  book: ["demat-transfers", "cash-movements"],
} as const;

function compare(
  events: readonly MarketEvent[],
  due: SettlementsDue,
  found: readonly Seen[],
): string[] {
  const expected = [
    ...events.flatMap(topicsOf),
    ...due.legs.flatMap(({ trade }) => legTopics[trade.kind]),
    ...due.records.map(() => "sauda.settlements"),
  ]
    .toSorted()
    .join(", ");
  const topics = found.map(({ record }) => record.topic);
  const problems: string[] = [];
  if (topics.toSorted().join(", ") !== expected)
    problems.push(`expected on [${expected}], found on [${topics.toSorted().join(", ")}]`);
  const ofTrade = byTrade(found);
  for (const trade of events.filter((event) => event.type === "TradeExecuted"))
    problems.push(...compareTrade(trade, ofTrade));
  for (const leg of due.legs) problems.push(...compareLegs(leg, ofTrade));
  problems.push(...compareSettlements(due.records, found));
  const letters = found.filter(({ record }) => record.topic === "sauda.dead-letters");
  const originals = events.flatMap((one) =>
    one.type === "DeadLettered" ? [one.original.valueBase64 ?? "null"] : [],
  );
  const bytes = letters.map(({ record }) => record.value?.toString("base64") ?? "null");
  if (bytes.toSorted().join() !== originals.toSorted().join())
    problems.push("a dead letter does not hold the original bytes");
  return problems;
}

/**
 * Every change of a trade or an instruction has one record, which says it whole, under its own key.
 */
function compareSettlements(due: SettlementsDue["records"], found: readonly Seen[]): string[] {
  const settlements = found.filter(({ record }) => record.topic === "sauda.settlements");
  const problems: string[] = [];
  const left = new Map<string, Fields[]>();
  for (const { record } of settlements) {
    const fields = readFields(String(record.value));
    const own = nameOfChange(fields);
    if (String(record.key) !== own)
      problems.push(`a record of ${own} has the key ${String(record.key)}`);
    left.set(own, [...(left.get(own) ?? []), fields]);
  }
  for (const facts of due) {
    const own = nameOfChange(Object.fromEntries(facts));
    const candidates = left.get(own) ?? [];
    const fit = candidates.find((fields) => wrongFields(facts, fields).length === 0);
    if (fit === undefined) problems.push(`nothing on sauda.settlements says ${spelled(facts)}`);
    left.set(
      own,
      candidates.filter((fields) => fields !== fit),
    );
  }
  const strays = [...left.values()].flat();
  return [...problems, ...strays.map((one) => `sauda.settlements says ${JSON.stringify(one)}`)];
}

function nameOfChange(fields: Fields): string {
  return String(fields["instruction_id"] ?? fields["trade_id"]);
}

function wrongFields(facts: readonly Fact[], fields: Fields): string[] {
  return facts.flatMap(([name, should]) =>
    fields[name] === should || JSON.stringify(fields[name]) === JSON.stringify(should)
      ? []
      : [name],
  );
}

function spelled(facts: readonly Fact[]): string {
  return facts.map(([name, should]) => `${name} ${JSON.stringify(should)}`).join(", ");
}

type Fields = Readonly<Record<string, unknown>>;

function readFields(text: string): Fields {
  return JSON.parse(text) as Fields;
}

/** What a topic says of a trade. */
type OfTrade = (topic: string, tradeId: string) => Fields | undefined;

function byTrade(found: readonly Seen[]): OfTrade {
  const topics = new Set<string>(["sauda.trades", ...Object.values(legTopics).flat()]);
  const messages = new Map<string, Fields>();
  for (const { record } of found) {
    if (!topics.has(record.topic)) continue;
    const fields = readFields(String(record.value));
    messages.set(`${record.topic} ${String(fields["trade_id"])}`, fields);
  }
  return (topic, tradeId) => messages.get(`${topic} ${tradeId}`);
}

/** The trade must say the same amounts. */
function compareTrade(
  { tradeId, quantity, pricePaise }: TradeExecuted,
  ofTrade: OfTrade,
): string[] {
  const message = ofTrade("sauda.trades", tradeId);
  return differences(tradeId, [
    ["trade's quantity", message?.["quantity"], quantity],
    ["trade's price", message?.["price_paise"], pricePaise],
  ]);
}

/** The buyer's two legs in the seeds' form must say what moved, and whose account it came to. */
function compareLegs(
  { trade, shares, paise, account }: SettlementsDue["legs"][number],
  ofTrade: OfTrade,
): string[] {
  const [demat, cash] = legTopics[trade.kind].map((topic) => ofTrade(topic, trade.tradeId));
  const quantity = demat?.[trade.kind === "negotiated" ? "qty" : "quantity"];
  return differences(trade.tradeId, [
    ["demat leg", quantity, shares],
    ["demat leg's account", demat?.["account"], account],
    ["cash leg in paise", Math.round(Number(cash?.["amount"]) * 100), paise],
    ["cash leg's account", cash?.["account"], account],
  ]);
}

type Difference = readonly [name: string, is: unknown, should: unknown];

function differences(tradeId: string, facts: readonly Difference[]): string[] {
  return facts.flatMap(([name, is, should]) =>
    is === should ? [] : [`${tradeId}: ${name} is ${String(is)}, expected ${String(should)}`],
  );
}
