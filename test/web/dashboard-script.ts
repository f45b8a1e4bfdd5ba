import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { until } from "../acceptance/market-process.ts";
import {
  keepPicture,
  openDashboard,
  seriousFaults,
  skipWithoutChromium,
  startBrowser,
  waitLive,
} from "./dashboard-browser.ts";
import type { DashboardMarket } from "./dashboard-market.ts";
import {
  choose,
  followHops,
  negotiate,
  play,
  printsShown,
  readLegs,
  tabTo,
} from "./dashboard-steps.ts";

/** What the tests of one day work on; set by the time a test runs. */
type Day = { browser: Browser; market: DashboardMarket };

/**
 * Everything a user does in the dashboard, by mouse and by keyboard, on the market that `start`
 * gives. The tests build on each other: they are one day at one desk.
 */
export function describeDashboard(where: string, start: () => Promise<DashboardMarket>): void {
  const skip = skipWithoutChromium;
  suite(`the dashboard in a browser, ${where}`, { skip, timeout: 300_000 }, () => {
    const day = {} as Day;
    before(async () => {
      day.browser = await startBrowser();
      day.market = await start();
    });
    after(async () => {
      await day.browser?.close();
      await day.market?.close();
    });
    test("by mouse: ticket, ladder, sell into it, journey to DEMAT and DEBIT, hop by hop", () =>
      atDesk(day, tradeByMouse));
    test("by mouse: one confirmed and one rejected in the inbox, cash and shares moved", () =>
      atDesk(day, answerByMouse));
    test("by mouse: a dead letter inspected, tried and sent again; the flow shows it all", () =>
      atDesk(day, redriveByMouse));
    test("by mouse: the books are zero; with no settlement open the page says what to do", () =>
      atDesk(day, readBooks));
    test("all of it by keyboard alone", () => atDesk(day, workByKeyboard));
    test("a killed gateway is said, and after its restart nothing is missing", () =>
      atDesk(day, outliveGateway));
  });
}

/** A page of its own, in which nothing may be complained of. */
async function atDesk(
  { browser, market }: Day,
  work: (page: Page, market: DashboardMarket) => Promise<void>,
): Promise<void> {
  const { page, complaints } = await openDashboard(browser, market);
  await work(page, market);
  // What the browser itself says of a server that is gone is no fault of the page.
  const isOurs = (complaint: string): boolean =>
    !/ERR_(CONNECTION|EMPTY|SOCKET|INCOMPLETE)/.test(complaint);
  assert.deepEqual(complaints.filter(isOurs), []);
  await page.close();
}

async function tradeByMouse(page: Page, market: DashboardMarket): Promise<void> {
  assert.ok(!page.url().includes("key="), "the key is not left in the address");
  await page.getByLabel("Shares", { exact: true }).fill("100");
  await page.getByLabel("Price ₹").fill("985.00");
  await page.getByRole("button", { name: "Send buy" }).dblclick();
  await page.getByText("Accepted by the market").waitFor();
  const bid = page.getByRole("button", { name: /^Bid 985\.00, 100 in 1 orders.*100 yours$/ });
  await bid.waitFor();

  await page.getByRole("button", { name: "New ticket" }).click();
  await page.getByLabel("Shares", { exact: true }).fill("1,00,000");
  await page.getByLabel("Price ₹").fill("985");
  await page.getByRole("button", { name: "Send buy" }).dblclick();
  await page.getByText("Worth ₹9.85 crore, above ₹1 crore. Send it really?").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Clear" }).click();

  await play(page, "Seller");
  await page.getByRole("button", { name: "Sell", exact: true }).click();
  await page.getByRole("button", { name: /^Bid 985\.00/ }).click();
  assert.equal(await page.getByLabel("Price ₹").inputValue(), "985");
  await page.getByLabel("Shares", { exact: true }).fill("100");
  await page.getByRole("button", { name: "Send sell" }).click();
  await page.getByText("Accepted by the market").waitFor();
  assert.deepEqual(await seriousFaults(page), []);
  await keepPicture(page, "market");

  await page.getByRole("link", { name: /yours/ }).first().click();
  await readLegs(page, { shares: "100 SBIN", rupees: "98,500.00" });
  await page.getByRole("button", { name: /all four legs/ }).waitFor();
  assert.deepEqual((await followHops(page, market)).toSorted(), bookTradeTopics);
  assert.deepEqual(await seriousFaults(page), []);
  await keepPicture(page, "journey");
}

/**
 * Where a trade of the book leaves records: two orders in, their steps, and what is published of
 * it.
 */
const bookTradeTopics = [
  "cash-movements",
  "demat-transfers",
  "sauda.commands",
  "sauda.commands",
  "sauda.events",
  "sauda.events",
  "sauda.settlements",
  "sauda.trades",
];

async function answerByMouse(page: Page, market: DashboardMarket): Promise<void> {
  await page.getByLabel("Shares", { exact: true }).fill("10");
  await page.getByLabel("Price ₹").fill("990");
  await page.getByLabel("With").fill("COUNTERPARTY");
  await page.getByRole("button", { name: "Send buy" }).click();
  await page.getByText("Accepted by the market").waitFor();
  await negotiate(market, 20);

  await play(page, "Counterparty");
  await page.getByRole("link", { name: /^Inbox/ }).click();
  const waiting = page.getByRole("table", { name: "Orders that wait" });
  const past = page.getByRole("table", { name: "Orders that waited" });
  const press = (name: RegExp): Promise<void> =>
    waiting.getByRole("button", { name }).first().click();
  assert.deepEqual(await seriousFaults(page), []);
  await keepPicture(page, "inbox");
  await press(/^Confirm/);
  await past.getByText("Filled").waitFor();
  await press(/^Reject/);
  await past.getByText("Rejected").first().waitFor();
  await page.getByText("No order waits for COUNTERPARTY").waitFor();

  await page.getByRole("link", { name: "Positions & cash" }).click();
  const paid = page.getByRole("cell", { name: "+9,900.00" }).or(page.getByText("9,900.00"));
  await paid.first().waitFor();
  assert.deepEqual(await seriousFaults(page), []);
  await keepPicture(page, "positions");
}

async function redriveByMouse(page: Page, market: DashboardMarket): Promise<void> {
  await market.write("Trade_Order", "nonsense");
  await market.write("Counter_party", JSON.stringify({ type: "Counter_party", text: "CONFIRM" }));
  await play(page, "Operator");
  await page.getByRole("link", { name: "Dead letters" }).click();
  const list = page.getByRole("table", { name: "Dead letters" });
  await list.getByText("NOT_JSON").waitFor();
  const late = list.getByRole("row").filter({ hasText: "NO_ORDER_WAITING" });
  await late.waitFor();
  await negotiate(market, 30);
  await late.getByRole("button").click();
  await page.getByText('"CONFIRM"').waitFor();
  await page.getByRole("button", { name: "Dry run" }).click();
  await page.getByText("COUNTERPARTY CONFIRM the oldest order that waits").waitFor();
  assert.deepEqual(await seriousFaults(page), []);
  await page.getByRole("button", { name: "Send again" }).click();
  await late.getByText("AnswerAccepted").waitFor();
  await keepPicture(page, "dead-letters");

  await page.getByRole("link", { name: "Flow" }).click();
  await page.getByRole("row", { name: /^exchange sauda\.commands/ }).waitFor();
  assert.deepEqual(await seriousFaults(page), []);
  await keepPicture(page, "flow");
}

async function readBooks(page: Page): Promise<void> {
  await play(page, "Operator");
  await page.getByRole("link", { name: "Clearing" }).click();
  await page.getByText("✓ zero").first().waitFor();
  const books = page.getByRole("table", { name: "Trial balance" });
  for (const asset of ["INR", "SBIN"])
    await books.getByRole("row", { name: new RegExp(`^${asset} ✓ zero`) }).waitFor();
  await page.getByText(/^npx sauda scenario run/).waitFor();
  assert.deepEqual(await seriousFaults(page), []);
  await keepPicture(page, "clearing-instant");
}

async function workByKeyboard(page: Page, market: DashboardMarket): Promise<void> {
  const { keyboard } = page;
  const type = async (...keys: string[]): Promise<void> => {
    for (const key of keys)
      await (key.startsWith("=") ? keyboard.type(key.slice(1)) : keyboard.press(key));
  };
  await page.getByRole("table", { name: "Watchlist" }).getByText("WIPRO").waitFor();
  await type("/", "=WIPRO", "Enter");
  await page.getByRole("region", { name: "Quote of WIPRO" }).waitFor();
  await type("Escape", "/", "=SBIN", "Enter");
  await page.getByRole("region", { name: "Quote of SBIN" }).waitFor();
  await type("Escape", "b", "=40", "Tab", "=970", "Enter");
  await page.getByText("Accepted by the market").waitFor();
  await page.getByRole("button", { name: /^Bid 970\.00, 40/ }).waitFor();

  await choose(page, "Seller");
  await page.getByRole("button", { name: /^Bid 970\.00, 40/ }).waitFor();
  await type("l", "s", "=40", "Control+Enter");
  await page.getByText("Accepted by the market").waitFor();
  await type("Escape", "g", "o");
  await page.getByRole("button", { name: /SELL 40 SBIN, open its last trade/ }).waitFor();
  assert.deepEqual(await seriousFaults(page), []);
  await keepPicture(page, "orders");
  await type("l", "Enter");
  await readLegs(page, { shares: "40 SBIN", rupees: "38,800.00" });
  await page.getByRole("button", { name: /all four legs/ }).waitFor();
  await type("l", "ArrowDown", "ArrowDown", "End");
  const record = page.getByRole("region", { name: /^Record/ });
  await record.getByText("sauda.settlements").waitFor();

  await negotiate(market, 50);
  await negotiate(market, 60);
  await choose(page, "Counterparty");
  await type("g", "i");
  await page.getByRole("button", { name: /HDFC buys 50, c confirms/ }).waitFor();
  await type("l", "c");
  const past = page.getByRole("table", { name: "Orders that waited" });
  await past.getByText("Filled").waitFor();
  await type("l", "x");
  await past.getByText("Rejected").first().waitFor();
  await redriveByKeyboard(page, market, type);
  await type("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await type("Escape", "g", "f");
  await page.getByRole("heading", { name: "Latency" }).waitFor();
}

async function redriveByKeyboard(
  page: Page,
  market: DashboardMarket,
  type: (...keys: string[]) => Promise<void>,
): Promise<void> {
  await market.write("Counter_party", JSON.stringify({ type: "Counter_party", text: "REJECT" }));
  await choose(page, "Operator");
  await type("g", "d");
  const letters = page.getByRole("row").filter({ hasText: "NO_ORDER_WAITING" });
  await letters.filter({ hasText: "–" }).waitFor();
  await negotiate(market, 70);
  await type("l");
  await tabTo(page, "Dry run");
  await type("Enter");
  await page.getByText("COUNTERPARTY REJECT the oldest order that waits").waitFor();
  await tabTo(page, "Send again");
  await type("Enter");
  await page.getByText("Sent again before:").waitFor();
}

async function outliveGateway(page: Page, market: DashboardMarket): Promise<void> {
  const prints = page.getByRole("region", { name: "Time and sales" });
  await prints.getByText("970.00").waitFor();
  await market.killGateway();
  await page.getByText("resyncing").first().waitFor();
  await bannerStays(page);
  // The market lives on without it.
  await market.write("buy-orders", JSON.stringify(seedBuy));
  await market.write("sell-offers", JSON.stringify(seedOffer));
  await market.gatewayBack();
  await waitLive(page);
  await prints.getByText("966.00").waitFor();
  for (const text of ["The gateway does not answer.", "resyncing"])
    await page.getByText(text).first().waitFor({ state: "detached" });
  await showsWhatIsPublic(page, market);
  await page.getByLabel("Shares", { exact: true }).fill("15");
  await page.getByLabel("Price ₹").fill("960");
  await page.getByLabel("Price ₹").press("Control+Enter");
  await page.getByRole("button", { name: /^Bid 960\.00, 15 in 1 orders.*15 yours$/ }).waitFor();
}

/** The tape says what `sauda.trades` says, which is published a moment after the screen has it. */
async function showsWhatIsPublic(page: Page, market: DashboardMarket): Promise<void> {
  let shown: readonly unknown[] = [];
  let told: readonly unknown[] = [];
  await until("the tape's trades are public", async () => {
    shown = await printsShown(page);
    told = (await market.read("sauda.trades")).map(printOf).toReversed();
    return told.length >= shown.length;
  });
  assert.deepEqual(shown, told);
}

/**
 * While the page tries again and again the banner neither goes nor changes what it says, until all
 * is live again.
 */
async function bannerStays(page: Page): Promise<void> {
  const banner = page.getByRole("alert").filter({ hasText: "The gateway does not answer." });
  await banner.waitFor();
  const words = await banner.innerText();
  const [clock = ""] = /\d\d:\d\d:\d\d/.exec(words) ?? [];
  const indiaNow = new Date(Date.now() + 19_800_000).toISOString().slice(11, 19);
  assert.ok(clock > "" && clock <= indiaNow, `${clock} is not before ${indiaNow}`);
  for (let look = 0; look < 60; look += 1) {
    const [now] = await banner.allInnerTexts();
    // A supervisor may have the next gateway running within two seconds.
    if (now === undefined) return waitLive(page);
    assert.equal(now, words);
    await page.waitForTimeout(40);
  }
}

/** A record of `sauda.trades` as the tape shows it: price and shares. */
function printOf({ text }: { readonly text: string }): string {
  const { price_paise, quantity } = JSON.parse(text) as { price_paise: number; quantity: number };
  return `${(price_paise / 100).toFixed(2)} ${quantity}`;
}

const seedBuy = {
  order_id: "6f1b7e0a-0000-4000-8000-000000000001",
  buyer: "HDFC",
  stock_symbol: "SBI",
  quantity: 25,
  price_per_unit: 966.0,
  timestamp: "2026-01-05T10:15:00.123456",
};
const seedOffer = {
  offer_id: "6f1b7e0a-0000-4000-8000-000000000002",
  seller: "SELLER",
  stock_symbol: "SBI",
  quantity: 25,
  timestamp: "2026-01-05T10:15:00.123456",
};
