import type { DepthJson } from "../schemas.ts";

/**
 * What changed from one picture of a book to the next; null where nothing did. Quantity 0: the
 * price is gone.
 */
type DepthChange = {
  readonly symbol: string;
  readonly bids: DepthJson["bids"];
  readonly asks: DepthJson["asks"];
  readonly rest: Omit<DepthJson, "bids" | "asks" | "symbol">;
};

/** The change between two pictures of the same book and number of levels. */
export function depthChange(before: DepthJson, after: DepthJson): DepthChange | null {
  const { symbol, bids: nextBids, asks: nextAsks, ...rest } = after;
  const bids = levelChanges(before.bids, nextBids);
  const asks = levelChanges(before.asks, nextAsks);
  const isSame = bids.length === 0 && asks.length === 0 && isSameRest(before, after);
  return isSame ? null : { symbol, bids, asks, rest };
}

/** `seq` alone is no change: another symbol's step moved it. */
function isSameRest(before: DepthJson, after: DepthJson): boolean {
  return (
    before.volume === after.volume &&
    before.last_at === after.last_at &&
    before.total_buy_quantity === after.total_buy_quantity &&
    before.total_sell_quantity === after.total_sell_quantity &&
    before.unpriced_quantity === after.unpriced_quantity
  );
}

function levelChanges(before: DepthJson["bids"], after: DepthJson["bids"]): DepthJson["bids"] {
  const old = new Map(before.map((level) => [level.price_paise, level]));
  const changed = after.filter((level) => {
    const was = old.get(level.price_paise);
    old.delete(level.price_paise);
    return was === undefined || was.quantity !== level.quantity || was.orders !== level.orders;
  });
  const gone = [...old.keys()].map((price_paise) => ({ price_paise, quantity: 0, orders: 0 }));
  return [...changed, ...gone];
}
