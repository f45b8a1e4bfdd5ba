import { Failure } from "../output.ts";
import type { Asked, GatewayClient } from "./gateway-client.ts";

/** The gateway gives at most so many rows a page. */
const pageMax = 1000;
/** Rows that a command shows unless it is told otherwise. */
export const shownDefault = 100;

/** Rows as the gateway gave them, and whether there are more of them. */
type Rows<Row> = { readonly rows: readonly Row[]; readonly isMore: boolean };

/**
 * The first rows of a list, page by page; `limit` null: all of a list that has none. `name`: under
 * which a page has its rows.
 */
export async function firstRows<Row>(
  market: GatewayClient,
  path: string,
  name: string,
  limit: number | null,
  asked: Pick<Asked, "participant" | "query">,
): Promise<Rows<Row>> {
  const rows: Row[] = [];
  for (let after: string | undefined; ;) {
    const most = limit === null ? undefined : Math.min(limit - rows.length, pageMax);
    const query = { ...asked.query, limit: most, after };
    const page = await readPage<Row>(market, path, name, { ...asked, query });
    rows.push(...page.rows);
    const isFull = limit !== null && rows.length >= limit;
    if (page.next === null || isFull) return { rows, isMore: page.next !== null };
    after = page.next;
  }
}

/** All rows of a list that has no limit. */
export async function allRows<Row>(
  market: GatewayClient,
  path: string,
  name: string,
  asked: Pick<Asked, "participant" | "query">,
): Promise<readonly Row[]> {
  return (await firstRows<Row>(market, path, name, null, asked)).rows;
}

/** Rows, and where the list goes on; null: this was all. */
type Page<Row> = { readonly rows: readonly Row[]; readonly next: string | null };

/**
 * One page. Throws `Failure` for what no gateway says: no rows, or more of them behind nothing new,
 * without end.
 */
async function readPage<Row>(
  market: GatewayClient,
  path: string,
  name: string,
  asked: Asked,
): Promise<Page<Row>> {
  const { next, [name]: rows } = await market.get<Record<string, unknown>>(path, asked);
  const isEnd = next === null;
  const isNew = typeof next === "string" && next !== asked.query?.["after"];
  if (Array.isArray(rows) && (isEnd || (isNew && rows.length > 0)))
    return { rows: rows as Row[], next: isEnd ? null : (next as string) };
  throw new Failure(
    `the gateway at ${market.http}: ${path} is no page of ${name}: is it of another version than this command?`,
  );
}

/** What to say of rows that were left out. */
export function moreNote(shown: number, what: string): string {
  return `the newest ${shown} ${what}: --limit <n> shows more`;
}
