import { isUtf8 } from "node:buffer";
import type { BatchCut, RecordCut } from "../../domain/facts/origin.ts";
import { Failure, exitCode, printable } from "../output.ts";
import { wireValue } from "../raw-json.ts";
import type { Context } from "../context.ts";
import { printTable } from "../table.ts";
import type { Column } from "../table.ts";

/** A record that nobody could use, with where it stood and why. */
export type DeadLetter = {
  /** The id its copy on `sauda.dead-letters` has in the header `sauda-id`. */
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** When the market gave it up; ISO 8601 in UTC. */
  readonly at: string;
  readonly reason: string;
  readonly detail: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Key and value are the beginning only; this is what the whole was. */
  readonly cut?: RecordCut | BatchCut;
  /** Key and value are the beginning only: a gateway lists no more of it. */
  readonly isShortened?: boolean;
};

/** Letters meant by a name: the id, or where the record stood as `topic-partition-offset` or `partition-offset`. */
function findDeadLetters(letters: readonly DeadLetter[], name: string): DeadLetter[] {
  const exact = letters.filter((letter) => letter.id === name || placeOf(letter) === name);
  if (exact.length > 0) return exact;
  return letters.filter(({ partition, offset }) => `${partition}-${offset}` === name);
}

/** Where the record stood: `Counter_party-0-3`. */
function placeOf({ topic, partition, offset }: DeadLetter): string {
  return `${topic}-${partition}-${offset}`;
}

const letterColumns: readonly Column<DeadLetter>[] = [
  { name: "ID", cell: ({ id }) => id },
  { name: "RECORD", cell: placeOf },
  { name: "AT", cell: ({ at }) => at },
  { name: "REASON", cell: ({ reason }) => reason },
  { name: "DETAIL", cell: ({ detail }) => detail },
];

/** Prints letters, the newest last, and how many there are. Returns the exit code. */
export function printLetters(
  context: Pick<Context, "terminal" | "output">,
  letters: readonly DeadLetter[],
  howMany: string,
): number {
  printTable(context, letterColumns, letters, letterJson);
  const [first] = letters;
  if (first === undefined) context.output.note("no dead letters: every record could be used");
  else context.output.note(`${howMany}; npx sauda dlq show ${first.id} shows one whole`);
  return exitCode.done;
}

/** Prints one letter, or with `isRaw` its value's bytes and nothing else. Returns the exit code. */
export function printLetter(
  { output, terminal }: Pick<Context, "terminal" | "output">,
  letter: DeadLetter,
  isRaw: boolean,
): number {
  if (isRaw) terminal.out.write(letter.value ?? Buffer.alloc(0));
  else if (output.isJson) output.fact("", letterJson(letter));
  else for (const line of describe(letter)) output.fact(line, {});
  return exitCode.done;
}

/** The letter that a name means among these. Throws `Failure` where there is none, or several. */
export function theLetter(letters: readonly DeadLetter[], name: string): DeadLetter {
  const found = findDeadLetters(letters, name);
  const [letter] = found;
  if (letter === undefined)
    throw new Failure(`no dead letter ${name}: npx sauda dlq list shows them`);
  if (found.length === 1) return letter;
  const places = found.map(placeOf).join(", ");
  throw new Failure(`several records stood at ${name}: say one of ${places}`, exitCode.usage);
}

function describe(letter: DeadLetter): string[] {
  return [
    `id      ${letter.id}`,
    `record  ${placeOf(letter)}`,
    `at      ${letter.at}`,
    `reason  ${letter.reason}`,
    `detail  ${printable(letter.detail)}`,
    `key     ${shown(letter.key)}`,
    `value   ${shown(letter.value)}`,
    ...(letter.cut === undefined ? [] : [`cut     ${cutWords(letter.cut)}`]),
  ];
}

function cutWords(cut: NonNullable<DeadLetter["cut"]>): string {
  if ("firstOffset" in cut)
    return `not unpacked: offsets ${cut.firstOffset} to ${cut.lastOffset}, ${cut.packedBytes} bytes packed, sha256 ${cut.sha256}`;
  const { keyBytes, valueBytes, headerBytes, sha256 } = cut;
  return `the beginning only, of ${keyBytes ?? 0} bytes of key, ${valueBytes ?? 0} of value, ${headerBytes} of headers, sha256 ${sha256}`;
}

/** Text as it is, other bytes in hex, marks that move the cursor replaced. */
function shown(bytes: Buffer | null): string {
  if (bytes === null) return "none";
  return isUtf8(bytes) ? printable(bytes.toString("utf8")) : `hex ${bytes.toString("hex")}`;
}

function letterJson(letter: DeadLetter): object {
  const { key, value, isShortened = false, ...rest } = letter;
  return {
    ...rest,
    ...(isShortened ? { is_shortened: true } : {}),
    key_base64: key?.toString("base64") ?? null,
    value_base64: value?.toString("base64") ?? null,
    value: wireValue(value),
  };
}
