import { chargeTitles, ratedLine, type ChargeLine } from "./line.ts";
import type { ChargeTerms } from "./tables.ts";
import { rupees } from "../facts/units.ts";

/**
 * Which goods and services tax a supply bears: the Union's half and the state's (`sgst`), the
 * Union's and a Union territory's (`utgst`), or the integrated tax between two states (`igst`).
 */
export type GstKind = "sgst" | "utgst" | "igst";

/**
 * The tax that a member of one state asks of a client of another or the same: where the service is
 * supplied is where the member's records say the client is, else where the member is. Source: IGST
 * Act 2017, section 12(12). States by their two letters, as in `MH`.
 */
export function gstKind(memberState: string, clientState: string | null): GstKind {
  if (clientState !== null && clientState !== memberState) return "igst";
  return territories.has(memberState) ? "utgst" : "sgst";
}

/** True for the two letters of a state or Union territory. */
export function isStateCode(text: string): boolean {
  return territories.has(text) || states.has(text);
}

/** The tax on other charges' amounts as charged, a line for each half. */
export function gstLines(
  taxed: readonly ChargeLine[],
  kind: GstKind,
  { rates, roundings }: ChargeTerms,
): readonly ChargeLine[] {
  const what = taxed.map(
    ({ charge, amountPaise }) => `${chargeTitles[charge]} ${rupees(amountPaise)}`,
  );
  const basePaise = taxed.reduce((sum, { amountPaise }) => sum + BigInt(amountPaise), 0n);
  const names = kind === "igst" ? (["igst"] as const) : (["cgst", kind] as const);
  return names.map((name) => {
    const part = { what: what.join(" + "), basePaise, rate: rates[name] };
    return ratedLine(name, null, [part], roundings.gst);
  });
}

/** Union territories without an own legislature. Source: UTGST Act 2017, section 1. */
const territories: ReadonlySet<string> = new Set(["AN", "CH", "DH", "LA", "LD"]);

/**
 * States, and the Union territories that levy a state's tax. Source: ISO 3166-2:IN, as of
 * November 2023.
 */
const states: ReadonlySet<string> = new Set(
  (
    "AP AR AS BR CG DL GA GJ HP HR JH JK KA KL MH ML MN MP MZ NL OD PB PY RJ SK TN TR TS UK " +
    "UP WB"
  ).split(" "),
);
