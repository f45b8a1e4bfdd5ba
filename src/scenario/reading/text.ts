import {
  Lexer,
  LineCounter,
  Parser,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type Node,
} from "yaml";
import { z } from "zod";
import type { Result } from "../../protocol/result.ts";
import { shown } from "../../protocol/unreadable.ts";

/**
 * What is wrong with a scenario's text, and on which line (from 1). Names the field, the value and
 * the fix.
 */
export type ScenarioProblem = { readonly line: number; readonly text: string };

/**
 * YAML as data: maps, lists and texts. Numbers stay as they were written, so that 985.00 is never
 * a float.
 */
export type ScenarioText = {
  readonly data: unknown;
  /** The line of the field at this path, or of the nearest one above it that is there. */
  readonly lineAt: (path: readonly PropertyKey[]) => number;
};

/**
 * Reads YAML 1.2, strictly: no key twice, no tags, and no aliases, of which a few lines can
 * make gigabytes.
 */
export function readYaml(text: string): Result<ScenarioText, readonly ScenarioProblem[]> {
  const deepLine = findTooDeep(text);
  if (deepLine !== null) {
    const problem = { line: deepLine, text: `nested more than ${levelsMax} levels deep` };
    return { ok: false, problem: [problem] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", lineCounter: lines });
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0) {
    const problem = wrong.map(({ pos, message }) => ({
      line: lines.linePos(pos[0]).line,
      text: `not YAML: ${message.split("\n")[0]?.replace(/ at line.*$/, "") ?? ""}`,
    }));
    return { ok: false, problem };
  }
  const aliases: number[] = [];
  visit(document, { Alias: (_, alias) => void aliases.push(rangeStart(alias)) });
  if (aliases.length > 0) {
    const problemText = "aliases such as *a are not read here; write it out";
    const problem = aliases.map((at) => ({ line: lines.linePos(at).line, text: problemText }));
    return { ok: false, problem };
  }
  const lineAt = (path: readonly PropertyKey[]): number =>
    lines.linePos(startOf(document, path)).line;
  return { ok: true, value: { data: document.toJS(), lineAt } };
}

/** Levels of the text as its parser counts them; a scenario has some twenty. */
const levelsMax = 100;

/** The line on which it is nested too deep, or null: what reads it calls itself for each level. */
function findTooDeep(text: string): number | null {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme)) continue;
    if (parser.stack.length > levelsMax) return text.slice(0, parser.offset).split("\n").length;
  }
  return null;
}

/** A map with exactly these fields. */
export function fieldsOf<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === "unrecognized_keys" ? `known here are ${known}` : `write a map with ${known}`,
  });
}

/** Reads the data at a path by its schema; the problems are of all fields that are wrong. */
export function readPart<Schema extends z.ZodType>(
  text: ScenarioText,
  path: readonly PropertyKey[],
  schema: Schema,
  data: unknown,
): Result<z.output<Schema>, readonly ScenarioProblem[]> {
  const read = schema.safeParse(data);
  if (read.success) return { ok: true, value: read.data };
  const problem = read.error.issues.map((issue) => {
    const isUnknown = issue.code === "unrecognized_keys";
    const full = [...path, ...issue.path, ...(isUnknown ? issue.keys.slice(0, 1) : [])];
    return { line: text.lineAt(full), text: issueText(issue, full, data) };
  });
  return { ok: false, problem };
}

/** Reads one kind of entry of a list. */
export type EntryReader<Entry> = (
  text: ScenarioText,
  path: readonly PropertyKey[],
  data: unknown,
) => Result<Entry, readonly ScenarioProblem[]>;

/**
 * An entry with these fields; `make` says what it means. `findFault` says what is wrong with fields
 * that are right one by one, with the fix.
 */
export function entry<Shape extends z.ZodRawShape, Entry>(
  shape: Shape,
  make: (read: z.output<z.ZodObject<Shape, z.core.$strict>>, line: number) => Entry,
  findFault: (read: z.output<z.ZodObject<Shape, z.core.$strict>>) => string | null = () => null,
): EntryReader<Entry> {
  const schema = fieldsOf(shape);
  return (text, path, data) => {
    const read = readPart(text, path, schema, data);
    if (!read.ok) return read;
    const line = text.lineAt(path);
    const fault = findFault(read.value);
    if (fault !== null) return { ok: false, problem: [{ line, text: fault }] };
    return { ok: true, value: make(read.value, line) };
  };
}

/** Reads an entry by the field that says what kind it is: the first of the kinds that is there. */
export function readEntry<Entry>(
  text: ScenarioText,
  path: readonly PropertyKey[],
  data: unknown,
  kinds: Readonly<Record<string, EntryReader<Entry>>>,
): Result<Entry, readonly ScenarioProblem[]> {
  const isRecord = typeof data === "object" && data !== null;
  for (const [kind, read] of Object.entries(kinds))
    if (isRecord && Object.hasOwn(data, kind)) return read(text, path, data);
  const problem = `${String(path.at(-2))}: is of no kind; write one of ${Object.keys(kinds).join(", ")}`;
  return { ok: false, problem: [{ line: text.lineAt(path), text: problem }] };
}

/** Reads every item of a list; the problems are those of all items. */
export function readAll<Item, Entry>(
  items: readonly Item[],
  read: (item: Item, index: number) => Result<Entry, readonly ScenarioProblem[]>,
): Result<readonly Entry[], readonly ScenarioProblem[]> {
  const results = items.map(read);
  const problem = results.flatMap((result) => (result.ok ? [] : result.problem));
  if (problem.length > 0) return { ok: false, problem };
  return { ok: true, value: results.flatMap((result) => (result.ok ? [result.value] : [])) };
}

function issueText(issue: z.core.$ZodIssue, path: readonly PropertyKey[], data: unknown): string {
  const field = String(path.findLast((part) => typeof part === "string") ?? "file");
  if (issue.code === "unrecognized_keys") return `${field}: unknown field; ${issue.message}`;
  const value = issue.path.reduce<unknown>(
    (at, part) => (typeof at === "object" && at !== null ? Reflect.get(at, part) : undefined),
    data,
  );
  if (value === undefined) return `${field}: is missing; ${issue.message}`;
  return `${field}: found ${shown(value)}; ${issue.message}`;
}

/** Where in the text the field begins: its key in a map, its value in a list. */
function startOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let start = isNode(node) ? rangeStart(node) : 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined || !isNode(pair.key)) return start;
      start = rangeStart(pair.key);
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      if (!isNode(node)) return start;
      start = rangeStart(node);
    } else return start;
  }
  return start;
}

function rangeStart(node: Node): number {
  return node.range?.[0] ?? 0;
}
