import type { Result } from "./result.ts";
import { shortened, shown } from "./unreadable.ts";
import type { Problem } from "./unreadable.ts";

/** Largest value that is read; a longer one is a dead letter. */
export const maxValueBytes: number = 64 * 1024;
/** Deepest nesting that is read. A limit of ours: V8's own depends on the free stack. */
export const maxNesting = 64;

/** A JSON object with the source text of its own numbers (not those of nested values). */
export type JsonObject = {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly numberTexts: ReadonlyMap<string, string>;
};

type Reviver = (this: unknown, key: string, value: unknown, context: Context) => unknown;
type Context = { readonly source?: string };
/** TypeScript's library does not know the third argument yet (Node 24 passes it). */
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** `ignoreBOM` keeps the mark in the text, where it is found and refused. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a record's value as a JSON object, strictly: UTF-8, at most 64 KiB, no byte order mark. */
export function readObject(value: Buffer | null): Result<JsonObject, Problem> {
  if (value === null) return no("TOMBSTONE", "the record has no value: send a JSON object");
  if (value.length > maxValueBytes)
    return no("TOO_LARGE", `the value has ${value.length} bytes: send at most ${maxValueBytes}`);
  const text = decoded(value);
  if (text === null) return no("NOT_UTF8", "the value is not UTF-8: send JSON encoded as UTF-8");
  if (text.startsWith("\uFEFF"))
    return no("NOT_JSON", "the value begins with a byte order mark: send JSON without it");
  if (isDeeper(text, maxNesting))
    return no(
      "NOT_JSON",
      `the value is nested deeper than ${maxNesting} levels: send a flat object`,
    );
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
  const found: { holder: unknown; key: string; source: string }[] = [];
  let root: unknown;
  try {
    root = parseWithSource(text, function (key, value, context) {
      if (typeof value !== "number") return value;
      found.push({ holder: this, key, source: context.source ?? "" });
      // 1e999 is a number, only too large; Infinity would be none to the schemas.
      return Number.isFinite(value) ? value : Number.MAX_VALUE;
    });
  } catch {
    return no("NOT_JSON", `the value is not JSON: ${shown(text)}`);
  }
  if (typeof root !== "object" || root === null || Array.isArray(root))
    return no("NOT_AN_OBJECT", `the value is not a JSON object: ${shortened(text)}`);
  const numberTexts = new Map<string, string>();
  for (const { holder, key, source } of found) if (holder === root) numberTexts.set(key, source);
  return { ok: true, value: { fields: root as Record<string, unknown>, numberTexts } };
}

/** Whether brackets outside strings nest deeper than the limit. A flat object costs two searches. */
function isDeeper(text: string, limit: number): boolean {
  if (text.indexOf("{", 1) < 0 && !text.includes("[")) return false;
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (isInString) {
      if (char === "\\") index += 1;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === "{" || char === "[") depth += 1;
    else if (char === "}" || char === "]") depth -= 1;
    if (depth > limit) return true;
  }
  return false;
}
