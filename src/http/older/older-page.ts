import type { OlderAsked, OlderAsker, OlderRecords } from "../../services/books/older-records.ts";
import type { Forgotten } from "../../services/records/forgotten.ts";
import type { StepPlace } from "../../services/step-place.ts";
import type { DoorParts } from "../door.ts";
import { pageGone, pageOf, type Page } from "../page.ts";
import { Problem } from "../problem.ts";
import { askBooks, forgottenFor, shard, type BooksAsker } from "./asked-books.ts";

/** Where a value stands in its list: its step, and the number in it. */
type ListKey = { readonly seq: number; readonly number: number };

/** A list whose newest values the gateway keeps, and all of them the books. */
export type OlderList<Name extends string, Value, Row> = {
  readonly name: Name;
  /** Those that are kept, newest first. */
  readonly kept: () => Iterable<Value>;
  /** The value of this id, where it is kept and in the list. */
  readonly keptOne: (id: string) => Value | undefined;
  readonly forgotten: Forgotten;
  /** What our ids of its values look like. */
  readonly ours: RegExp;
  readonly idOf: (value: Value) => string;
  readonly keyOf: (value: Value) => ListKey;
  readonly placeOf: (value: Value) => StepPlace;
  readonly rowOf: (value: Value) => Row;
  readonly fits: (value: Value) => boolean;
  /** True where most values may not fit: then more of them are looked at for a page. */
  readonly isSieved: boolean;
  readonly read: (records: OlderRecords, asked: OlderAsked) => Promise<readonly Value[]>;
  /** The value of this id in the books, and the event's place in its step. */
  readonly find: (
    records: OlderRecords,
    asker: OlderAsker,
    id: string,
  ) => Promise<{ readonly value: Value; readonly index: number } | null>;
};

/** Which page of it. */
export type PageQuery = {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly since_ms?: number | undefined;
  readonly until_ms?: number | undefined;
};

/** So many rows of the books are looked at for a page of which most may not fit. */
const sievedRows = 500;

/**
 * A page of the list, from what is kept and, where that is not all, from the books. What the
 * gateway knows of a value is told, else what the books say; every value is told once, and none is
 * left out: where the books cannot be asked, the page ends before the first value that may be
 * missing, and the next one is a `Problem`, as `askBooks` throws it. A page may have fewer rows
 * than the limit, even none, and go on.
 */
export async function olderPage<Name extends string, Value, Row>(
  parts: DoorParts,
  asker: BooksAsker,
  list: OlderList<Name, Value, Row>,
  query: PageQuery,
): Promise<Page<Name, Row>> {
  const { name, idOf, keyOf, rowOf } = list;
  const { limit, since_ms: sinceMs = 0 } = query;
  const from = await cursorOf(parts, asker, list, query.after);
  // Both at one moment: what is let go of from here on was read here already.
  const fresh = freshValues(list, query, from?.key ?? null);
  const forgotten = list.forgotten.get(shard);
  const pageFrom = (values: Iterable<Value>): Page<Name, Row> =>
    pageOf(name, values, { limit }, { idOf, rowOf });
  if (forgotten === undefined || forgotten.atMs < sinceMs) return pageFrom(fresh);
  const newerOnes = fresh.filter((value) => keyOf(value).seq > forgotten.seq);
  if (newerOnes.length > limit) return pageFrom(newerOnes);
  const count = list.isSieved ? Math.max(sievedRows, limit + 1) : limit + 1;
  let scanned: readonly Value[];
  try {
    scanned = await askBooks(parts, asker, forgotten, async (records, who) => {
      const before = await beforeOf(from, forgotten.seq, (id) => list.find(records, who, id));
      return list.read(records, { ...who, before, untilMs: query.until_ms, count });
    });
  } catch (error) {
    const last = newerOnes.at(-1);
    if (!(error instanceof Problem) || last === undefined) throw error;
    const page = pageFrom(newerOnes);
    return { ...page, next: page.next ?? idOf(last) };
  }
  const { values, goesOn } = merged(list, query, fresh, scanned, count);
  const page = pageFrom(values);
  return { ...page, next: page.next ?? goesOn };
}

/** Where a page begins: behind this value. `index`: known where the books were asked for it. */
type Cursor = { readonly id: string; readonly key: ListKey; readonly index: number | null };

/** Throws `Problem` 400 where the id is not in the list. */
async function cursorOf<Name extends string, Value, Row>(
  parts: DoorParts,
  asker: BooksAsker,
  { keptOne, keyOf, find, forgotten, ours }: OlderList<Name, Value, Row>,
  id: string | undefined,
): Promise<Cursor | null> {
  if (id === undefined) return null;
  const kept = keptOne(id);
  if (kept !== undefined) return { id, key: keyOf(kept), index: null };
  const older = forgottenFor(forgotten, id, ours);
  const found =
    older === null
      ? null
      : await askBooks(parts, asker, older, (records, who) => find(records, who, id));
  if (found !== null) return { id, key: keyOf(found.value), index: found.index };
  throw pageGone();
}

/** One more than the page has, of what is kept. */
function freshValues<Name extends string, Value, Row>(
  { kept, keyOf, placeOf, fits }: OlderList<Name, Value, Row>,
  { limit, since_ms: sinceMs = 0, until_ms: untilMs = Infinity }: PageQuery,
  behind: ListKey | null,
): Value[] {
  const values: Value[] = [];
  for (const value of kept()) {
    const { atMs } = placeOf(value);
    if (atMs < sinceMs || values.length > limit) break;
    if (behind !== null && !isNewer(behind, keyOf(value))) continue;
    if (atMs < untilMs && fits(value)) values.push(value);
  }
  return values;
}

/** From where on the books are read: behind the cursor, and of what may have been let go of. */
async function beforeOf(
  from: Cursor | null,
  newestSeq: number,
  find: (id: string) => Promise<{ readonly index: number } | null>,
): Promise<OlderAsked["before"]> {
  if (from === null || from.key.seq > newestSeq) return { seq: newestSeq + 1, index: 0 };
  const index = from.index ?? (await find(from.id))?.index ?? 0;
  return { seq: from.key.seq, index };
}

/**
 * What is kept and what the books have, newest first. Behind the last row of the books that was
 * looked at there may be more: nothing behind it is told yet, and the next page begins there.
 */
function merged<Name extends string, Value, Row>(
  { idOf, keyOf, placeOf, fits, keptOne }: OlderList<Name, Value, Row>,
  { since_ms: sinceMs = 0 }: PageQuery,
  fresh: readonly Value[],
  scanned: readonly Value[],
  count: number,
): { readonly values: Value[]; readonly goesOn: string | null } {
  const last = scanned.at(-1);
  const isOver = last === undefined || scanned.length < count || placeOf(last).atMs < sinceMs;
  const told = new Set(fresh.map(idOf));
  const isOlder = (value: Value): boolean =>
    placeOf(value).atMs >= sinceMs &&
    fits(value) &&
    !told.has(idOf(value)) &&
    keptOne(idOf(value)) === undefined;
  const all = [...fresh, ...scanned.filter(isOlder)].toSorted((one, other) =>
    isNewer(keyOf(one), keyOf(other)) ? -1 : 1,
  );
  if (isOver) return { values: all, goesOn: null };
  const values = all.filter((value) => !isNewer(keyOf(last), keyOf(value)));
  return { values, goesOn: idOf(last) };
}

function isNewer(one: ListKey, other: ListKey): boolean {
  return one.seq === other.seq ? one.number > other.number : one.seq > other.seq;
}
