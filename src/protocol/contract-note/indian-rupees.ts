import { groupedRupees } from "../../domain/facts/units.ts";

/** Rupees as contract notes write them: in brackets what the client owes. */
export function bracketedRupees(amountPaise: number): string {
  const text = groupedRupees(Math.abs(amountPaise));
  return amountPaise < 0 ? `(${text})` : text;
}
