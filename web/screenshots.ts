/**
 * Takes the pictures of docs/screens: every page, dark and light, wide and narrow, of a market in memory
 * that the demo fills with life. `npm run screenshots`.
 */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs", "screens");
const looks = ["dark", "light"] as const;
const widths = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

/** The symbol on the pictures: its price comes from the demo alone. */
const shown = { symbol: "ASIANPAINT", closePaise: 276_000 };

mkdirSync(folder, { recursive: true });
await takeAll();

async function takeAll(): Promise<void> {
  const args = [join(root, "bin", "sauda.js"), "up", "--in-memory", "--http-port", "0", "--json"];
  const market = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "ignore"] });
  const { promise: url, resolve } = Promise.withResolvers<string>();
  createInterface({ input: market.stdout }).on("line", (line) => {
    const said = JSON.parse(line) as { type: string; url?: string };
    if (said.type === "dashboard") resolve(said.url ?? "");
  });
  const browser = await chromium.launch({
    executablePath: process.env["SAUDA_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    const address = await url;
    await fill(address);
    // Typed at the market's own prompt: a word no counterparty has, and a line that is no order.
    market.stdin.write("counterparty MAYBE\n");
    market.stdin.write(
      "demo --rate 40 --seconds 300 --symbols 8 --traders ALPHA,BRAVO,DELTA,SELLER\n",
    );
    await sleep(75_000); // bars to look at
    for (const look of looks)
      for (const size of widths) await takeLook(browser, address, look, size);
  } finally {
    await browser.close();
    market.stdin.end("exit\n");
    market.kill("SIGTERM");
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

async function place(address: string, order: object): Promise<void> {
  const { origin, hash } = new URL(address);
  const answer = await fetch(`${origin}/v1/orders`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${hash.replace("#key=", "")}`,
      "sauda-participant": "HDFC",
      "content-type": "application/json",
    },
    body: JSON.stringify(order),
  });
  if (answer.status !== 201) throw new Error(await answer.text());
}

async function takeLook(
  browser: Browser,
  address: string,
  look: (typeof looks)[number],
  size: (typeof widths)[number],
): Promise<void> {
  const context = await browser.newContext({ viewport: size, colorScheme: look });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole("button", { name: "live", exact: true }).waitFor();
  const show = async (name: string, path: string): Promise<void> => {
    await page.goto(`${new URL(address).origin}/#/${path}`);
    await sleep(1_500);
    await page.screenshot({ path: join(folder, `${name}-${look}-${size.width}.png`) });
  };
  await show("market", `market/${shown.symbol}`);
  await show("orders", "orders");
  await show("journey", "journey/T-0-1-0-0");
  await show("positions", "positions");
  await show("dead-letters", "dead-letters");
  await show("flow", "flow");
  await page.addInitScript(`sessionStorage.setItem("sauda.role", "counterparty")`);
  await page.reload();
  await page.getByRole("button", { name: "live", exact: true }).waitFor();
  await show("inbox", "inbox");
  await context.close();
}
