import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Page } from "playwright-core";
import { browserAnd, skipWithoutChromium, waitLive } from "./dashboard-browser.ts";
import { placeOrder, type DashboardMarket } from "./dashboard-market.ts";
import { startMemoryMarket } from "./memory-market.ts";

/** The longest symbol and member's name that the market takes. */
const longSymbol = "ABCDEFGHIJKLMNOPQRST";
const longMember = "A_VERY_LONG_MEMBER_NAME_OF_32_CH";
const timeoutMs = 30_000;

suite("screens of any width and orders of any kind", { skip: skipWithoutChromium }, () => {
  const opened = browserAnd(async () => {
    const market = await startMemoryMarket();
    await fillBook(market);
    return market;
  });

  async function open(width: number, path: string): Promise<Page> {
    const { browser, market } = opened();
    const page = await browser.newPage({ viewport: { width, height: 844 } });
    page.setDefaultTimeout(timeoutMs);
    await page.goto(`${market.url}/#key=${market.key}`);
    await waitLive(page);
    await page.goto(`${market.url}/#/${path}`);
    await waitLive(page);
    return page;
  }

  for (const width of [1440, 1024, 390])
    test(`at ${width} pixels nothing spills, also where a symbol has 20 letters`, async () => {
      const { market } = opened();
      const page = await open(width, `market/${longSymbol}`);
      await page.getByRole("button", { name: /^Bid 99,999\.00/ }).waitFor();
      assert.deepEqual(await spills(page), []);
      for (const [path, content] of Object.entries({
        "market/SBIN": page.getByText("985.00"),
        orders: page.getByRole("row").filter({ hasText: "97,00,000.00" }),
        positions: page.getByLabel("Cash and shares").getByText("₹"),
        flow: page.getByText("TRADES"),
      })) {
        await page.goto(`${market.url}/#/${path}`);
        await waitLive(page);
        await content.first().waitFor();
        assert.deepEqual(await spills(page), [], path);
      }
      await page.close();
    });

  test("a phone shows how much of an order is filled, at which price, and cancels it", async () => {
    const page = await open(390, "orders");
    const orders = page.getByRole("table", { name: "Orders" });
    for (const name of ["Filled", "Price ₹"])
      await orders.getByRole("columnheader", { name, exact: true }).waitFor();
    const row = orders.getByRole("row").filter({ hasText: "97,00,000.00" });
    for (const cell of ["0 / 12", "97,00,000.00"]) {
      const box = await row.getByText(cell, { exact: true }).last().boundingBox();
      const cancel = await row.getByRole("button", { name: /^Cancel/ }).boundingBox();
      assert.ok(box !== null && cancel !== null);
      assert.ok(box.x + box.width <= cancel.x + 1, `${cell} ends at ${box.x + box.width}`);
    }
    await page.close();
  });

  test("b and s fill the best price opposite; a plain Enter sends, or says why not", async () => {
    const page = await open(1440, `market/${longSymbol}`);
    await page.getByRole("button", { name: /^Bid 99,999\.00/ }).waitFor();
    const price = page.getByLabel("Price ₹");
    await page.keyboard.press("s");
    assert.equal(await price.inputValue(), "99999");
    await page.keyboard.press("Escape");
    await page.keyboard.press("b");
    assert.equal(await price.inputValue(), "100000");
    await page.keyboard.press("Enter");
    await page.getByText("Type a whole number of shares, such as 100").waitFor();
    await page.keyboard.type("7");
    await page.keyboard.press("Enter");
    await page.getByText("Accepted by the market").waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("It was sent: type to begin a new order.").waitFor();
    await page.close();
  });

  test("a price a tenth from the last one is asked about once", async () => {
    const page = await open(1440, "market/SBIN");
    await page.getByLabel("Shares", { exact: true }).fill("1");
    await page.getByLabel("Price ₹").fill("886.50");
    await page.keyboard.press("Enter");
    await page.getByText(/₹886\.50 is −10\.00% from the last price, ₹985\.00/).waitFor();
    await page.waitForTimeout(600); // the time nobody has read a question in
    await page.keyboard.press("Enter");
    await page.getByText("Accepted by the market").waitFor();
    await page.getByLabel("Shares", { exact: true }).fill("1");
    await page.getByLabel("Price ₹").fill("886.55");
    await page.keyboard.press("Enter");
    await page.getByText("Accepted by the market").waitFor();
    await page.close();
  });

  test("the letters are of fonts that are shipped, and nothing is fetched from elsewhere", async () => {
    const { browser, market } = opened();
    const page = await browser.newPage({ viewport: { width: 1440, height: 844 } });
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${market.url}/#key=${market.key}`);
    await waitLive(page);
    const families = ["Inter Variable", "JetBrains Mono Variable"];
    const fetched = await page.evaluate<string[]>(`
      Promise.all(${JSON.stringify(families)}
        .map((family) => document.fonts.load('12px "' + family + '"')))
        .then((found) => found.map(([face]) => face?.family + " " + face?.status))`);
    assert.deepEqual(
      fetched.map((face) => face.replaceAll('"', "")),
      families.map((family) => `${family} loaded`),
    );
    const used = await page.evaluate<string[]>(`
      [document.body, document.body.appendChild(document.createElement("code"))]
        .map((one) => getComputedStyle(one).fontFamily.split(",")[0])`);
    assert.deepEqual(
      used.map((family) => family.replaceAll('"', "")),
      families,
    );
    const elsewhere = asked.filter(
      (url) => !url.startsWith(market.url) && !/^(data|blob):/.test(url),
    );
    assert.deepEqual(elsewhere, []);
    await page.close();
  });

  test("the chart's scale is what most candles say: one stray print does not flatten it", async () => {
    const { browser, market } = opened();
    const page = await browser.newPage({ viewport: { width: 1440, height: 844 } });
    page.setDefaultTimeout(timeoutMs);
    await page.addInitScript(`
      const drawn = (window.drawn = []);
      const draw = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
        drawn.push(String(text));
        return draw.call(this, text, ...at);
      };`);
    await page.goto(`${market.url}/#key=${market.key}`);
    await waitLive(page);
    await page.goto(`${market.url}/#/market/TCS`);
    await page.getByText("1s", { exact: true }).click();
    for (const price of [275_000, 310_000, 310_100, 310_050, 310_150, 310_100]) {
      await placeOrder(market, "SELLER", order("TCS", "SELL", 1, price));
      await placeOrder(market, "HDFC", order("TCS", "BUY", 1, price));
      await page.waitForTimeout(1_100); // a candle each
    }
    await page.getByText(/^\s*[5-9] candles; the last one .* stands\s+at 3,101\.00/).waitFor({
      state: "attached",
    });
    await page.evaluate("drawn.length = 0, dispatchEvent(new Event('resize'))");
    await page.setViewportSize({ width: 1400, height: 844 });
    await page.waitForFunction("drawn.some((text) => /^3,10\\d\\.\\d\\d$/.test(text))");
    const prices = (await page.evaluate<string[]>("drawn"))
      .filter((text) => /^[\d,]+\.\d\d$/.test(text))
      .map((text) => Number(text.replaceAll(",", "")));
    assert.ok(Math.min(...prices) > 3_090 && Math.max(...prices) < 3_110, prices.join(" "));
    await page.close();
  });

  test("toasts tell of what this page sent and of nothing else", async () => {
    const { market } = opened();
    const page = await open(1440, "market/SBIN");
    const toasts = page.locator(".toasts li");
    await placeOrder(market, "HDFC", order("SBIN", "BUY", 3, 98_000));
    await page.getByRole("button", { name: /^Bid 980\.00, 3 in 1/ }).waitFor();
    await page.getByLabel("Shares", { exact: true }).fill("4");
    await page.getByLabel("Price ₹").fill("980.05");
    await page.keyboard.press("Enter");
    await toasts.filter({ hasText: "BUY 4 SBIN resting" }).waitFor();
    assert.deepEqual(await toasts.filter({ hasText: "BUY 3 SBIN" }).count(), 0);
    await page.close();
  });

  test("what was never fetched is unknown on the positions page, not zero", async () => {
    const { market } = opened();
    const page = await open(1440, "market/SBIN");
    await page.route(/\/v1\/(positions|funds|holdings)/, (route) => route.abort());
    await page.reload();
    await waitLive(page);
    await page.goto(`${market.url}/#/positions`);
    const tiles = page.getByLabel("Cash and shares");
    await tiles.getByText("not known yet").first().waitFor();
    assert.equal(await tiles.getByText("not known yet").count(), 5);
    assert.equal(await tiles.getByText("0.00").count(), 0);
    await page.close();
  });
});

const order = (symbol: string, side: "BUY" | "SELL", quantity: number, price_paise: number) => ({
  symbol,
  side,
  quantity,
  price_paise,
});

async function fillBook(market: DashboardMarket): Promise<void> {
  for (let row = 0; row < 6; row += 1) {
    const step = row * 100;
    await placeOrder(market, longMember, order(longSymbol, "BUY", 10 + row, 9_999_900 - step));
    await placeOrder(
      market,
      longMember,
      order(longSymbol, "SELL", 100_000 + row, 10_000_000 + step),
    );
  }
  await placeOrder(market, "SELLER", order("SBIN", "SELL", 5, 98_500));
  await placeOrder(market, "HDFC", order("SBIN", "BUY", 5, 98_500));
  await placeOrder(market, "HDFC", {
    ...order(longSymbol, "BUY", 12, 970_000_000),
    counterparty: longMember,
  });
}

/**
 * What is wider than its place: the page, what would have to be scrolled sideways, a panel beyond
 * the edge.
 */
function spills(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`
    [...document.querySelectorAll("*")].flatMap((box) => {
      const table = box.querySelector("table")?.ariaLabel;
      const named = [box.tagName.toLowerCase(), box.className, table].join(" ");
      const { overflowX } = getComputedStyle(box);
      const isScrolled = box === document.documentElement ||
        (["auto", "scroll"].includes(overflowX) && !box.matches("nav")) ||
        box.matches(".table-scroll, .quote, header, form");
      const by = box.scrollWidth - box.clientWidth;
      if (isScrolled && by > 1) return [named + " by " + by];
      const { right } = box.getBoundingClientRect();
      const isBeyond = box.matches(".panel, header") && right > innerWidth + 1;
      return isBeyond ? [named + " ends at " + right] : [];
    })`);
}
