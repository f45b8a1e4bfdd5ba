import type { UnreadableReason } from "../domain/facts/command.ts";
import { readUniqueObject } from "../protocol/json-text.ts";
import { readWholeNumber } from "../protocol/whole-number.ts";
import { InexactNumber } from "./inexact-number.ts";
import { Problem } from "./problem.ts";

/**
 * Reads a JSON object that came in over HTTP or a socket, as strictly as a record of a topic is
 * read. Every number of these doors is whole, so what is written otherwise (`1e2`,
 * `50000.0000000000001`) is left for the schema to refuse by its field; a field that stands twice
 * is refused. Bodies are flat: numbers of nested values are not looked at. `null` is null. `what`
 * names it to its sender. Throws `Problem` 400.
 */
export function readJson(bytes: Buffer, what: "body" | "message"): unknown {
  const read = readUniqueObject(bytes);
  if (!read.ok) {
    const { reason, field } = read.problem;
    if (reason === "NOT_AN_OBJECT" && bytes.toString("latin1").trim() === "null") return null;
    if (reason === "NOT_AN_OBJECT")
      throw new Problem(400, "INVALID_FIELD", `${what}: send a JSON object`, { field: what });
    const more = field === undefined ? {} : { field };
    throw new Problem(400, reason, `${what}: ${wrong[reason] ?? read.problem.detail}`, more);
  }
  const { fields, numberTexts } = read.value;
  const exact: Record<string, unknown> = { ...fields };
  for (const [field, text] of numberTexts)
    if (!readWholeNumber(text).ok) exact[field] = new InexactNumber(text);
  return exact;
}

const wrong: Partial<Record<UnreadableReason, string>> = {
  NOT_UTF8: "not UTF-8: send JSON encoded as UTF-8",
  NOT_JSON: "send a JSON object",
  TOO_LARGE: "send at most 64 KiB",
};
