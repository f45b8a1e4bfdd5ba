/**
 * Takes the pictures of docs/screens: every page, dark and light, wide and narrow, of a market in
 * memory that the demo fills with life. `npm run screenshots`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { makeFolder } from "../src/kafka/managed/make-folder.ts";
import { startBrowser, waitLive } from "../test/web/dashboard-browser.ts";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs", "screens");
const looks = ["dark", "light"] as const;
const widths = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

/** The symbol on the pictures: its price comes from the demo alone. */
const shown = { symbol: "ASIANPAINT", closePaise: 276_000 };

await makeFolder(folder);
await inMarket([], takeAll);
await inMarketWithClearing(takeClearing);

/** Starts a market in memory and a browser, and ends both after the work. */
async function inMarket(
  more: readonly string[],
  work: (browser: Browser, address: string, tell: (line: string) => unknown) => Promise<void>,
): Promise<void> {
  const args = [join(root, "bin", "sauda.js"), "up", "--in-memory", "--http-port", "0", "--json"];
  const stdio = ["pipe", "pipe", "ignore"] as const;
  const market = spawn(process.execPath, [...args, ...more], { stdio: [...stdio] });
  const { promise: url, resolve } = Promise.withResolvers<string>();
  createInterface({ input: market.stdout }).on("line", (line) => {
    const event = JSON.parse(line) as { type: string; url?: string };
    if (event.type === "dashboard") resolve(event.url ?? "");
  });
  const browser = await startBrowser();
  try {
    await work(browser, await url, (line) => market.stdin.write(`${line}\n`));
  } finally {
    await browser.close();
    market.stdin.end("exit\n");
    market.kill("SIGTERM");
  }
}

/** The same with trades that settle on T+1. */
async function inMarketWithClearing(work: Parameters<typeof inMarket>[1]): Promise<void> {
  const own = mkdtempSync(join(tmpdir(), "sauda-screens-"));
  const file = join(own, "participants.json");
  const members = JSON.parse(readFileSync(join(root, "participants.json"), "utf8")) as object;
  try {
    writeFileSync(file, JSON.stringify({ ...members, settlement: "T+1" }));
    await inMarket(["--participants", file], work);
  } finally {
    rmSync(own, { recursive: true });
  }
}

async function takeAll(
  browser: Browser,
  address: string,
  tell: (line: string) => unknown,
): Promise<void> {
  await fill(address);
  // Typed at the market's own prompt: a word no counterparty has, and a line that is no order.
  tell("counterparty MAYBE");
  tell("demo --rate 40 --seconds 300 --symbols 8 --traders ALPHA,BRAVO,DELTA,SELLER");
  await sleep(75_000); // bars to look at
  for (const look of looks) for (const size of widths) await takeLook(browser, address, look, size);
}

/** Trades of members and their clients, netted. */
async function takeClearing(browser: Browser, address: string): Promise<void> {
  const trades = [
    { seller: "SELLER", buyer: "HDFC/asha", symbol: "SBIN", quantity: 100, price_paise: 98_500 },
    { seller: "HDFC/ravi", buyer: "SELLER", symbol: "SBIN", quantity: 40, price_paise: 98_620 },
    { seller: "ALPHA", buyer: "HDFC/asha", symbol: "INFY", quantity: 60, price_paise: 150_000 },
    {
      seller: "HDFC/asha",
      buyer: "BRAVO/meera",
      symbol: "INFY",
      quantity: 45,
      price_paise: 150_250,
    },
    { seller: "BRAVO/meera", buyer: "ALPHA", symbol: "SBIN", quantity: 25, price_paise: 98_550 },
  ];
  for (const { seller, buyer, symbol, quantity, price_paise } of trades)
    for (const [side, account] of [
      ["SELL", seller],
      ["BUY", buyer],
    ] as const) {
      const [member = "", client = null] = account.split("/");
      await place(address, { symbol, side, quantity, price_paise, client }, member);
    }
  for (const look of looks)
    for (const size of widths) {
      const { page, show } = await openPage(browser, address, look, size);
      await takeRole(page, "operator");
      await show("clearing", "clearing");
      await page.context().close();
    }
}

/** What the demo does not do: own orders, orders that wait for a counterparty. */
async function fill(address: string): Promise<void> {
  const negotiated = { symbol: "SBIN", side: "BUY", counterparty: "COUNTERPARTY" };
  for (const quantity of [250, 40])
    await place(address, { ...negotiated, quantity, price_paise: 98_500 });
  const { symbol, closePaise } = shown;
  for (const [side, ticks, quantity] of [
    ["BUY", -9, 120],
    ["BUY", -5, 60],
    ["SELL", 6, 80],
    ["SELL", 11, 200],
    ["BUY", 2, 35],
  ] as const)
    await place(address, { symbol, side, quantity, price_paise: closePaise + ticks * 10 });
}

async function place(address: string, order: object, member = "HDFC"): Promise<void> {
  const { origin, hash } = new URL(address);
  const answer = await fetch(`${origin}/v1/orders`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${hash.replace("#key=", "")}`,
      "sauda-participant": member,
      "content-type": "application/json",
    },
    body: JSON.stringify(order),
  });
  if (answer.status !== 201) throw new Error(await answer.text());
}

type Shown = { page: Page; show: (name: string, path: string) => Promise<void> };

/** The dashboard, and how to take a picture of one of its pages. */
async function openPage(
  browser: Browser,
  address: string,
  look: (typeof looks)[number],
  size: (typeof widths)[number],
): Promise<Shown> {
  const context = await browser.newContext({ viewport: size, colorScheme: look });
  const page = await context.newPage();
  await page.goto(address);
  await waitLive(page);
  const show = async (name: string, path: string): Promise<void> => {
    await page.goto(`${new URL(address).origin}/#/${path}`);
    await sleep(1_500);
    await page.screenshot({ path: join(folder, `${name}-${look}-${size.width}.png`) });
  };
  return { page, show };
}

async function takeLook(
  browser: Browser,
  address: string,
  look: (typeof looks)[number],
  size: (typeof widths)[number],
): Promise<void> {
  const { page, show } = await openPage(browser, address, look, size);
  await show("market", `market/${shown.symbol}`);
  await show("orders", "orders");
  await show("journey", "journey/T-0-1-0-0");
  await show("positions", "positions");
  await show("dead-letters", "dead-letters");
  await show("flow", "flow");
  await takeRole(page, "counterparty");
  await show("inbox", "inbox");
  await page.context().close();
}

async function takeRole(page: Page, role: string): Promise<void> {
  await page.addInitScript(`sessionStorage.setItem("sauda.role", "${role}")`);
  await page.reload();
  await waitLive(page);
}
