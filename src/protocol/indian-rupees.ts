import { rupees } from "../domain/units.ts";

/** Paise as rupees with India's commas, lakh and crore: `1,23,45,678.90`. Below zero with a minus. */
export function groupedRupees(amountPaise: number): string {
  const [whole = "", rest = ""] = rupees(Math.abs(amountPaise)).split(".");
  const last = whole.slice(-3);
  const before = whole.slice(0, -3).replaceAll(/\B(?=(\d\d)+$)/g, ",");
  const sign = amountPaise < 0 ? "-" : "";
  return `${sign}${before === "" ? last : `${before},${last}`}.${rest}`;
}

/** The same as contract notes write it: in brackets what the client owes. */
export function bracketedRupees(amountPaise: number): string {
  const text = groupedRupees(Math.abs(amountPaise));
  return amountPaise < 0 ? `(${text})` : text;
}
