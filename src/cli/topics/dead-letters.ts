import { isUtf8 } from "node:buffer";
import type { z } from "zod";
import type { deadLetterSchema } from "../../http/schemas.ts";
import { Failure, exitCode, printable } from "../output.ts";
import { wireValue } from "../raw-json.ts";
import type { TerminalContext } from "../context.ts";
import { printTable, type Column } from "../table.ts";

/**
 * A dead letter as the gateway says it: a record that nobody could use, with where it stood
 * and why.
 */
export type LetterJson = z.infer<typeof deadLetterSchema>;

/** Which letters are meant. `since`: ms since 1970 UTC. */
export type LetterFilter = {
  readonly topic?: string;
  readonly reason?: string;
  readonly since?: number;
};

/** True for a letter that every filter lets through. */
export function isMeant(letter: LetterJson, { topic, reason, since = 0 }: LetterFilter): boolean {
  return (
    (topic === undefined || letter.topic === topic) &&
    (reason === undefined || letter.reason === reason) &&
    Date.parse(letter.place.at) >= since
  );
}

/**
 * Letters meant by a name: the id, or where the record stood as `topic-partition-offset`
 * or `partition-offset`.
 */
function findDeadLetters(letters: readonly LetterJson[], name: string): LetterJson[] {
  const exact = letters.filter((letter) => letter.id === name || placeOf(letter) === name);
  if (exact.length > 0) return exact;
  return letters.filter(({ partition, offset }) => `${partition}-${offset}` === name);
}

/** Where the record stood: `Counter_party-0-3`. */
function placeOf({ topic, partition, offset }: LetterJson): string {
  return `${topic}-${partition}-${offset}`;
}

const letterColumns: readonly Column<LetterJson>[] = [
  { name: "ID", cell: ({ id }) => id },
  { name: "RECORD", cell: placeOf },
  { name: "AT", cell: ({ place }) => place.at },
  { name: "REASON", cell: ({ reason }) => reason },
  { name: "DETAIL", cell: ({ detail }) => detail },
];

/** Prints letters, the newest last, and how many there are. Returns the exit code. */
export function printLetters(
  context: Pick<TerminalContext, "terminal" | "output">,
  letters: readonly LetterJson[],
  howMany: string,
): number {
  printTable(context, letterColumns, letters, shownLetter);
  const [first] = letters;
  if (first === undefined) context.output.note("no dead letters: every record could be used");
  else context.output.note(`${howMany}; npx sauda dlq show ${first.id} shows one whole`);
  return exitCode.done;
}

/** Prints one letter, or with `isRaw` its value's bytes and nothing else. Returns the exit code. */
export function printLetter(
  { output, terminal }: Pick<TerminalContext, "terminal" | "output">,
  letter: LetterJson,
  isRaw: boolean,
): number {
  if (isRaw) terminal.out.write(bytesOf(letter.value, letter.value_is_text) ?? "");
  else if (output.isJson) output.fact("", shownLetter(letter));
  else for (const line of describe(letter)) output.fact(line, {});
  return exitCode.done;
}

/** The letter that a name means among these. Throws `Failure` where there is none, or several. */
export function theLetter(letters: readonly LetterJson[], name: string): LetterJson {
  const found = findDeadLetters(letters, name);
  const [letter] = found;
  if (letter === undefined)
    throw new Failure(`no dead letter ${name}: npx sauda dlq list shows them`);
  if (found.length === 1) return letter;
  const places = found.map(placeOf).join(", ");
  throw new Failure(`several records stood at ${name}: say one of ${places}`, exitCode.usage);
}

function describe(letter: LetterJson): string[] {
  return [
    `id      ${letter.id}`,
    `record  ${placeOf(letter)}`,
    `at      ${letter.place.at}`,
    `reason  ${letter.reason}`,
    `detail  ${printable(letter.detail)}`,
    `key     ${shown(bytesOf(letter.key, letter.key_is_text))}`,
    `value   ${shown(bytesOf(letter.value, letter.value_is_text))}`,
    ...(letter.cut === null ? [] : [`cut     ${cutWords(letter.cut)}`]),
  ];
}

type Cut = NonNullable<LetterJson["cut"]>;

function cutWords(cut: Cut): string {
  const { sha256 } = cut;
  if (cut.first_offset !== null)
    return `not unpacked: offsets ${cut.first_offset} to ${cut.last_offset}, ${cut.packed_bytes} bytes packed, sha256 ${sha256}`;
  return `the beginning only, of ${cut.key_bytes ?? 0} bytes of key, ${cut.value_bytes ?? 0} of value, ${cut.header_bytes} of headers, sha256 ${sha256}`;
}

function shownCut(cut: Cut): object {
  const { sha256, key_bytes, value_bytes, header_bytes } = cut;
  const { first_offset: firstOffset, last_offset: lastOffset, packed_bytes: packedBytes } = cut;
  return firstOffset === null
    ? { keyBytes: key_bytes, valueBytes: value_bytes, headerBytes: header_bytes, sha256 }
    : { firstOffset, lastOffset, packedBytes, sha256 };
}

/** What is no text is written as `base64:` and its bytes; a stranger's text may begin so too. */
function bytesOf(written: string | null, isText: boolean | null): Buffer | null {
  if (written === null) return null;
  return isText === true
    ? Buffer.from(written)
    : Buffer.from(written.slice("base64:".length), "base64");
}

/** Text as it is, other bytes in hex, marks that move the cursor replaced. */
function shown(bytes: Buffer | null): string {
  if (bytes === null) return "none";
  return isUtf8(bytes) ? printable(bytes.toString("utf8")) : `hex ${bytes.toString("hex")}`;
}

/** The same for programs. */
function shownLetter(letter: LetterJson): object {
  const { id, topic, partition, offset, place, reason, detail, cut } = letter;
  const key = bytesOf(letter.key, letter.key_is_text);
  const value = bytesOf(letter.value, letter.value_is_text);
  const known = { id, topic, partition, offset, at: place.at, reason, detail };
  return {
    ...known,
    ...(cut === null ? {} : { cut: shownCut(cut) }),
    ...(letter.is_shortened ? { is_shortened: true } : {}),
    key_base64: key?.toString("base64") ?? null,
    value_base64: value?.toString("base64") ?? null,
    value: wireValue(value),
  };
}
