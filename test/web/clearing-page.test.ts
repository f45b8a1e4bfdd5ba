import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { clearingTerms } from "../clearing-given.ts";
import {
  browserAnd,
  keepPicture,
  openDashboard,
  seriousFaults,
  skipWithoutChromium,
} from "./dashboard-browser.ts";
import { placeOrder } from "./dashboard-market.ts";
import { choose, tabTo } from "./dashboard-steps.ts";
import { startMemoryMarket } from "./memory-market.ts";

/** A browser on a busy machine. */
const timeout = 120_000;

suite("the clearing page of a market with T+1", { skip: skipWithoutChromium, timeout }, () => {
  const opened = browserAnd(async () => {
    const market = await startMemoryMarket(clearingTerms());
    const order = { symbol: "SBIN", quantity: 100, price_paise: 98_500 };
    await placeOrder(market, "SELLER", { ...order, side: "SELL" });
    await placeOrder(market, "HDFC", { ...order, side: "BUY", client: "asha" });
    await placeOrder(market, "HDFC", { ...order, side: "SELL", quantity: 40, client: "ravi" });
    await placeOrder(market, "SELLER", { ...order, side: "BUY", quantity: 40 });
    return market;
  });

  test("by keyboard: settlement, who owes what, and books that are zero", async () => {
    const { browser, market } = opened();
    const { page, complaints } = await openDashboard(browser, market);
    const { keyboard } = page;
    await choose(page, "Operator");
    await keyboard.press("g");
    await keyboard.press("c");
    const settlements = page.getByRole("table", { name: "Settlements" });
    await settlements.getByRole("row", { name: /T\+1, netted .*trading .*1,37,900\.00/ }).waitFor();
    const obligations = page.getByRole("table", { name: "Obligations" });
    await obligations.getByRole("row", { name: /^HDFC INR \u221259,100\.00/ }).waitFor();
    await obligations.getByRole("row", { name: /^SELLER SBIN \u221260/ }).waitFor();
    await page.getByText("may still change").waitFor();
    await keyboard.press("l");
    await tabTo(page, "accounts");
    await keyboard.press("Enter");
    await obligations.getByRole("row", { name: /^HDFC\/asha SBIN \+100/ }).waitFor();
    await obligations.getByRole("row", { name: /^HDFC\/ravi INR \+39,400\.00/ }).waitFor();
    await page
      .getByRole("table", { name: "Trial balance" })
      .getByRole("row", { name: /^SBIN ✓ zero/ })
      .waitFor();
    assert.deepEqual(await seriousFaults(page), []);
    await keepPicture(page, "clearing");
    assert.deepEqual(complaints, []);
  });

  test("a row of the books stays in the page when the books are asked for again", async () => {
    const { browser, market } = opened();
    const { page } = await openDashboard(browser, market);
    await choose(page, "Operator");
    await page.goto(`${market.url}/#/clearing`);
    const books = page.getByRole("table", { name: "Trial balance" });
    const row = await books.getByRole("row", { name: /^SBIN ✓ zero/ }).elementHandle();
    const asOf = await page.getByText(/assets?, at step/).innerText();
    await placeOrder(market, "SELLER", {
      symbol: "SBIN",
      side: "BUY",
      quantity: 1,
      price_paise: 90_000,
    });
    await page.getByText(asOf, { exact: true }).waitFor({ state: "detached" });
    assert.equal(await row?.isVisible(), true);
    await page.close();
  });
});
