import { deepEqual, equal, ok } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { GatewayParts } from "../../../src/cli/market/gateway-service.ts";
import { changeKeys, newKey } from "../../../src/cli/keys/keys-file.ts";
import { readKeyText } from "../../../src/http/keys.ts";
import { topicSpecs } from "../../../src/protocol/topics.ts";
import type { MarketLog } from "../../../src/services/log.ts";
import { until } from "../../acceptance/market-process.ts";
import {
  hidingSnapshots,
  openSnapshotMarket,
  recordedSteps,
} from "../../services/snapshot-market.ts";
import { startGateway, type RunningGateway } from "../running-gateway.ts";

type Report = Parameters<GatewayParts["report"]>[0];
type Rows = Record<string, any>[];

/** Two gateways of one market: one has read its log from offset 0, one began at a snapshot. */
type Pair = {
  readonly from0: RunningGateway;
  readonly restored: RunningGateway;
  readonly heard: readonly Report[];
  /** Texts of keys: operations first, then a member each. */
  readonly keys: readonly string[];
};

/** A gateway that finds no snapshot at its start. */
async function startFrom0(log: MarketLog): Promise<RunningGateway> {
  let isHidden = true;
  const gateway = await startGateway({ log: hidingSnapshots(log, () => isHidden) }, []);
  isHidden = false;
  return gateway;
}

/** How many rows of a kind are asked for, one by one. */
const asked = 6;

/** How many members ask, each for its own. */
const membersMost = 4;

/** The market's log up to a share of it, with a snapshot of a share of that. */
async function startPair(name: string, upTo: number, taken: number): Promise<Pair> {
  const steps = recordedSteps(name);
  const market = await openSnapshotMarket(steps);
  const all = Math.floor(steps.length * upTo);
  const before = Math.floor(all * taken);
  await market.write(before);
  const { id } = await market.take();
  await market.write(all - before);
  const from0 = await startFrom0(market.log);
  const { keysFile } = from0;
  const heard: Report[] = [];
  const report = (each: Report): void => void heard.push(each);
  const restored = await startGateway({ log: market.log, keysFile, report }, []);
  const begun = heard.find(({ type }) => type === "restored");
  equal(begun !== undefined && "snapshot" in begun ? begun.snapshot : null, id);
  const { participants } = (await from0.call("operations", "GET", "/v1/market")).body;
  const members = (participants as string[])
    .slice(0, membersMost)
    .map((member, index) => newKey(`of-${index}`, ["trader", "counterparty"], [member]));
  await changeKeys(keysFile, (all) => [...(all ?? []), ...members.map(({ key }) => key)]);
  const keys = [from0.keys.operations, ...members.map(({ text }) => text)];
  for (const { url } of [from0, restored]) await untilKnown(url, keys.at(-1) ?? "");
  return { from0, restored, heard, keys };
}

async function untilKnown(url: string, key: string): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  const isKnown = async (): Promise<boolean> =>
    (await fetch(`${url}/v1/session`, { headers })).status === 200;
  await until("the keys' file is read again", isKnown);
}

type Told = { readonly status: number; readonly type: string | null; readonly text: string };

async function tell(url: string, key: string, path: string): Promise<Told> {
  const { id, secret } = readKeyText(key) ?? { id: "", secret: "" };
  const ofKite = { authorization: `token ${id}:${secret}`, "x-kite-version": "3" };
  const own: Record<string, string> = key === "" ? {} : { authorization: `Bearer ${key}` };
  const headers = path.startsWith("/kite") ? ofKite : own;
  const answer = await fetch(`${url}${path}`, { headers });
  const { status } = answer;
  return { status, type: answer.headers.get("content-type"), text: await answer.text() };
}

/** Routes of the documents, and those of them that gave a good answer. */
let routes: readonly string[] = [];
const good = new Set<string>();

/** Asks both, and compares every byte. Returns what both say. */
async function same({ from0, restored }: Pair, key: string, path: string): Promise<Told> {
  const [one, other] = await Promise.all(
    [from0, restored].map(({ url }) => tell(url, key, path)) as [Promise<Told>, Promise<Told>],
  );
  deepEqual(other, one, path);
  if (one.status === 200) good.add(routeOf(path, routes) ?? "");
  return one;
}

/** A list's rows, all pages of it. */
async function allRows(pair: Pair, key: string, path: string): Promise<Rows> {
  const rows: Rows = [];
  for (let after = ""; ;) {
    const sign = path.includes("?") ? "&" : "?";
    const { text, status } = await same(pair, key, `${path}${after && `${sign}after=${after}`}`);
    if (status !== 200) return rows;
    const body = JSON.parse(text) as Record<string, unknown>;
    rows.push(...(Object.values(body).find((each) => Array.isArray(each)) as Rows));
    if (typeof body["next"] !== "string") return rows;
    after = encodeURIComponent(body["next"]);
  }
}

/** Some from the beginning, some from the end. */
function some<Value>(all: readonly Value[]): Value[] {
  return [...new Set([...all.slice(0, asked / 2), ...all.slice(-asked / 2)])];
}

const lists = [
  "/v1/orders?limit=200",
  "/v1/orders?status=open",
  "/v1/trades?limit=200",
  "/v1/confirmations",
  "/v1/affirmations",
  "/v1/accounts?openings=true",
  "/v1/positions",
  "/v1/holdings",
  "/v1/funds",
  "/v1/settlements",
  "/v1/instructions?limit=200",
  "/v1/dead-letters?limit=200",
  "/v1/log/settlements",
  "/v1/instruments",
];
const alone = [
  "/v1/session",
  "/v1/market",
  "/v1/trial-balance",
  "/v1/topics",
  "/healthz",
  "/readyz",
];
const ofKite = [
  "/kite/orders",
  "/kite/trades",
  "/kite/user/profile",
  "/kite/user/margins",
  "/kite/user/margins/equity",
  "/kite/portfolio/positions",
  "/kite/portfolio/holdings",
  "/kite/instruments",
  "/kite/instruments/NSE",
];

/** The paths that ask for one thing each, of what the lists say. */
async function single(pair: Pair, key: string): Promise<string[]> {
  const rows = async (path: string): Promise<Rows> => allRows(pair, key, path);
  const [orders, trades] = [await rows("/v1/orders?limit=200"), await rows("/v1/trades?limit=200")];
  const letters = await rows("/v1/dead-letters?limit=200");
  const settlements = [...(await rows("/v1/settlements")), ...(await rows("/v1/log/settlements"))];
  const numbers = new Set(settlements.map((each) => String(each["settlement_number"])));
  const traded = new Set(trades.map((each) => String(each["symbol"])));
  const symbols = [...traded, "SBIN", "NOBODYS"];
  const ids = some(orders).map((each) => each["order_id"]);
  const own = some(orders).map((each) => each["client_order_id"]);
  const places = some(orders).map((each) => each["place"]);
  const tradeIds = some(trades).map((each) => each["trade_id"]);
  const dates = new Set<string>();
  for (const { account } of await rows("/v1/accounts")) {
    const path = `/v1/log/trade-dates?account=${encodeURIComponent(account)}`;
    const { text, status } = await same(pair, key, path);
    if (status === 200) for (const date of JSON.parse(text).trade_dates) dates.add(date);
  }
  return [
    ...ids.flatMap((id) => [`/v1/orders/${id}`, `/v1/orders/${id}/journey`, `/v1/orders?id=${id}`]),
    ...ids.flatMap((id) => [`/kite/orders/${id}`, `/kite/orders/${id}/trades`]),
    ...own.map((id) => `/v1/orders?id=${encodeURIComponent(String(id))}`),
    ...["O-0-999999", "O-0-1", "nobodys"].map((id) => `/v1/orders/${id}`),
    ...tradeIds.map((id) => `/v1/trades/${id}/journey`),
    ...some(letters).map(({ id }) => `/v1/dead-letters/${id}`),
    ...places.map(({ shard, log_offset, seq }) => `/v1/steps/${shard}/${log_offset}/${seq}`),
    ...places.flatMap((place) => [
      `/v1/log/checkpoints/${place["shard"]}?offset=${place["log_offset"]}`,
      `/v1/log/checkpoints/${place["shard"]}?command_offset=${place["command_offset"]}`,
    ]),
    "/v1/log/checkpoints/0",
    ...[...numbers].flatMap((number) => [
      `/v1/settlements/${number}/obligations`,
      `/v1/instructions?settlement_number=${number}`,
      `/v1/log/settlements?settlement_number=${number}`,
    ]),
    ...symbols.flatMap((symbol) => [
      `/v1/depth/${symbol}?levels=20`,
      ...[1_000, 5_000, 60_000, 300_000].map((ms) => `/v1/bars/${symbol}?length_ms=${ms}`),
      `/v1/prints/${symbol}?limit=1000`,
      ...["", "/ohlc", "/ltp"].map((kind) => `/kite/quote${kind}?i=NSE:${symbol}`),
    ]),
    "/v1/log/trade-dates?account=NOBODY",
    ...[...dates].flatMap((date) => [
      `/v1/log/trade-dates/${date}`,
      `/v1/log/trade-dates/${date}/securities`,
    ]),
    ...topicSpecs.map(({ name }) => `/v1/topics/${name}/records?offset=0&limit=3`),
  ];
}

/** The route of a path, as the documents name it; null: of none of them. */
function routeOf(path: string, routes: readonly string[]): string | null {
  const [bare = ""] = path.split("?");
  const fits = (route: string): boolean =>
    new RegExp(`^${route.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`).test(bare);
  return routes.find((route) => route === bare) ?? routes.find(fits) ?? null;
}

/** Counters of the whole log: all else is of the process. */
async function counters(url: string): Promise<string[]> {
  const { text } = await tell(url, "", "/metrics");
  const ofLog =
    /^sauda_(orders|rejects|trades|traded|settlements|dead|repeats|quar|inputs|step|epoch)/;
  return text.split("\n").filter((line) => ofLog.test(line));
}

for (const [name, upTo, taken] of [
  ["clearing-crowd-5", 1, 0.6],
  ["clearing-crowd-2", 0.5, 1],
  ["instant-crowd-3", 1, 0.5],
  ["strangers", 1, 0.4],
  ["short-bought-in.yaml", 0.7, 0.9],
  ["devolved-trade.yaml", 1, 0.5],
  ["margin.yaml", 0.8, 0.5],
  ["cash-default.yaml", 1, 0.6],
] as const)
  describe(`a gateway that starts from a snapshot of ${name}`, () => {
    let pair: Pair;

    before(async () => {
      pair = await startPair(name, upTo, taken);
      const { paths } = JSON.parse((await tell(pair.from0.url, "", "/openapi.json")).text) as {
        readonly paths: Readonly<Record<string, object>>;
      };
      routes = Object.entries(paths).flatMap(([path, each]) => ("get" in each ? [path] : []));
    });
    after(async () => {
      await pair.from0.close();
      await pair.restored.close();
    });

    test("answers every GET route byte for byte as one that has read the log from 0", async () => {
      for (const key of pair.keys) {
        for (const path of lists) await allRows(pair, key, path);
        const paths = [...alone, ...ofKite, ...(await single(pair, key))];
        for (const path of paths) {
          const { status } = await same(pair, key, path);
          ok(status < 500 || path === "/readyz", `${path}: ${status}`);
        }
      }
    });

    test("counts the whole log, for Prometheus", async () => {
      const [one, other] = [await counters(pair.from0.url), await counters(pair.restored.url)];
      deepEqual(other, one);
      ok(one.some((line) => /^sauda_orders_total\{kind="book"\} [1-9]/.test(line)));
    });
  });

test("every route that there is gave a good answer in one of these markets", () => {
  ok(routes.length > 25);
  const never = new Set(["/v1/flow"]); // rates of the process
  deepEqual(
    routes.filter((route) => !good.has(route) && !never.has(route)),
    [],
  );
});
