import type { Result } from "./result.ts";

const wholeText = /^-?\d+$/;

/**
 * Reads a whole number as all ways in take one, by the text it came in: `100`, never `100.0`,
 * `1e2`, `+100`, `0x64` or a space. A float would take `50000.0000000000001` for 50000. Beyond the
 * safe integers: TOO_LARGE.
 */
export function readWholeNumber(text: string): Result<number, "NOT_WHOLE" | "TOO_LARGE"> {
  if (!wholeText.test(text)) return { ok: false, problem: "NOT_WHOLE" };
  // Adding 0 makes -0 a plain 0.
  const value = Number(text) + 0;
  if (!Number.isSafeInteger(value)) return { ok: false, problem: "TOO_LARGE" };
  return { ok: true, value };
}

/** Strings in a JSON text, so that what is left has digits only in its numbers. */
const jsonString = /"(?:[^"\\]|\\.)*"/g;

/** True if every number of a JSON text, at whatever depth, is written as a whole one. */
export function hasOnlyWholes(jsonText: string): boolean {
  return !/\d[.eE]/.test(jsonText.replace(jsonString, '""'));
}
