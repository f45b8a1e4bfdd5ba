import type {
  OriginalRecord,
  SourcePosition,
  Unreadable,
  UnreadableReason,
} from "../domain/command.ts";

/** A record of a source topic, as the intake took it. */
export type InputRecord = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly source: SourcePosition;
};

/** What is wrong with a record. `detail` names the field, the value and the fix. */
export type Problem = { readonly reason: UnreadableReason; readonly detail: string };

/** The record as a command that becomes its dead letter. */
export function unreadable(record: InputRecord, problem: Problem): Unreadable {
  return {
    type: "Unreadable",
    reason: problem.reason,
    detail: problem.detail,
    source: record.source,
    original: originalRecord(record.key, record.value),
  };
}

/** Key and value in base64, so that any bytes travel in JSON. */
export function originalRecord(key: Buffer | null, value: Buffer | null): OriginalRecord {
  return {
    keyBase64: key === null ? null : key.toString("base64"),
    valueBase64: value === null ? null : value.toString("base64"),
  };
}

const shownLength = 40;

/** A value as a sentence shows it: JSON, at most 40 characters, no control characters. */
export function shown(value: unknown): string {
  const text =
    typeof value === "object" && value !== null ? bracketed(value) : JSON.stringify(value);
  return shortened(text);
}

/** Not spelled out: a deep value would need a deep stack to print. */
function bracketed(value: object): string {
  return Array.isArray(value) ? "an array" : "an object";
}

/** The text, cut to 40 characters. */
export function shortened(text: string): string {
  if (text.length <= shownLength) return text;
  return `${text.slice(0, shownLength).toWellFormed()}…`;
}
