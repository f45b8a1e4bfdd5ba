import { equal } from "node:assert/strict";
import { test } from "node:test";
import { skipWithoutChromium, startBrowser, waitLive } from "./dashboard-browser.ts";
import { startMemoryMarket } from "./memory-market.ts";

const timeoutMs = 30_000;

test(
  "while nothing is decided the page says so, and the ticket follows its order to the refusal",
  { skip: skipWithoutChromium, timeout: 120_000 },
  async (context) => {
    const market = await startMemoryMarket();
    context.after(() => market.close());
    const browser = await startBrowser();
    context.after(() => browser.close());
    const page = await browser.newPage();
    page.setDefaultTimeout(timeoutMs);
    await page.goto(`${market.url}/#key=${market.key}`);
    await waitLive(page);

    await market.stopExchange();
    await page.getByLabel("Shares", { exact: true }).fill("5");
    await page.getByLabel("Price ₹").fill("985");
    await page.keyboard.press("Enter");
    await page
      .getByText(/^Sent and not decided yet\. Decided after \d\d:\d\d:\d\d it is/)
      .waitFor();
    await page.getByText("Past its deadline it trades no more").waitFor();
    await page.getByRole("button", { name: "nothing decided", exact: true }).waitFor();
    await page.getByRole("alert").filter({ hasText: "The market does not decide" }).waitFor();
    equal(await page.getByText("ORDER_NOT_FOUND").count(), 0);

    market.exchangeBack();
    await page.getByText(/^DEADLINE_PASSED: /).waitFor();
    await waitLive(page);
    const banner = page.getByRole("alert").filter({ hasText: "The market does not decide" });
    await banner.waitFor({ state: "detached" });
  },
);
