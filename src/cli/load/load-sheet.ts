import { newLatencies, shares, type Latencies } from "./latencies.ts";
import type { LoadOutcome, SentOrder } from "./sent-order.ts";
import type { Output } from "../output.ts";

/** What was measured, each from the moment that an order was due. */
const spans = {
  late: "this generator behind its timetable",
  written: "order to the broker's word",
  answer: "order to its answer",
  decided: "order to its event",
  legs: "order to both legs",
} as const;

/** One of them. */
type Span = keyof typeof spans;

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
  const late = newLatencies();
  const [written, answer] = [newLatencies(), newLatencies()];
  const [decided, legs] = [newLatencies(), newLatencies()];
  const measured = { late, written, answer, decided, legs };
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

/** What came of a run beside its figures. */
export type Sums = {
  /** Orders asked for, sent in so many seconds, and without an answer, an event or a leg. */
  readonly count: number;
  readonly sent: number;
  readonly seconds: number;
  readonly open: number;
  /** Ended by Ctrl-C. */
  readonly isCut: boolean;
};

/** What was asked for, as far as it is said again. */
type Asked = {
  readonly to: string;
  readonly rate: number;
  readonly runId: string;
  readonly seed: number;
};

/** A generator that was so late itself says so. */
const lateMs = 10;

/** True where every order was sent, or cut off by who asked, and none is unknown. */
export function isWhole({ outcomes }: LoadSheet, sums: Sums | null): boolean {
  const lacking = (outcomes.get("unknown") ?? 0) + (outcomes.get("not_sent") ?? 0);
  return sums !== null && lacking + sums.open === 0 && (sums.isCut || sums.sent === sums.count);
}

/** Says the figures, and what was not as it was asked. */
export function sayLoad(output: Output, asked: Asked, sheet: LoadSheet, sums: Sums): void {
  const { to, rate, runId: run_id, seed } = asked;
  const { count: orders, sent, seconds, open, isCut } = sums;
  const told = [...sheet.outcomes].map(([outcome, many]) => `${many} ${outcome.replace("_", " ")}`);
  if (open > 0) told.push(`${open} still open`);
  // The last order is due one beat before the time is over.
  const had = sent / Math.max(seconds, sent / rate);
  const cut = isCut ? `, ended by Ctrl-C after ${sent} of ${orders}` : "";
  output.fact(
    `LOAD  ${sent} orders in ${seconds.toFixed(1)} s (${had.toFixed(0)}/s of ${rate}/s) by ${to}${cut}: ` +
      `${told.join(", ")}; run ${run_id}, seed ${seed}`,
    {
      type: "load",
      to,
      run_id,
      seed,
      rate,
      orders,
      sent,
      seconds,
      outcomes: Object.fromEntries(sheet.outcomes),
      open,
    },
  );
  sayReasons(output, sheet);
  sayLatencies(output, sheet);
  const late = sheet.spans.late.at(99);
  if (late > lateMs)
    output.warn(
      `this generator was late itself, p99 ${late.toFixed(0)} ms: the machine has too little to spare; ` +
        "no order was left out, and latencies count from the timetable",
    );
}

function sayReasons(output: Output, { reasons }: LoadSheet): void {
  for (const [reason, orders] of [...reasons].toSorted(([, one], [, other]) => other - one)) {
    const [outcome, ...words] = reason.split(" ");
    const why = words.join(" ");
    output.fact(`WHY  ${orders} ${outcome}: ${why}`, { type: "reason", outcome, why, orders });
  }
  if (reasons.has("refused TOO_MANY_ORDERS"))
    output.warn(
      "a gateway takes so many orders a second of a key: --orders-per-second when it starts",
    );
}

function sayLatencies({ fact }: Output, sheet: LoadSheet): void {
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
