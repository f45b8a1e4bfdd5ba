import type { Asked, GatewayClient } from "./gateway-client.ts";

/** The gateway gives at most so many rows a page. */
const pageMax = 1000;
/** Rows that a command shows unless it is told otherwise. */
export const shownDefault = 100;

/** Rows as the gateway gave them, and whether there are more of them. */
type Rows<Row> = { readonly rows: readonly Row[]; readonly isMore: boolean };

/** The first rows of a list that has a limit, page by page. `name`: under which a page has its rows. */
export async function firstRows<Row>(
  market: GatewayClient,
  path: string,
  name: string,
  limit: number,
  asked: Pick<Asked, "participant" | "query">,
): Promise<Rows<Row>> {
  const rows: Row[] = [];
  for (let after: string | undefined; ;) {
    const most = Math.min(limit - rows.length, pageMax);
    const query = { ...asked.query, limit: most, after };
    const page: Page = await market.get<Page>(path, { ...asked, query });
    rows.push(...(page[name] as Row[]));
    if (page.next === null || rows.length >= limit) return { rows, isMore: page.next !== null };
    after = page.next;
  }
}

/** All rows of a list that has no limit, page by page. */
export async function allRows<Row>(
  market: GatewayClient,
  path: string,
  name: string,
  asked: Pick<Asked, "participant" | "query">,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let after: string | undefined; ;) {
    const page: Page = await market.get<Page>(path, {
      ...asked,
      query: { ...asked.query, after },
    });
    rows.push(...(page[name] as Row[]));
    if (page.next === null) return rows;
    after = page.next;
  }
}

type Page = { readonly next: string | null; readonly [name: string]: unknown };

/** What to say of rows that were left out. */
export function moreNote(shown: number, what: string): string {
  return `the newest ${shown} ${what}: --limit <n> shows more`;
}
