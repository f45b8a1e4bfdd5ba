import { idHeader, publicBytes, type PublicRecord } from "../../protocol/own/public-record.ts";
import type { CommittedRecord } from "../log.ts";
import type { TopicName } from "../../protocol/topics.ts";

/**
 * Where a public record should stand, by the log: its step's number, its place in the step, from 0.
 */
export type Due = {
  readonly record: PublicRecord;
  readonly stamp: string;
  readonly seq: number;
  readonly index: number;
  readonly logOffset: number;
  readonly loggedAtMs: number;
};

/**
 * What is wrong with one public record; `found` where it stands, `due` where the log says
 * it should.
 */
export type PublicBreak = {
  readonly kind: "missing" | "late" | "doubled" | "changed" | "misplaced" | "foreign";
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number | null;
  readonly seq: number | null;
  readonly index: number | null;
  readonly what: string;
};

/**
 * The first field in which the record differs from what the log says; null where it is the same.
 */
export function findChange(found: CommittedRecord, due: PublicRecord): string | null {
  for (const field of ["value", "key"] as const) {
    const [is, should] = [found[field], publicBytes(due[field])];
    const isSame = is === null || should === null ? is === should : is.equals(should);
    if (!isSame) return `${field} is ${shown(is)}, by the log it is ${shown(should)}`;
  }
  const id = headerOf(found, idHeader);
  const dueId = headerOf(due, idHeader);
  if (id !== dueId) return `${idHeader} is ${id ?? "not there"}, by the log it is ${dueId}`;
  return null;
}

function shown(bytes: Buffer | null): string {
  return bytes === null ? "null" : bytes.toString("utf8");
}

/** The header's text, where the record has it. */
export function headerOf(
  { headers }: Pick<CommittedRecord, "headers">,
  name: string,
): string | undefined {
  return headers.find(([key]) => key === name)?.[1];
}
