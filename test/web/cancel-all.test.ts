import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { until } from "../acceptance/market-process.ts";
import {
  browserAnd,
  keepPicture,
  openDashboard,
  seriousFaults,
  skipWithoutChromium,
} from "./dashboard-browser.ts";
import { placeOrder } from "./dashboard-market.ts";
import { tabTo } from "./dashboard-steps.ts";
import { startMemoryMarket } from "./memory-market.ts";

/** A browser on a busy machine. */
const timeout = 120_000;

suite("all open orders canceled in the dashboard", { skip: skipWithoutChromium, timeout }, () => {
  const opened = browserAnd(async () => {
    // The desk of a user: ten requests a second, far fewer than there are orders.
    const market = await startMemoryMarket({}, { ordersPerSecond: 10 });
    const command = { type: "NewOrder", participant: "HDFC", side: "BUY", quantity: 1 };
    for (let index = 0; index < 200; index += 1) {
      const symbol = index < 12 ? "INFY" : "SBIN";
      const order = { ...command, symbol, client_order_id: `h-${index}`, price_paise: 90_000 };
      await market.write("sauda.orders", JSON.stringify(order));
    }
    const rest = { symbol: "SBIN", side: "SELL", quantity: 5, price_paise: 99_000 } as const;
    await placeOrder(market, "SELLER", rest);
    return market;
  });

  test("asked first, then 12 of 12 of a symbol and 188 of 188 in one request each", async () => {
    const { browser, market } = opened();
    const { page, complaints } = await openDashboard(browser, market);
    // As where the page is not served from loopback: there browsers have it not.
    await page.evaluate("delete Crypto.prototype.randomUUID");
    const { keyboard } = page;
    await keyboard.press("g");
    await keyboard.press("o");
    const button = page.getByRole("button", { name: "Cancel 200 open" });
    await button.click();
    const dialog = page.getByRole("dialog", { name: "Cancel all open orders?" });
    await dialog.getByText("200 of HDFC are open").waitFor();
    assert.deepEqual(await seriousFaults(page), []);
    await keepPicture(page, "cancel-all");
    await dialog.getByRole("button", { name: "Keep them" }).click();
    await dialog.waitFor({ state: "detached" });
    await button.waitFor();

    await page.getByLabel("Find an order").fill("infy");
    await page.getByRole("button", { name: "Cancel 12 open in INFY" }).click();
    await page.getByRole("button", { name: "Cancel 12 orders" }).click();
    await page.getByText("12 of 12 canceled").waitFor();
    await page.getByRole("button", { name: "Close" }).click();

    await page.getByLabel("Find an order").fill("");
    await page.getByRole("button", { name: "Cancel 188 open" }).focus();
    await keyboard.press("Enter");
    await tabTo(page, "Cancel 188 orders");
    await keyboard.press("Enter");
    await page.getByText("188 of 188 canceled").waitFor();
    assert.deepEqual(await seriousFaults(page), []);
    await keepPicture(page, "cancel-all-done");
    await keyboard.press("Escape");
    assert.equal(await page.getByRole("button", { name: "Cancel 0 open" }).isDisabled(), true);
    assert.deepEqual(complaints, []);

    let canceled = 0;
    await until("every cancel is told", async () => {
      const executions = await market.read("sauda.executions");
      canceled = executions.filter(({ text }) => text.includes('"exec_type":"Canceled"')).length;
      return canceled >= 202;
    });
    assert.equal(canceled, 202);
    const open = await fetch(`${market.url}/v1/orders?status=open`, {
      headers: { authorization: `Bearer ${market.key}`, "sauda-participant": "SELLER" },
    });
    assert.equal(((await open.json()) as { orders: unknown[] }).orders.length, 1);
    await page.close();
  });

  test("where there are more orders than a page fetches no number is claimed, and all are canceled", async () => {
    const { browser, market } = opened();
    const command = { type: "NewOrder", participant: "HDFC", side: "BUY", quantity: 1 };
    for (let index = 0; index < 1_001; index += 1) {
      const order = { ...command, client_order_id: `m-${index}`, price_paise: 90_000 };
      await market.write("sauda.orders", JSON.stringify({ ...order, symbol: "SBIN" }));
    }
    const { page } = await openDashboard(browser, market);
    await page.goto(`${market.url}/#/orders`);
    await page.getByRole("button", { name: "Cancel all open" }).click();
    await page.getByText("1,000 of HDFC are open, perhaps older ones too").waitFor();
    await page.getByRole("button", { name: "Cancel all orders" }).click();
    await page.getByText("1,001 of 1,001 canceled").waitFor();
    await page.close();
  });
});
