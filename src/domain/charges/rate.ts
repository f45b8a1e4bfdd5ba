/**
 * A part of a base amount, exactly: `parts` of `per`. Only decimal denominators, so that raw
 * charges end.
 */
export type Rate = { readonly parts: number; readonly per: 100_000 | 1_000_000_000 };

/** Rounds to the nearest multiple of `stepPaise` (100 is a rupee); a half goes up or down. */
export type Rounding = { readonly stepPaise: number; readonly half: "up" | "down" };

/** An amount before it is rounded: a whole number of billionths of a paisa, never below zero. */
export type RawAmount = bigint;

/** One paisa as a raw amount. */
export const rawPaisa = 1_000_000_000n;

/** A rate in thousandths of a percent: 25 is 0.025 %. */
export function percent(thousandths: number): Rate {
  return { parts: thousandths, per: 100_000 };
}

/** A rate in paise per crore of rupees (1e9 paise): 30699 is Rs 306.99 per crore. */
export function perCrore(amountPaise: number): Rate {
  return { parts: amountPaise, per: 1_000_000_000 };
}

/** The rate as people write it: `0.025 %`, `Rs 306.99 per crore`. */
export function rateText({ parts, per }: Rate): string {
  return per === 100_000 ? `${decimalText(BigInt(parts), 3, 0)} %` : `Rs ${perCroreText(parts)}`;
}

/** What the rate takes from a base in paise, before rounding. */
export function rawCharge(basePaise: bigint, { parts, per }: Rate): RawAmount {
  return basePaise * BigInt(parts) * (rawPaisa / BigInt(per));
}

/** The raw amount in rupees, all of its decimals and at least two: `3.02385`, `98.50`. */
export function rawRupees(raw: RawAmount): string {
  return decimalText(raw, 11, 2);
}

/** The raw amount rounded, in paise. */
export function roundRaw(raw: RawAmount, { stepPaise, half }: Rounding): bigint {
  const step = BigInt(stepPaise);
  return roundedQuotient(raw, step * rawPaisa, half) * step;
}

/**
 * A quotient of numbers not below zero, rounded to the nearest whole number; a half goes up
 * or down.
 */
export function roundedQuotient(
  numerator: bigint,
  denominator: bigint,
  half: Rounding["half"],
): bigint {
  const whole = numerator / denominator;
  const twiceRest = 2n * (numerator - whole * denominator);
  const isUp = half === "up" ? twiceRest >= denominator : twiceRest > denominator;
  return isUp ? whole + 1n : whole;
}

/** The rounding as people say it: `nearest rupee, half up`. */
export function roundingText({ stepPaise, half }: Rounding): string {
  const names = new Map([
    [1, "paisa"],
    [100, "rupee"],
  ]);
  return `nearest ${names.get(stepPaise) ?? `${stepPaise} paise`}, half ${half}`;
}

function perCroreText(parts: number): string {
  return `${decimalText(BigInt(parts), 2, 2)} per crore`;
}

/**
 * A whole number not below zero over 10^`decimals`, without zeros at the end beyond `decimalsMin`.
 */
export function decimalText(value: bigint, decimals: number, decimalsMin: number): string {
  const digits = value.toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, -decimals);
  const rest = digits.slice(-decimals);
  const kept = rest.slice(0, decimalsMin) + rest.slice(decimalsMin).replace(/0+$/, "");
  return kept === "" ? whole : `${whole}.${kept}`;
}
