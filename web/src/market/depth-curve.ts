import type { DepthJson, LevelJson } from "../wire.ts";

/** A corner of the curve, 0 to 1 of the drawing's width and height. */
type CurvePoint = { readonly x: number; readonly y: number };

/** The cumulative depth as two step areas around the mid price. */
type DepthCurve = {
  readonly bids: readonly CurvePoint[];
  readonly asks: readonly CurvePoint[];
  readonly lowPaise: number;
  readonly highPaise: number;
  readonly most: number;
};

/** The curve of a book; null where nothing rests. The nearest price of each side starts it. */
export function depthCurve({ bids, asks }: DepthJson): DepthCurve | null {
  const prices = [...bids, ...asks].map(({ price_paise }) => price_paise);
  if (prices.length === 0) return null;
  const margin = Math.max(1, Math.round((Math.max(...prices) - Math.min(...prices)) * 0.05));
  const lowPaise = Math.min(...prices) - margin;
  const highPaise = Math.max(...prices) + margin;
  const most = Math.max(total(bids), total(asks), 1);
  const at = (pricePaise: number): number => (pricePaise - lowPaise) / (highPaise - lowPaise);
  return {
    bids: steps(bids, at, most, 0),
    asks: steps(asks, at, most, 1),
    lowPaise,
    highPaise,
    most,
  };
}

/** From the best price outwards to the edge. */
function steps(
  levels: readonly LevelJson[],
  at: (pricePaise: number) => number,
  most: number,
  edge: 0 | 1,
): CurvePoint[] {
  let sum = 0;
  const points = levels.flatMap(({ price_paise, quantity }) => {
    const x = at(price_paise);
    const before = sum / most;
    sum += quantity;
    return [
      { x, y: before },
      { x, y: sum / most },
    ];
  });
  return points.length === 0 ? [] : [...points, { x: edge, y: sum / most }, { x: edge, y: 0 }];
}

function total(levels: readonly LevelJson[]): number {
  return levels.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** The points as an SVG polygon of the given size. */
export function polygon(points: readonly CurvePoint[], width: number, height: number): string {
  return points.map(({ x, y }) => `${round(x * width)},${round((1 - y) * height)}`).join(" ");
}

/** The price, on the tick, at a place of the drawing's width. */
export function priceAt(curve: DepthCurve, part: number, tickPaise: number): number {
  const exact = curve.lowPaise + part * (curve.highPaise - curve.lowPaise);
  return Math.max(tickPaise, Math.round(exact / tickPaise) * tickPaise);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
