import type { Result } from "./result.ts";
import { valueBytesMax } from "./carriage.ts";
import { shortened, shown, type Problem } from "./unreadable.ts";

/** What JSON.parse does not tell of an object's own fields (not of those of nested values). */
type OwnText = {
  /**
   * The source texts of its numbers, by field; the last one where a field stands twice, as
   * in JSON.parse.
   */
  readonly numberTexts: ReadonlyMap<string, string>;
  /** Its fields as they stand, without escapes: one that stands twice is here twice. */
  readonly names: readonly string[];
};

/** A JSON object and how it was written. */
export type JsonObject = OwnText & { readonly fields: Readonly<Record<string, unknown>> };

/** `ignoreBOM` keeps the mark in the text, where it is found and refused. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a record's value as a JSON object, strictly: UTF-8, at most 64 KiB, no byte order mark. */
export function readObject(value: Buffer | null): Result<JsonObject, Problem> {
  if (value === null) return no("TOMBSTONE", "the record has no value: send a JSON object");
  if (value.length > valueBytesMax)
    return no("TOO_LARGE", `the value has ${value.length} bytes: send at most ${valueBytesMax}`);
  const text = decoded(value);
  if (text === null) return no("NOT_UTF8", "the value is not UTF-8: send JSON encoded as UTF-8");
  if (text.startsWith("\uFEFF"))
    return no("NOT_JSON", "the value begins with a byte order mark: send JSON without it");
  return parsed(text);
}

function no(reason: Problem["reason"], detail: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { reason, detail } };
}

function decoded(value: Buffer): string | null {
  try {
    return utf8.decode(value);
  } catch {
    return null;
  }
}

function parsed(text: string): Result<JsonObject, Problem> {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return no("NOT_JSON", `the value is not JSON: ${shown(text)}`);
  }
  if (typeof root !== "object" || root === null || Array.isArray(root))
    return no("NOT_AN_OBJECT", `the value is not a JSON object: ${shortened(text)}`);
  const fields = root as Record<string, unknown>;
  const own = readOwnText(text);
  // 1e999 is a number, only too large; Infinity would be none to the schemas.
  for (const field of own.numberTexts.keys())
    if (fields[field] === Infinity || fields[field] === -Infinity) fields[field] = Number.MAX_VALUE;
  return { ok: true, value: { fields, ...own } };
}

/**
 * The same for formats that are ours alone: a field that stands twice is refused, as JSON does not
 * say which of the two is meant (RFC 8259, section 4). The seeds' topics are read as the seeds read
 * them: the last counts.
 */
export function readUniqueObject(value: Buffer | null): Result<JsonObject, Problem> {
  const read = readObject(value);
  if (!read.ok) return read;
  const repeated = findRepeated(read.value.names);
  if (repeated === null) return read;
  const field = shortened(repeated);
  const detail = `${field} stands twice: send it once`;
  return { ok: false, problem: { reason: "REPEATED_FIELD", detail, field } };
}

/**
 * Not by counting what JSON.parse made of them: V8 13.6 reads the field x" as x\ where an object
 * before had x\.
 */
function findRepeated(names: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}

/**
 * Walks over the text of a JSON object, which it must be known to be. Not JSON.parse with a
 * reviver, which tells a number's source too: it takes three times as long, and how deep it can go
 * depends on the free stack.
 */
export function readOwnText(text: string): OwnText {
  const numberTexts = new Map<string, string>();
  const names: string[] = [];
  let depth = 0;
  let field = "";
  let isFieldNext = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === code.quote) {
      const end = endOfString(text, at);
      if (isFieldNext) {
        field = unescaped(text.slice(at + 1, end));
        names.push(field);
      }
      isFieldNext = false;
      at = end;
    } else if (char === code.openBrace || char === code.openBracket) depth += 1;
    else if (char === code.closeBrace || char === code.closeBracket) depth -= 1;
    else if (depth === 1 && startsNumber(char)) {
      const end = endOfNumber(text, at);
      numberTexts.set(field, text.slice(at, end));
      at = end - 1;
    }
    if (char === code.openBrace || char === code.comma) isFieldNext = depth === 1;
  }
  return { numberTexts, names };
}

const code = {
  quote: 34,
  plus: 43,
  comma: 44,
  minus: 45,
  zero: 48,
  nine: 57,
  upperE: 69,
  openBracket: 91,
  backslash: 92,
  closeBracket: 93,
  lowerE: 101,
  openBrace: 123,
  closeBrace: 125,
};

function startsNumber(char: number): boolean {
  return char === code.minus || (char >= code.zero && char <= code.nine);
}

/**
 * Where the string that begins here ends: at the first quote with an even number of backslashes
 * before it.
 */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0) {
    let before = end - 1;
    while (text.charCodeAt(before) === code.backslash) before -= 1;
    if ((end - before) % 2 === 1) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (isInNumber(text.charCodeAt(end))) end += 1;
  return end;
}

/** Digits, `-`, `+`, `.`, `e` and `E`; a comma lies between them in Unicode. */
function isInNumber(char: number): boolean {
  if (char === code.comma) return false;
  return (char >= code.plus && char <= code.nine) || char === code.upperE || char === code.lowerE;
}

function unescaped(field: string): string {
  return field.includes("\\") ? (JSON.parse(`"${field}"`) as string) : field;
}
