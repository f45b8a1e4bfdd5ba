import { deepEqual, equal } from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import {
  keepPicture,
  openDashboard,
  seriousFaults,
  skipWithoutChromium,
  startBrowser,
} from "./dashboard-browser.ts";
import { placeOrder, type DashboardMarket } from "./dashboard-market.ts";
import { play } from "./dashboard-steps.ts";
import { startMemoryMarket } from "./memory-market.ts";

test("a custodian affirms in the inbox", { skip: skipWithoutChromium }, async (t) => {
  let market: DashboardMarket;
  let browser: Browser;
  before(async () => {
    market = await startMemoryMarket({ clearing: nseClearing });
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
    await market.close();
  });

  await t.test("orders before the trade and trades after it wait on one page", async () => {
    const deal = { symbol: "SBIN", quantity: 10, price_paise: 98_500 };
    const fund = { client: "FUND", custodian: "COUNTERPARTY" };
    for (let trade = 0; trade < 2; trade += 1) {
      await placeOrder(market, "SELLER", { ...deal, side: "SELL" });
      await placeOrder(market, "HDFC", { ...deal, side: "BUY", ...fund });
    }
    await placeOrder(market, "HDFC", { ...deal, side: "BUY", counterparty: "COUNTERPARTY" });
    const { page, complaints } = await openDashboard(browser, market);
    await play(page, "Counterparty");
    await page.getByRole("link", { name: /^Inbox/ }).click();
    await page.getByRole("table", { name: "Orders that wait" }).waitFor();
    const waiting = page.getByRole("table", { name: "Trades that wait for a custodian" });
    await waiting
      .getByRole("button", { name: /^Affirm T-/ })
      .nth(1)
      .waitFor();
    equal(await waiting.getByRole("row").count(), 3);
    await placeOrder(market, "HDFC", { ...deal, side: "SELL" });
    await placeOrder(market, "SELLER", { ...deal, side: "BUY", ...fund });
    await waiting.getByRole("cell", { name: "SELLER", exact: true }).waitFor();
    await keepPicture(page, "inbox-affirmations");
    await page
      .getByRole("button", { name: /^Affirm T-/ })
      .first()
      .click();
    const past = page.getByRole("table", { name: "Trades that waited" });
    await past.getByText("COUNTERPARTY/FUND").waitFor();
    for (const count of [1, 2]) {
      await waiting
        .getByRole("button", { name: /x rejects$/ })
        .first()
        .focus();
      await page.keyboard.press("x");
      await past
        .getByText("Devolved: rejected")
        .nth(count - 1)
        .waitFor();
    }
    await page.getByText("No trade waits for COUNTERPARTY").waitFor();
    deepEqual(await seriousFaults(page), []);
    deepEqual(complaints, []);
  });
});
