import { z } from "zod";
import { Problem } from "./problem.ts";

/** The rows of one answer have at most so many bytes as JSON, or it is one row. */
export const pageBytesMax: number = 1024 * 1024;

/** Where a list goes on. */
export const pageQuery = z.strictObject({
  after: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe("the `next` of the page before; absent: the first page"),
});

/** A page of rows of the schema under a name, and where the list goes on. */
export function pageSchema<Name extends string, Row extends z.ZodType>(name: Name, row: Row) {
  const rows = { [name]: z.array(row) } as Record<Name, z.ZodArray<Row>>;
  return z.object({
    ...rows,
    next: z.string().nullable().describe("send it as `after` for the rest; null: this was all"),
  });
}

/** Rows under their name, and where the list goes on; null: this was all. */
export type Page<Name extends string, Row> = { readonly [Key in Name]: Row[] } & {
  readonly next: string | null;
};

/** How a list becomes a page. */
type Paging<Value, Row> = {
  /** What the value is known by within its list. */
  readonly idOf: (value: Value) => string;
  readonly rowOf: (value: Value) => Row;
  /** Which values are meant; absent: all. */
  readonly fits?: (value: Value) => boolean;
};

/** The rows of a page as JSON: their bytes were counted, so they are not made a second time. */
const textsOf = new WeakMap<object, readonly string[]>();

/**
 * The JSON of an answer that is a page; null for any other. Schemas write a page four times slower,
 * and orders wait as long: rows are what `rowOf` made.
 */
export function pageText(answer: unknown): string | null {
  if (typeof answer !== "object" || answer === null || !("next" in answer)) return null;
  const parts = Object.entries(answer).map(([name, value]) => {
    const texts = typeof value === "object" && value !== null ? textsOf.get(value) : undefined;
    return texts === undefined
      ? null
      : `${JSON.stringify(name)}:[${texts.join(",")}],"next":${JSON.stringify(answer.next)}`;
  });
  const [rows] = parts.filter((part) => part !== null);
  return rows === undefined ? null : `{${rows}}`;
}

/**
 * The page of a list under its name, which begins behind `after`: `limit` rows at most, where there
 * is one, and bounded in bytes. Values come in the list's order; what comes between two pages moves
 * no row from one to the other. Throws `Problem` 400 where `after` is no longer in the list.
 */
export function pageOf<Name extends string, Value, Row>(
  name: Name,
  values: Iterable<Value>,
  { after, limit = Infinity }: { readonly after?: string | undefined; readonly limit?: number },
  { idOf, rowOf, fits = () => true }: Paging<Value, Row>,
): Page<Name, Row> {
  const rows: Row[] = [];
  const texts: string[] = [];
  textsOf.set(rows, texts);
  const page = (next: string | null): Page<Name, Row> =>
    ({ [name]: rows, next }) as Page<Name, Row>;
  let bytes = 0;
  let last = after ?? null;
  let isBehind = after === undefined;
  for (const value of values) {
    if (!isBehind) {
      isBehind = idOf(value) === after;
      continue;
    }
    if (!fits(value)) continue;
    if (rows.length === limit) return page(last);
    const row = rowOf(value);
    const text = JSON.stringify(row);
    bytes += Buffer.byteLength(text) + 1; // and a comma
    if (rows.length > 0 && bytes > pageBytesMax) return page(last);
    rows.push(row);
    texts.push(text);
    last = idOf(value);
  }
  if (isBehind) return page(null);
  throw pageGone();
}

/** Where `after` is not, or no longer, in the list. */
export function pageGone(): Problem {
  const detail = "after: is no longer in this list; leave it out and begin anew";
  return new Problem(400, "PAGE_GONE", detail, { field: "after" });
}
