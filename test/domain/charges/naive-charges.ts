/**
 * An exact fraction, as plain as can be. The numerator may be below zero, the denominator never is.
 */
class Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;

  constructor(numerator: bigint, denominator = 1n) {
    this.numerator = numerator;
    this.denominator = denominator;
  }

  plus({ numerator, denominator }: Fraction): Fraction {
    return new Fraction(
      this.numerator * denominator + numerator * this.denominator,
      this.denominator * denominator,
    );
  }

  times({ numerator, denominator }: Fraction): Fraction {
    return new Fraction(this.numerator * numerator, this.denominator * denominator);
  }

  isBelow({ numerator, denominator }: Fraction): boolean {
    return this.numerator * denominator < numerator * this.denominator;
  }

  /** The nearest multiple of `step`, a half up, found by going up one step at a time from below. */
  roundedTo(step: bigint): bigint {
    const half = new Fraction(step, 2n);
    let multiple = (this.numerator / this.denominator / step) * step;
    while (!this.isBelow(half.plus(new Fraction(multiple)))) multiple += step;
    return multiple;
  }
}

/** A trade for the naive sum: prices in paise. */
type NaiveTrade = {
  readonly order: string;
  readonly symbol: string;
  readonly side: "BUY" | "SELL";
  readonly quantity: number;
  readonly price: number;
};

/** The naive day's amounts in paise; STT by symbol. */
type NaiveCharges = {
  readonly brokerage: bigint;
  readonly stt: ReadonlyMap<string, bigint>;
  readonly transaction: bigint;
  readonly ipft: bigint;
  readonly sebi: bigint;
  readonly stamp: bigint;
  readonly gst: bigint;
  readonly demat: bigint;
};

const paisa = 1n;
const rupee = 100n;
const crore = 1_000_000_000n;

/**
 * Days with rates of their own: paise a crore of NSE and of its fund, and a sale's demat fee, from
 * the day on.
 */
export const naiveDays = [
  "2023-04-03",
  "2024-04-01",
  "2024-09-30",
  "2024-10-01",
  "2026-02-27",
  "2026-11-20",
];

function ratesOn(date: string): { nse: bigint; fund: bigint; demat: bigint } {
  if (date < "2024-04-01") return { nse: 32_500n, fund: 1_000n, demat: 1_350n };
  if (date < "2024-10-01") return { nse: 32_200n, fund: 1_000n, demat: 1_350n };
  if (date < "2026-03-01") return { nse: 29_700n, fund: 1_000n, demat: 1_300n };
  return { nse: 30_699n, fund: 1n, demat: 1_300n };
}

/**
 * The charges of a day as domain.md 3 and 9 tell them, share by share: every share is a line of
 * its own, and is delivered or not. Slow, with its own rates and its own arithmetic. No part of
 * src is used.
 */
export function naiveCharges(
  date: string,
  trades: readonly NaiveTrade[],
  brokerageOf: (value: bigint) => readonly [numerator: bigint, denominator: bigint],
  gstHalves: 1 | 2,
): NaiveCharges {
  const symbols = [...new Set(trades.map(({ symbol }) => symbol))];
  const orders = [...new Set(trades.map(({ order }) => order))];
  const value = (some: readonly NaiveTrade[]): bigint =>
    some.reduce((sum, { price, quantity }) => sum + BigInt(price) * BigInt(quantity), 0n);
  const turnover = new Fraction(value(trades));
  const brokerage = orders
    .map((order) => new Fraction(...brokerageOf(value(trades.filter((t) => t.order === order)))))
    .reduce((sum, each) => sum + each.roundedTo(paisa), 0n);
  const rates = ratesOn(date);
  const transaction = turnover.times(new Fraction(rates.nse, crore)).roundedTo(paisa);
  const sebi = turnover.times(new Fraction(1_000n, crore)).roundedTo(paisa);
  const halves = (base: bigint): bigint => {
    const part = new Fraction(18n, 100n * BigInt(gstHalves));
    return BigInt(gstHalves) * new Fraction(base).times(part).roundedTo(paisa);
  };
  let stamp = new Fraction(0n);
  let isins = 0n;
  const stt = new Map<string, bigint>();
  for (const symbol of symbols) {
    const own = sharesOf(trades.filter((trade) => trade.symbol === symbol));
    stt.set(symbol, own.stt);
    stamp = stamp.plus(own.stamp);
    if (own.isDelivered) isins += 1n;
  }
  return {
    brokerage,
    stt,
    transaction,
    ipft: turnover.times(new Fraction(rates.fund, crore)).roundedTo(paisa),
    sebi,
    stamp: stamp.roundedTo(rupee),
    gst: halves(brokerage + transaction + sebi),
    demat: isins * rates.demat + halves(isins * rates.demat),
  };
}

/** One security's shares, each taxed by itself. */
function sharesOf(trades: readonly NaiveTrade[]) {
  const prices = (side: "BUY" | "SELL"): bigint[] =>
    trades
      .filter((trade) => trade.side === side)
      .flatMap(({ quantity, price }) => Array.from({ length: quantity }, () => BigInt(price)));
  const bought = prices("BUY");
  const sold = prices("SELL");
  const sum = (some: readonly bigint[]): bigint => some.reduce((total, each) => total + each, 0n);
  const count = BigInt(bought.length + sold.length);
  const vwap = new Fraction(sum(bought) + sum(sold), count).roundedTo(paisa);
  const intraday = Math.min(bought.length, sold.length);
  let tax = new Fraction(0n);
  for (let share = 0; share < bought.length; share += 1)
    if (share >= intraday) tax = tax.plus(new Fraction(vwap, 1_000n));
  for (let share = 0; share < sold.length; share += 1)
    tax = tax.plus(new Fraction(vwap, share < intraday ? 4_000n : 1_000n));
  const boughtIntraday =
    bought.length === 0
      ? 0n
      : new Fraction(sum(bought) * BigInt(intraday), BigInt(bought.length)).roundedTo(paisa);
  const stamp = new Fraction((sum(bought) - boughtIntraday) * 15n + boughtIntraday * 3n, 100_000n);
  return { stt: tax.roundedTo(rupee), stamp, isDelivered: sold.length > intraday };
}
