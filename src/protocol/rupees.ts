import type { Result } from "./result.ts";

/** Why a readable number is no amount in paise. */
type RupeesProblem = "PRICE_DECIMALS" | "PRICE_OUT_OF_RANGE";

const numberText = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** Digits of 2^53 - 1, the largest amount of paise that is held exactly. */
const safeDigits = 16;

/**
 * Reads a JSON number's source text as rupees and gives paise, exactly: no float is involved. More
 * than two decimals that are not zeros: PRICE_DECIMALS. Beyond the safe integers:
 * PRICE_OUT_OF_RANGE. Whatever the exponent says, no more than 16 digits are ever written out.
 */
export function readRupees(text: string): Result<number, RupeesProblem> {
  const match = numberText.exec(text);
  if (match === null) return { ok: false, problem: "PRICE_DECIMALS" };
  const [, sign, whole = "", decimals = "", exponent = "0"] = match;
  const digits = significant(whole + decimals);
  if (digits.text === "") return { ok: true, value: 0 };
  const powerOfPaise = Number(exponent) - decimals.length + digits.zerosCut + 2;
  if (powerOfPaise < 0) return { ok: false, problem: "PRICE_DECIMALS" };
  if (digits.text.length + powerOfPaise > safeDigits)
    return { ok: false, problem: "PRICE_OUT_OF_RANGE" };
  const paise = Number(digits.text + "0".repeat(powerOfPaise));
  if (!Number.isSafeInteger(paise)) return { ok: false, problem: "PRICE_OUT_OF_RANGE" };
  return { ok: true, value: sign === "-" ? -paise : paise };
}

/**
 * The digits without zeros at either end. Loops, because /0+$/ takes quadratic time on 64 KiB
 * of zeros.
 */
function significant(digits: string): { readonly text: string; readonly zerosCut: number } {
  let start = 0;
  let end = digits.length;
  while (start < end && digits.charCodeAt(start) === 48) start += 1;
  while (end > start && digits.charCodeAt(end - 1) === 48) end -= 1;
  return { text: digits.slice(start, end), zerosCut: digits.length - end };
}

/** Paise as Python writes a float of rupees: `98500.0`, `98500.5`, `98500.05`. */
export function rupeesAsPythonFloat(paise: number): string {
  const { sign, whole, rest } = split(paise);
  if (rest % 10 === 0) return `${sign}${whole}.${rest / 10}`;
  return `${sign}${whole}.${twoDigits(rest)}`;
}

/** Paise for people: `98500`, and `98500.50` where there are paise. */
export function rupeesForPeople(paise: number): string {
  const { sign, whole, rest } = split(paise);
  return rest === 0 ? `${sign}${whole}` : `${sign}${whole}.${twoDigits(rest)}`;
}

/** Subtracts before dividing, so that the quotient is whole and exact. */
function split(paise: number): { sign: string; whole: number; rest: number } {
  const amount = Math.abs(paise);
  const rest = amount % 100;
  return { sign: paise < 0 ? "-" : "", whole: (amount - rest) / 100, rest };
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
