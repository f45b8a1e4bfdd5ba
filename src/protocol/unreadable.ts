import type { Unreadable, UnreadableReason } from "../domain/facts/command.ts";
import type { BatchCut, SourcePosition } from "../domain/facts/origin.ts";
import { carried, detailCharsMax, unpackedBytesMax, type Weighed } from "./carriage.ts";

/** A record of a source topic, as the intake took it. */
export type InputRecord = Weighed & { readonly source: SourcePosition };

/**
 * What is wrong with a record. `detail` names the field, the value and the fix; `field` is there
 * where it is one's.
 */
export type Problem = {
  readonly reason: UnreadableReason;
  readonly detail: string;
  readonly field?: string;
};

/** The record as a command that becomes its dead letter. */
export function unreadable(record: InputRecord, problem: Problem): Unreadable {
  return {
    type: "Unreadable",
    reason: problem.reason,
    detail: problem.detail.slice(0, detailCharsMax).toWellFormed(),
    source: record.source,
    ...carried(record),
  };
}

/**
 * A batch that nobody unpacked, as the one command of all its records. Its position is that of the
 * last. `fault`: what unpacking fails with; null: there would be too much.
 */
export function unpackable(
  cut: BatchCut,
  fault: string | null,
  source: SourcePosition,
): Unreadable {
  const { firstOffset, lastOffset, packedBytes } = cut;
  const what =
    firstOffset === lastOffset
      ? `the record, packed in ${packedBytes} bytes,`
      : `the ${lastOffset - firstOffset + 1} records from offset ${firstOffset} on, packed in ${packedBytes} bytes,`;
  return {
    type: "Unreadable",
    reason: fault === null ? "TOO_LARGE" : "NOT_UNPACKED",
    detail:
      fault === null
        ? `${what} would unpack to more than ${unpackedBytesMax}: send smaller records`
        : `${what} cannot be unpacked, ${fault}: send them with another client`.slice(
            0,
            detailCharsMax,
          ),
    source,
    original: { keyBase64: null, valueBase64: null },
    cut,
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
