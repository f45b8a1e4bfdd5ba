import type { HopJson, LegJson } from "../wire.ts";

/** The stations of a trade, in its order. */
export const lanes = [
  "broker",
  "exchange",
  "counterparty",
  "settlement",
] as const satisfies readonly HopJson["lane"][];

/** A station. */
type Lane = HopJson["lane"];

/** A hop where it is on the chart. */
export type ChartedHop = {
  readonly hop: HopJson;
  readonly lane: Lane;
  readonly column: number;
  readonly index: number;
  /** Since the first hop with a time; null without one. */
  readonly sinceStartMs: number | null;
};

/** The hops in their lanes, in the order told. */
export function chartHops(journey: { readonly hops: readonly HopJson[] }): ChartedHop[] {
  const startMs = firstMs(journey.hops);
  return journey.hops.map((hop, index) => {
    const { lane } = hop;
    const atMs = hop.at === null ? null : Date.parse(hop.at);
    const sinceStartMs = atMs === null || startMs === null ? null : atMs - startMs;
    return { hop, lane, column: lanes.indexOf(lane), index, sinceStartMs };
  });
}

function firstMs(hops: readonly HopJson[]): number | null {
  const first = hops.find(({ at }) => at !== null)?.at;
  return first === undefined || first === null ? null : Date.parse(first);
}

/** From the first hop to the last. */
export function wholeSpanMs(charted: readonly ChartedHop[]): number | null {
  const spans = charted.flatMap(({ sinceStartMs }) =>
    sinceStartMs === null ? [] : [sinceStartMs],
  );
  return spans.length === 0 ? null : Math.max(...spans);
}

/** A leg in the words of the seeds' topics: the buyer's are DEMAT and DEBIT. */
type Leg = {
  readonly word: "DEMAT" | "DEBIT" | "CREDIT" | "DELIVER";
  readonly account: string;
  readonly asset: string;
  /** Shares, or paise for INR; negative leaves the account. */
  readonly amount: number;
};

/** The four legs: what the buyer gets and pays first, then what the seller gets and gives. */
export function legsOf({ legs }: { readonly legs: readonly LegJson[] }): Leg[] {
  const order = ["DEMAT", "DEBIT", "CREDIT", "DELIVER"];
  return legs
    .map((leg): Leg => {
      const { account, asset } = leg;
      if ("quantity" in leg) {
        const isIn = leg.direction === "RECE";
        const amount = isIn ? leg.quantity : -leg.quantity;
        return { word: isIn ? "DEMAT" : "DELIVER", account, asset, amount };
      }
      const isOut = leg.direction === "DEBIT";
      const amount = isOut ? -leg.amount_paise : leg.amount_paise;
      return { word: isOut ? "DEBIT" : "CREDIT", account, asset, amount };
    })
    .toSorted((one, other) => order.indexOf(one.word) - order.indexOf(other.word));
}

/** Deeper JSON is more indent than text, and would need as deep a stack. */
const indentedLevelsMax = 32;

/** The record's text for reading: JSON indented, other text and deep JSON as they are. */
export function readable(record: string): string {
  if (isDeep(record)) return record;
  try {
    return JSON.stringify(JSON.parse(record), null, 2);
  } catch {
    return record;
  }
}

function isDeep(json: string): boolean {
  let depth = 0;
  for (const [part] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[{}\]]/g)) {
    if (part === "[" || part === "{") depth += 1;
    else if (part === "]" || part === "}") depth -= 1;
    if (depth > indentedLevelsMax) return true;
  }
  return false;
}

/**
 * `sauda.events[0] @ 12`: where the record stands; the gateway's door where it stands on no topic.
 */
export function placeText({ topic, partition, offset }: HopJson): string {
  return topic === null ? "HTTP door" : `${topic}[${partition ?? 0}] @ ${offset ?? "?"}`;
}

/** The side a member had in a trade; null for nobody's, and where it traded with itself. */
export function sideOf(
  { buyer, seller }: { readonly buyer: string; readonly seller: string },
  participant: string | null,
): "BUY" | "SELL" | null {
  if (buyer === seller) return null;
  if (buyer === participant) return "BUY";
  return seller === participant ? "SELL" : null;
}
