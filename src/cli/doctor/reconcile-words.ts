import type { Difference } from "../../postgres/comparing-store.ts";
import type { PublicBreak } from "../../services/reconciling/public-break.ts";
import type { ComparedFrom } from "../../services/reconciling/compared-from.ts";
import type { PublicReconciled } from "../../services/reconciling/reconciliation.ts";
import type { Context } from "../context.ts";
import { printable } from "../output.ts";

/** Two tellings of the same thing that differ, down to the record. */
export type Break = {
  readonly between: "log and public topics" | "log and books";
  readonly kind: PublicBreak["kind"] | "different";
  readonly shard: number;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly seq: number | null;
  readonly index: number | null;
  readonly what: string;
};

/** A break between the log and the books. */
export function ofBooks(shard: number, kind: Break["kind"], { what, place }: Difference): Break {
  const { seq, index } = place ?? { seq: null, index: null };
  const record = { topic: null, partition: null, offset: null, seq, index };
  return { between: "log and books", kind, shard, ...record, what };
}

/** Prints a break. */
export function sayBreak({ output }: Context, found: Break): void {
  const { kind, topic, partition, offset, seq, index, what } = found;
  const at = topic === null ? "books" : `${topic}-${partition}`;
  const where = [
    at,
    ...(offset === null ? [] : [`offset ${offset}`]),
    ...(seq === null ? [] : [`step ${seq}`]),
    ...(index === null ? [] : [`place ${index}`]),
  ].join(", ");
  output.fact(printable(`BREAK  ${kind}   ${where}: ${what}`), { type: "break", ...found });
}

/** Prints what was compared, in one line. */
export function saySum(
  { output }: Context,
  { shard, from }: { readonly shard: number; readonly from: ComparedFrom | null },
  { steps, records, pending, expired, publishedSeq }: PublicReconciled,
  booksSeq: number,
  breaks: number,
): void {
  const waiting = pending === 0 ? "" : `, ${pending} still to come`;
  const gone = expired === 0 ? "" : `, ${expired} gone by age`;
  const topics = `topics ${records} records${waiting}${gone}`;
  const since = from === null ? "" : `, from step ${from.reader.seq + 1} on`;
  const verdict = breaks === 0 ? "no break" : `${breaks} ${breaks === 1 ? "break" : "breaks"}`;
  output.fact(
    `RECONCILED  shard ${shard}   log ${steps} steps${since}   books to step ${booksSeq}   ${topics}   ${verdict}`,
    {
      type: "reconciled",
      shard,
      steps,
      from_seq: (from?.reader.seq ?? 0) + 1,
      snapshot: from?.snapshot ?? null,
      books_seq: booksSeq,
      published_seq: publishedSeq,
      records,
      pending,
      expired,
      breaks,
    },
  );
}
