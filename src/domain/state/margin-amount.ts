import type { PricePaise } from "../facts/units.ts";

/**
 * What an account traded of a security in one settlement and has not paid in. `shares`: above zero
 * bought, below zero sold, net. `paise`: what they cost; below zero, what they brought.
 */
export type MarginPosition = {
  shares: number;
  paise: number;
  /** Of the shares sold, paid in early; of those bought, paid for early. */
  paidInShares: number;
  paidForShares: number;
};

/**
 * What the open orders of an account in a security come to. Their sums may leave the safe integers.
 */
export type OpenOrderSums = {
  buyShares: bigint;
  buyPaise: bigint;
  sellShares: bigint;
  sellPaise: bigint;
  /** Of sells without a price: counted at the mark. */
  unpricedShares: bigint;
};

/**
 * What a margin is counted by: the price a share is worth now, and the rate in hundredths of
 * a percent.
 */
export type MarginBasis = { readonly markPaise: PricePaise; readonly basisPoints: number };

/** A position without trades. */
export function noPosition(): MarginPosition {
  return { shares: 0, paise: 0, paidInShares: 0, paidForShares: 0 };
}

/** No open orders. */
export function noOpenOrders(): OpenOrderSums {
  return { buyShares: 0n, buyPaise: 0n, sellShares: 0n, sellPaise: 0n, unpricedShares: 0n };
}

/**
 * The margin on a position, in paise: the rate on the value of what is not paid in, and what that
 * has lost against the mark, each rounded up. A loss on shares bought and sold again counts until
 * it is paid.
 */
export function marginOnPosition(position: MarginPosition, basis: MarginBasis): bigint {
  const { shares, paise, paidInShares, paidForShares } = position;
  return marginOn(BigInt(shares), BigInt(paise), { paidInShares, paidForShares }, basis);
}

/**
 * The margin on open orders and the position they would change: as if all buys were filled, or all
 * sells, whichever is more.
 */
export function marginOnOrders(
  orders: OpenOrderSums,
  position: MarginPosition,
  basis: MarginBasis,
): bigint {
  const shares = BigInt(position.shares);
  const paise = BigInt(position.paise);
  const { buyShares, buyPaise, sellShares, sellPaise, unpricedShares } = orders;
  const unpricedPaise = unpricedShares * BigInt(basis.markPaise);
  const bought = marginOn(shares + buyShares, paise + buyPaise, position, basis);
  const soldShares = sellShares + unpricedShares;
  const sold = marginOn(shares - soldShares, paise - sellPaise - unpricedPaise, position, basis);
  return bought > sold ? bought : sold;
}

function marginOn(
  shares: bigint,
  paise: bigint,
  paid: Pick<MarginPosition, "paidInShares" | "paidForShares">,
  { markPaise, basisPoints }: MarginBasis,
): bigint {
  const mark = BigInt(markPaise);
  const lossPaise = max(0n, paise - shares * mark);
  if (shares === 0n) return lossPaise;
  const isBought = shares > 0n;
  const size = isBought ? shares : -shares;
  const uncovered = max(0n, size - BigInt(isBought ? paid.paidForShares : paid.paidInShares));
  const exposure = dividedUp(uncovered * mark * BigInt(basisPoints), 10_000n);
  return exposure + dividedUp(lossPaise * uncovered, size);
}

function dividedUp(amount: bigint, by: bigint): bigint {
  return (amount + by - 1n) / by;
}

function max(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
