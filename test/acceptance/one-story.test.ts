import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { runBooksProcess } from "../../src/cli/market/books-service.ts";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { askBooks } from "../../src/postgres/on-connection.ts";
import { readHoldings, readTrialBalance } from "../../src/postgres/reports.ts";
import type { TopicName } from "../../src/protocol/topics.ts";
import { checkMarket } from "../checker/market-check.ts";
import { account } from "../clearing-given.ts";
import { dataOf, kiteCall } from "../http/kite/kite-call.ts";
import {
  india,
  movedClock,
  startGateway,
  type RunningGateway,
  type Who,
} from "../http/running-gateway.ts";
import { reconcilePublic } from "../../src/services/reconciling/reconciliation.ts";
import { marketRecords } from "../services/market-in-simulation.ts";
import { testPostgres, type TestPostgres } from "../postgres/test-postgres.ts";
import { openDashboard, skipWithoutChromium, startBrowser } from "../web/dashboard-browser.ts";

/** HDFC buys 100 of SELLER, which has 40: of 60 that lack 35 are bought in, and 25 closed out. */
const clearing = {
  ...nseClearing,
  accounts: new Map([["SELLER", account("margin", 10_000_000_000, { SBIN: 40 })]]),
};
const order = { symbol: "SBIN", quantity: 100, price_paise: 98_500 };

type Fields = Record<string, any>;

let market: RunningGateway;
let server: TestPostgres;
let browser: Browser | null;
let page: Page | null;
let tradeId: string;
const ended = new AbortController();
let books: Promise<void>;

async function get(who: Who, path: string): Promise<Fields> {
  const { status, body } = await market.call(who, "GET", path);
  equal(status, 200, `${path} ${JSON.stringify(body)}`);
  return body;
}

/** What the doors say of the trade; it must be one story. */
async function tellers(): Promise<Record<string, readonly unknown[]>> {
  const { trades } = await get("HDFC", "/v1/trades");
  const listed = (trades as Fields[]).find(({ trade_id }) => trade_id === tradeId) ?? {};
  const journey = await get("SELLER", `/v1/trades/${tradeId}/journey`);
  const lastOf = (all: Fields[]): Fields => all.at(-1) ?? {};
  const published = (await readTopic("sauda.settlements")).filter(
    (message) => message["trade_id"] === tradeId,
  );
  const fate = (message: Fields) => [
    message["status"],
    message["reason"],
    message["settled_quantity"],
    message["short_quantity"],
  ];
  return {
    http: fate(listed),
    "the seller's journey": fate(journey["trade"]),
    "the way in it": fate(lastOf(journey["way"])),
    "sauda.settlements": fate(lastOf(published)),
  };
}

/** Shares that HDFC has, and that are still to come. */
async function shares(): Promise<Record<string, readonly number[]>> {
  const { holdings } = await get("HDFC", "/v1/holdings");
  const own = (holdings as Fields[]).find(({ account: name }) => name === "HDFC") ?? {};
  const [kite] = dataOf<Fields[]>(
    (await kiteCall(market, "HDFC", "GET", "/portfolio/holdings")).body,
  );
  const opened = Number(kite?.["opening_quantity"]);
  const { market_id } = await get("HDFC", "/v1/market");
  const owner = { member: "HDFC", client: null };
  const kept = await askBooks(server.postgres().url, (sql) => readHoldings(sql, market_id, owner));
  const booked = kept?.find(({ asset }) => asset === "SBIN");
  return {
    http: [own["free"] + own["blocked"] - opened, own["due"]],
    kite: [Number(kite?.["quantity"]) - opened, Number(kite?.["t1_quantity"])],
    books: [
      Number((booked?.free ?? 0n) + (booked?.blocked ?? 0n)) - opened,
      Number(booked?.due ?? 0n),
    ],
  };
}

async function readTopic(topic: TopicName): Promise<Fields[]> {
  const { start, end } = await market.log.bounds(topic, 0);
  const reader = await market.log.committedReader(topic, 0, start);
  const all: Fields[] = [];
  for (let next = start; next < end;) {
    const read = await reader.read(200);
    for (const { value } of read.records) all.push(JSON.parse(String(value)) as Fields);
    if (read.next === next) break; // the rest is not committed yet
    next = read.next;
  }
  await reader.close();
  return all;
}

/**
 * Asks again until all tell the same that is expected: doors, topics and books follow the log
 * by themselves.
 */
async function untilAll(
  ask: () => Promise<Record<string, readonly unknown[]>>,
  expected: readonly unknown[],
): Promise<void> {
  const endMs = Date.now() + 20_000;
  for (;;) {
    const answers = await ask();
    const all = Object.fromEntries(Object.keys(answers).map((who) => [who, expected]));
    if (JSON.stringify(answers) === JSON.stringify(all) || Date.now() > endMs) {
      deepEqual(answers, all);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * What the dashboard's page of the trade says: a part of its own, told as skipped without
 * a browser.
 */
async function seen(context: TestContext, words: RegExp): Promise<void> {
  const skip = skipWithoutChromium;
  await context.test(`the dashboard says ${words}`, { skip, timeout: 60_000 }, async () => {
    ok(page !== null, "the page is open");
    const summary = page.getByRole("region", { name: "The trade" });
    await summary.getByText(words).first().waitFor();
  });
}

describe("a trade in T+1 with a short delivery is one story", { timeout: 120_000 }, () => {
  before(async () => {
    const clock = movedClock(india("2026-06-01", "10:00"));
    server = await testPostgres();
    market = await startGateway({ clock }, undefined, { clearing });
    const parts = { log: market.log, database: server.postgres().url, report: () => {} };
    books = runBooksProcess(parts, ended.signal);
    await market.call("SELLER", "POST", "/v1/orders", { ...order, side: "SELL" });
    const { body } = await market.call("HDFC", "POST", "/v1/orders", { ...order, side: "BUY" });
    tradeId = (body["order"] as Fields)["trade_ids"][0];
    browser = skipWithoutChromium === false ? await startBrowser() : null;
    const shown = { url: market.url, key: market.keys.operations };
    page = browser === null ? null : (await openDashboard(browser, shown)).page;
    await page?.goto(`${market.url}/#/journey/${tradeId}`);
  });
  after(async () => {
    ended.abort();
    await browser?.close();
    await market.close();
    await books;
    await server.stop();
  });

  test("traded: pending for its date, all shares to come", async (context) => {
    await untilAll(tellers, ["Pending", "FUTU", 0, 0]);
    await untilAll(shares, [0, 100]);
    await seen(context, /novated/);
    deepEqual(await readTopic("demat-transfers"), []);
  });

  test("netted on the evening: what each side delivers and pays is an instruction, pending", async (context) => {
    await market.moveTo(india("2026-06-02", "09:30"));
    const isNetted = async () => {
      const { instructions } = await get("operations", "/v1/instructions");
      return {
        http: (instructions as Fields[])
          .map(({ status }) => String(status))
          .toSorted((a, b) => (a < b ? -1 : 1)),
      };
    };
    await untilAll(isNetted, ["Pending", "Pending", "Pending", "Pending"]);
    await seen(context, /netted/);
  });

  test("paid in: 60 lack, the delivery fails by LACK, the trade by CLAC", async (context) => {
    await market.moveTo(india("2026-06-02", "10:31"));
    await untilAll(tellers, ["Failing", "CLAC", 0, 60]);
    await untilAll(shares, [0, 100]);
    const { instructions } = await get("SELLER", "/v1/instructions");
    const delivery = (instructions as Fields[]).find(({ movement }) => movement === "DELI") ?? {};
    deepEqual(
      [delivery["status"], delivery["reason"], delivery["settled_quantity"]],
      ["PartiallySettled", "LACK", 40],
    );
    await seen(context, /60 came short/);
  });

  test("the auction buys 35 of them in", async (context) => {
    await market.moveTo(india("2026-06-02", "14:31"));
    await get("HDFC", "/v1/market");
    const offer = { symbol: "SBIN", quantity: 35, price_paise: 99_000 };
    const { status, body } = await market.call("COUNTERPARTY", "POST", "/v1/offers", offer);
    equal(status, 200, JSON.stringify(body));
    await market.moveTo(india("2026-06-02", "15:05"));
    await untilAll(tellers, ["BoughtIn", null, 0, 60]);
    await seen(context, /bought in/);
  });

  test("paid out: 40 are there, 35 to come, and 25 closed out in cash", async (context) => {
    await market.moveTo(india("2026-06-02", "16:00"));
    await untilAll(tellers, ["PartiallySettled", "CLAC", 40, 60]);
    await untilAll(shares, [40, 35]);
    const settlements = await readTopic("sauda.settlements");
    const closed = settlements.filter(
      ({ state, type }) => state === "ClosedOut" && type === "Instruction",
    );
    deepEqual(
      closed.map(({ movement, last_qty }) => [movement, last_qty]),
      [
        ["DELI", 25],
        ["RECE", 25],
      ],
    );
    deepEqual(await readTopic("demat-transfers"), [], "its legs come at its end");
    await seen(context, /40 of 100 received, 60 came short/);
  });

  test("at its end 75 were received and 25 closed out, in the legs, in the books and on every page", async (context) => {
    await market.moveTo(india("2026-06-03", "12:00"));
    await untilAll(tellers, ["ClosedOut", null, 75, 60]);
    await untilAll(shares, [75, 0]);
    const [demat, ...moreShares] = await readTopic("demat-transfers");
    const [cash, ...moreCash] = await readTopic("cash-movements");
    deepEqual([moreShares, moreCash], [[], []], "one record of each for a trade");
    deepEqual([demat?.["quantity"], cash?.["amount"]], [75, 73_875]);
    await seen(context, /closed out/);
    await seen(context, /75 of 100 received/);
    const { hops } = await get("HDFC", `/v1/trades/${tradeId}/journey`);
    const titles = (hops as Fields[]).map(({ title }) => String(title)).join("\n");
    for (const word of [
      /traded and novated/,
      /netted in/,
      /paid in in/,
      /short in/,
      /bought in in/,
      /closed out in/,
      /paid out in/,
      /DEMAT leg/,
    ])
      match(titles, word);
    const { market_id, clock: now } = await get("HDFC", "/v1/market");
    const parts = { log: market.log, shard: 0, shards: 1, nowMs: Date.parse(now), graceMs: 60_000 };
    const breaks: unknown[] = [];
    await reconcilePublic(parts, (found) => breaks.push(found));
    deepEqual(breaks, [], "the log and the public topics");
    deepEqual(checkMarket(marketRecords(market.cluster, 1), true).problems, [], "by the checker");
    const balance = await askBooks(server.postgres().url, (sql) =>
      readTrialBalance(sql, market_id),
    );
    const totals = Map.groupBy(balance ?? [], ({ asset }) => asset);
    ok(totals.size >= 2);
    for (const [asset, kinds] of totals)
      equal(
        kinds.reduce((sum, { amount }) => sum + amount, 0n),
        0n,
        asset,
      );
  });
});
