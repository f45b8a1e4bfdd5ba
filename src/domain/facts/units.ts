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
  if (!condition) failInvariant(message);
}

/**
 * Stops the process: for hot paths, where building the message of an `assert` that holds costs
 * too much.
 */
export function failInvariant(message: string): never {
  throw new Error(`broken invariant: ${message}`);
}

/** The number as paise. Breaks unless it is a safe integer. */
export function paise(value: number): Paise {
  if (!Number.isSafeInteger(value)) failInvariant(`${value} is not a whole number of paise`);
  return value as Paise;
}

/** The number as a price. Breaks unless it is a positive safe integer. */
export function pricePaise(value: number): PricePaise {
  if (!Number.isSafeInteger(value) || value <= 0) failInvariant(`${value} is not a price in paise`);
  return value as PricePaise;
}

/** The number as a count of shares. Breaks unless it is a positive safe integer. */
export function quantity(value: number): Quantity {
  if (!Number.isSafeInteger(value) || value <= 0) failInvariant(`${value} is not a quantity`);
  return value as Quantity;
}

/** The number as a moment. Breaks unless it is a non-negative safe integer. */
export function timeMs(value: number): TimeMs {
  if (!Number.isSafeInteger(value) || value < 0)
    failInvariant(`${value} is not a time in milliseconds`);
  return value as TimeMs;
}

/** Cash value of shares at a price, in paise. Breaks where the product leaves the safe integers. */
export function consideration(price: PricePaise, shares: Quantity): Paise {
  return paise(price * shares);
}

/**
 * Rupees as people type a price, always with paise: 98500 paise is `985.00`. Computed in integers.
 */
export function rupees(amountPaise: number | bigint): string {
  const digits = String(amountPaise < 0 ? -amountPaise : amountPaise).padStart(3, "0");
  return `${amountPaise < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** An amount of rupees for people, with India's commas of lakh and crore: `1,23,45,678.90`. */
export function groupedRupees(amountPaise: number | bigint): string {
  const paise = BigInt(amountPaise);
  const size = paise < 0n ? -paise : paise;
  const rest = String(size % 100n).padStart(2, "0");
  return `${paise < 0n ? "-" : ""}${groupedWhole(size / 100n)}.${rest}`;
}

/** A whole number for people, grouped the same way: `1,00,000`. */
export function groupedWhole(whole: number | bigint): string {
  const digits = String(whole < 0 ? -whole : whole);
  const last = digits.slice(-3);
  const before = digits.slice(0, -3).replaceAll(/\B(?=(\d\d)+$)/g, ",");
  return `${whole < 0 ? "-" : ""}${before === "" ? last : `${before},${last}`}`;
}
