/**
 * Paise as the JSON number of rupees that Kite's clients read: 98505 is `985.05`. Only for what
 * goes out; nothing is computed with it.
 */
export function rupeeNumber(paise: number | bigint): number {
  return Number(paise) / 100;
}

/** The average price of shares that cost so much together, to the nearest paisa; 0 of no shares. */
export function averagePaise(totalPaise: number | bigint, shares: number): number {
  if (shares === 0) return 0;
  const total = BigInt(totalPaise);
  return Number((2n * total + BigInt(shares)) / (2n * BigInt(shares)));
}
