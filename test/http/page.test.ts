import { deepEqual, equal, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { pageBytesMax } from "../../src/http/page.ts";
import { startGateway, type RunningGateway, type Who } from "./running-gateway.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway({ ordersPerSecond: 100_000 });
});

after(() => market?.close());

type Page = {
  readonly rows: Record<string, unknown>[];
  readonly next: string | null;
  readonly bytes: number;
};

async function pageAt(who: Who, name: string, path: string): Promise<Page> {
  const headers = { authorization: `Bearer ${market.keys[who]}` };
  const answer = await fetch(`${market.url}${path}`, { headers });
  const text = await answer.text();
  equal(answer.status, 200, text);
  const body = JSON.parse(text) as Record<string, Page["rows"]> & { next: string | null };
  return { rows: body[name] ?? [], next: body.next, bytes: Buffer.byteLength(text) };
}

/** All pages of a list, one after the other; `between` happens after each. */
async function allPages(
  who: Who,
  name: string,
  path: string,
  between: () => Promise<unknown> = async () => {},
): Promise<Page[]> {
  const pages: Page[] = [];
  let next: string | null = "";
  while (next !== null && pages.length < 100) {
    const more = next === "" ? "" : `&after=${encodeURIComponent(next)}`;
    const page: Page = await pageAt(who, name, `${path}${more}`);
    pages.push(page);
    next = page.next;
    await between();
  }
  return pages;
}

test("a page of dead letters is bounded in bytes, and the pages together are all letters once, newest first", async () => {
  const count = 120;
  for (let index = 0; index < count; index += 1)
    // six bytes each in JSON
    await market.write("buy-orders", `${index} ${"\u0001".repeat(5_000)}`);
  let have = 0;
  for (let tries = 0; have < count && tries < 400; tries += 1) {
    have = (await allPages("operations", "dead_letters", "/v1/dead-letters?limit=1000"))
      .map(({ rows }) => rows.length)
      .reduce((sum, one) => sum + one, 0);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const pages = await allPages("operations", "dead_letters", "/v1/dead-letters?limit=1000", () =>
    market.write("buy-orders", "one that comes between two pages"),
  );
  ok(pages.length >= 3, `${pages.length} pages`);
  for (const { bytes } of pages) ok(bytes < pageBytesMax + 1_000, `${bytes} bytes`);
  const offsets = pages.flatMap(({ rows }) => rows.map(({ offset }) => offset));
  deepEqual(
    offsets,
    Array.from({ length: count }, (_, index) => count - 1 - index),
  );
});

test("what comes or ends between two pages moves no order of the others, by any limit", async () => {
  const body = { symbol: "SBIN", side: "BUY", quantity: 1, price_paise: 90_000 };
  const ids: string[] = [];
  for (let index = 0; index < 23; index += 1) {
    const { body: placed } = await market.call("HDFC", "POST", "/v1/orders", body);
    ids.unshift(String((placed["order"] as Record<string, unknown>)["order_id"]));
  }
  const [newest = ""] = ids;
  let ended = 0;
  for (const path of [
    "/v1/orders?status=open&limit=7",
    "/v1/orders?limit=1",
    "/v1/orders?limit=1000",
  ]) {
    const before = ids.slice(ended);
    const pages = await allPages("HDFC", "orders", path, async () => {
      if (!path.includes("open")) return;
      // The last one told is gone when the next page is asked for.
      const told = before[7 * (ended + 1) - 1];
      ended += 1;
      if (told !== undefined) await market.call("HDFC", "DELETE", `/v1/orders/${told}`, {});
      await market.call("HDFC", "POST", "/v1/orders", { ...body, client_order_id: `new-${ended}` });
    });
    const told = pages.flatMap(({ rows }) => rows.map(({ order_id: id }) => String(id)));
    deepEqual(
      told.filter((id) => ids.includes(id)),
      ids,
    );
    equal(new Set(told).size, told.length);
    ended = 0;
  }
  const gone = await market.call("HDFC", "GET", "/v1/orders?after=O-0-999999");
  deepEqual([gone.status, gone.body["code"], gone.body["field"]], [400, "PAGE_GONE", "after"]);
  const others = await market.call("SELLER", "GET", `/v1/orders?after=${newest}`);
  equal(others.status, 400, "another member's order is no place in one's own list");
});

test("every route that lists rows has pages", async () => {
  const { paths } = (await (await fetch(`${market.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, any>>;
  };
  const without: string[] = [];
  const paged: string[] = [];
  for (const [path, { get }] of Object.entries(paths)) {
    const schema = get?.responses?.["200"]?.content?.["application/json"]?.schema;
    const arrays = Object.entries<any>(schema?.properties ?? {}).filter(
      ([, { type, items }]) => type === "array" && items?.type === "object",
    );
    if (arrays.length === 0) continue;
    const names = (get.parameters ?? []).map(({ name }: { name: string }) => name);
    if (names.includes("after") && "next" in schema.properties) paged.push(path);
    else without.push(path);
  }
  equal(paged.length, 16, paged.join(" "));
  for (const path of [
    "/v1/orders",
    "/v1/dead-letters",
    "/v1/funds",
    "/v1/holdings",
    "/v1/instruments",
  ]) {
    const schema = paths[path]?.["get"].responses["200"].content["application/json"].schema;
    const all = Object.entries<any>(schema.properties);
    const [name, { items }] = all.find(([, one]) => one.items) ?? ["none", {}];
    const { body } = await market.call(
      path === "/v1/dead-letters" ? "operations" : "HDFC",
      "GET",
      path,
    );
    const [row = {}] = body[name] as Record<string, unknown>[];
    deepEqual(Object.keys(row).toSorted(), Object.keys(items.properties).toSorted(), path);
    deepEqual(Object.keys(body), [name, "next"]);
  }
  // Of bounded length by themselves: levels, bars kept, one order's hops, shards, topics, assets.
  deepEqual(without.toSorted(), [
    "/v1/bars/{symbol}",
    "/v1/depth/{symbol}",
    "/v1/flow",
    "/v1/log/trade-dates/{date}",
    "/v1/orders/{id}/journey",
    "/v1/steps/{shard}/{log_offset}/{seq}",
    "/v1/topics",
    "/v1/topics/{topic}/records",
    "/v1/trades/{id}/journey",
    "/v1/trial-balance",
  ]);
});
