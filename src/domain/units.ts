type Unit<Name extends string> = number & { readonly __unit: Name };

/** An amount of rupees in paise. Safe integer; negative where it leaves an account. */
export type Paise = Unit<"Paise">;
/** Price of one share in paise. Safe integer, at least 1, a multiple of the instrument's tick. */
export type PricePaise = Unit<"PricePaise">;
/** Number of shares. Safe integer, at least 1. */
export type Quantity = Unit<"Quantity">;
/** A moment of the shard's clock: milliseconds since 1970 in UTC, integer, never backwards. */
export type TimeMs = Unit<"TimeMs">;

/** NSE's name of a security, as in `SBIN`: 1 to 20 characters of A-Z 0-9 & -. */
export type Ticker = string;
/** A member's short name, as in `HDFC`. */
export type Participant = string;

/** Stops the process when `condition` is false: a broken invariant is our bug, never an input. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${message}`);
}

/** The number as paise. Breaks unless it is a safe integer. */
export function paise(value: number): Paise {
  assert(Number.isSafeInteger(value), `${value} is not a whole number of paise`);
  return value as Paise;
}

/** The number as a price. Breaks unless it is a positive safe integer. */
export function pricePaise(value: number): PricePaise {
  assert(Number.isSafeInteger(value) && value > 0, `${value} is not a price in paise`);
  return value as PricePaise;
}

/** The number as a count of shares. Breaks unless it is a positive safe integer. */
export function quantity(value: number): Quantity {
  assert(Number.isSafeInteger(value) && value > 0, `${value} is not a quantity`);
  return value as Quantity;
}

/** The number as a moment. Breaks unless it is a non-negative safe integer. */
export function timeMs(value: number): TimeMs {
  assert(Number.isSafeInteger(value) && value >= 0, `${value} is not a time in milliseconds`);
  return value as TimeMs;
}

/** Cash value of shares at a price, in paise. Breaks where the product leaves the safe integers. */
export function consideration(price: PricePaise, shares: Quantity): Paise {
  return paise(price * shares);
}
