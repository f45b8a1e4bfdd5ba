import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { startSettledMarket } from "../http/settled-market.ts";
import { pages } from "../../web/src/keyboard/shortcuts.ts";
import { browserAnd, openDashboard, skipWithoutChromium } from "./dashboard-browser.ts";

/** A browser on a busy machine. */
const timeout = 120_000;
/** Longer than a page stays open here, so that every answer finds the page that asked gone. */
const answerAfterMs = 150;
/** What a gateway says of a page that asks too often: the browser tells it by itself. */
const isOverBudget = (text: string): boolean => text.includes("429");

suite(
  "another role chosen while the gateway still answers",
  {
    skip: skipWithoutChromium,
    timeout,
  },
  () => {
    const opened = browserAnd(() => startSettledMarket("T+1"));

    test("leaves the browser's console silent, on every page", async () => {
      const { browser, market } = opened();
      const { page, complaints } = await openDashboard(browser, {
        url: market.url,
        key: market.deskText,
      });
      await page.route("**/v1/**", async (route) => {
        const answer = await route.fetch();
        await page.waitForTimeout(answerAfterMs);
        await route.fulfill({ response: answer });
      });
      for (const { id } of pages)
        for (const role of ["Operator", "HDFC", "Operator"]) {
          await page.goto(`${market.url}/#/${id}`);
          await page.locator("[data-role-switch]").click();
          await page
            .locator(".menu")
            .getByRole("button", { name: new RegExp(role, "i") })
            .first()
            .click();
          // Half an answer's time: the first of the page are on their way.
          await page.waitForTimeout(answerAfterMs * 2.5);
        }
      await page.waitForTimeout(answerAfterMs * 4);
      assert.deepEqual(
        complaints.filter((text) => !isOverBudget(text)),
        [],
      );
    });
  },
);
