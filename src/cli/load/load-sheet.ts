import { newLatencies, shares, type Latencies } from "./latencies.ts";
import type { LoadOutcome, SentOrder } from "./sent-order.ts";
import type { Output } from "../output.ts";

/** What was measured, each from the moment that an order was due. */
export const spans = {
  late: "this generator behind its timetable",
  answer: "order to its answer",
  written: "order to the broker's word",
  decided: "order to its event",
  legs: "order to both legs",
} as const;

/** One of them. */
export type Span = keyof typeof spans;

/** The figures of a load. */
export type LoadSheet = {
  readonly outcomes: Map<LoadOutcome, number>;
  /** How often each reason was given, with its outcome before it. */
  readonly reasons: Map<string, number>;
  readonly spans: Readonly<Record<Span, Latencies>>;
};

/** Reasons are words of the gateway or the machine at times: no more kinds are kept. */
const reasonsMax = 50;
const otherReasons = "others";

/** Nothing was sent yet. */
export function newLoadSheet(): LoadSheet {
  const [late, answer, written, decided, legs] = [0, 1, 2, 3, 4].map(newLatencies) as [
    Latencies,
    Latencies,
    Latencies,
    Latencies,
    Latencies,
  ];
  const measured = { late, answer, written, decided, legs };
  return { outcomes: new Map(), reasons: new Map(), spans: measured };
}

/** Takes an answer into the sheet. */
export function noteAnswer(sheet: LoadSheet, sent: SentOrder): void {
  const { outcome, why, dueMs, answeredMs } = sent;
  count(sheet.outcomes, outcome);
  if (why !== null) {
    const reason = `${outcome} ${why}`;
    const isKept = sheet.reasons.has(reason) || sheet.reasons.size < reasonsMax;
    count(sheet.reasons, isKept ? reason : `${outcome} ${otherReasons}`);
  }
  if (outcome === "written") sheet.spans.written.note(answeredMs - dueMs);
  else if (outcome !== "not_sent" && outcome !== "unknown")
    sheet.spans.answer.note(answeredMs - dueMs);
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Says the latencies that were measured, a line each. */
export function sayLatencies({ fact }: Output, sheet: LoadSheet): void {
  for (const [span, latencies] of Object.entries(sheet.spans) as [Span, Latencies][]) {
    if (latencies.count === 0) continue;
    const told = shares.map((percent) => `${nameOf(percent)} ${inMs(latencies.at(percent))} ms`);
    const text = `${span === "late" ? "LATE" : "LATENCY"}  ${spans[span]}: ${told.join("  ")}`;
    const json = Object.fromEntries(
      shares.map((percent) => [`${nameOf(percent).replace(".", "_")}_ms`, latencies.at(percent)]),
    );
    const orders = latencies.count;
    fact(`${text}  (${orders} orders)`, { type: "latency", span, ...json, orders });
  }
}

function nameOf(percent: number): string {
  return percent === 100 ? "max" : `p${percent}`;
}

function inMs(ms: number): string {
  return ms.toFixed(ms < 100 ? 1 : 0);
}
