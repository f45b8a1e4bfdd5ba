import { formatTime } from "../format/moments.ts";
import { groupIndian } from "../format/rupees.ts";
import type { FlowJson } from "../wire.ts";

/** A box of the picture: a topic with its rate, or a service between topics. */
type FlowBox = {
  readonly name: string;
  readonly kind: "topic" | "service";
  readonly column: number;
  /** Records a second, all partitions together; null for services and topics nobody told of. */
  readonly ratePerS: number | null;
  readonly endOffset: number | null;
};

/** Columns of the picture, from what is asked to the public topics. */
export const columns = [
  "What is asked",
  "Relayed by",
  "In the market's order",
  "Decided by",
  "The truth",
  "Published by",
  "For everybody",
] as const;

const inputs = ["Trade_Order", "Counter_party", "buy-orders", "sell-offers", "sauda.orders"];
const services = [
  { name: "intake", column: 1 },
  { name: "gateway", column: 1 },
  { name: "exchange", column: 3 },
  { name: "publisher", column: 5 },
];
/** The publisher's own marks and the snapshots are no messages to anybody. */
const unseen = new Set(["sauda.published", "sauda.snapshots"]);

/** The boxes of the flow, column by column. A topic nobody has written to is there too, at rest. */
export function flowBoxes({ topics }: FlowJson): FlowBox[] {
  const names = [...new Set([...inputs, ...topics.map(({ topic }) => topic)])];
  const boxes = names
    .filter((name) => !unseen.has(name))
    .map((name): FlowBox => {
      const own = topics.filter(({ topic }) => topic === name);
      const sum = (field: "rate_per_s" | "end_offset"): number | null =>
        own.length === 0 ? null : own.reduce((total, each) => total + each[field], 0);
      const [ratePerS, endOffset] = [sum("rate_per_s"), sum("end_offset")];
      return { name, kind: "topic", column: columnOf(name), ratePerS, endOffset };
    });
  const between = services.map(({ name, column }): FlowBox => {
    return { name, kind: "service", column, ratePerS: null, endOffset: null };
  });
  return [...boxes, ...between];
}

function columnOf(topic: string): number {
  if (inputs.includes(topic)) return 0;
  if (topic === "sauda.commands") return 2;
  return topic === "sauda.events" ? 4 : 6;
}

/** Values over time for a small curve, newest last. */
export type Trend = readonly number[];

const trendMax = 90;

/** The trend with one more value. */
export function withValue(trend: Trend | undefined, value: number): Trend {
  return [...(trend ?? []), value].slice(-trendMax);
}

/**
 * A trend as the points of an SVG polyline of the given size; its top is a little above the highest
 * value.
 */
export function trendPoints(trend: Trend, width: number, height: number): string {
  const top = Math.max(1, ...trend) * 1.15;
  const step = width / (trendMax - 1);
  const left = width - (trend.length - 1) * step;
  return trend
    .map((value, index) => {
      const y = height - 1 - (value / top) * (height - 2);
      return `${(left + index * step).toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}

/** How a follower is doing, in a word that needs no colour. */
export function lagWord(
  lagRecords: number,
  lagSeconds: number | null,
): "in step" | "behind" | "far behind" {
  const seconds = lagSeconds ?? 0;
  if (lagRecords === 0 || seconds < 1) return "in step";
  return seconds < 10 ? "behind" : "far behind";
}

/** A source whose records wait, or were gone before they were read. */
export type LostSource = {
  readonly key: string;
  readonly source: string;
  readonly state: "HELD" | "MISSING";
  readonly what: string;
};

/** Sources held back by an open transaction, then what was deleted unread. */
export function lostSources({ held, inputs_missing }: FlowJson): LostSource[] {
  return [
    ...held.map((each): LostSource => {
      const { topic, partition, producer_id, transactional_id, start_offset, age_seconds } = each;
      const named = transactional_id === null ? "" : ` (${transactional_id})`;
      return {
        key: `${topic} ${partition} ${producer_id}`,
        source: `${topic}[${partition}]`,
        state: "HELD",
        what:
          `by an open transaction of producer ${producer_id}${named} for ` +
          `${age_seconds.toFixed(0)} s, from offset ${groupIndian(start_offset)} on`,
      };
    }),
    ...inputs_missing.map(({ topic, partition, from_offset, to_offset, at }): LostSource => {
      return {
        key: `${topic} ${partition} ${from_offset} missing`,
        source: `${topic}[${partition}]`,
        state: "MISSING",
        what:
          `offsets ${groupIndian(from_offset)} to ${groupIndian(to_offset)} were deleted before ` +
          `they were read, noted ${formatTime(at)}`,
      };
    }),
  ];
}
