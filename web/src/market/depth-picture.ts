import type { DepthDelta, DepthJson, LevelJson } from "../wire.ts";

/** The book as of the last message: exact, never guessed. */
type DepthPicture = DepthJson;

/**
 * The picture after a delta. Levels named replace those of their price, quantity 0 takes a price
 * out, what is not named stays. Throws nothing: whether the result can be true is asked with
 * `findFault`.
 */
export function mergeDelta(picture: DepthPicture, delta: DepthDelta): DepthPicture {
  return {
    ...delta.rest,
    symbol: picture.symbol,
    bids: mergeSide(picture.bids, delta.bids, (a, b) => b.price_paise - a.price_paise),
    asks: mergeSide(picture.asks, delta.asks, (a, b) => a.price_paise - b.price_paise),
  };
}

function mergeSide(
  side: readonly LevelJson[],
  changed: readonly LevelJson[],
  order: (a: LevelJson, b: LevelJson) => number,
): LevelJson[] {
  if (changed.length === 0) return [...side];
  const byPrice = new Map(side.map((level) => [level.price_paise, level]));
  for (const level of changed) {
    if (level.quantity === 0) byPrice.delete(level.price_paise);
    else byPrice.set(level.price_paise, level);
  }
  return [...byPrice.values()].toSorted(order);
}

/**
 * Why a picture cannot be the market's, so that the merging must have missed something; null where
 * it can.
 */
export function findFault({ bids, asks }: DepthPicture, levels: number): string | null {
  if (bids.length > levels || asks.length > levels) return `more than ${levels} prices on a side`;
  const bid = bids[0]?.price_paise;
  const ask = asks[0]?.price_paise;
  // A book never rests crossed: the exchange trades before it lets an order rest.
  if (bid !== undefined && ask !== undefined && bid >= ask)
    return "the best bid is not below the best ask";
  return null;
}
