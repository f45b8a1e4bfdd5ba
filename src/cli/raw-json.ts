/** TypeScript's library does not know these yet (Node 24 has them). */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const { rawJSON, parse } = JSON as unknown as {
  rawJSON: (text: string) => unknown;
  parse: (text: string, reviver: Reviver) => unknown;
};

/** A number that JSON.stringify prints as this text: `98500.0` stays so. */
export function rawNumber(text: string): unknown {
  return rawJSON(text);
}

/**
 * A record's value for JSON output: the object as it is on the wire, its numbers as they were
 * written. What is not JSON is shown as base64; null stays null.
 */
export function wireValue(value: Buffer | null): unknown {
  if (value === null) return null;
  try {
    return parse(value.toString("utf8"), (_key, found, { source }) =>
      typeof found === "number" && source !== undefined ? rawJSON(source) : found,
    );
  } catch {
    return { base64: value.toString("base64") };
  }
}

/** The fields of a record's value; none where it is not a JSON object. */
export function wireFields(value: Buffer | null): Readonly<Record<string, unknown>> {
  const found = wireValue(value);
  return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
}
