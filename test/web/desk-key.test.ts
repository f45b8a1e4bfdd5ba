import { suite, test } from "node:test";
import { changeKeys } from "../../src/cli/keys/keys-file.ts";
import { startGateway } from "../http/running-gateway.ts";
import { browserAnd, skipWithoutChromium, waitLive } from "./dashboard-browser.ts";

suite("a dashboard whose key is good no more", { skip: skipWithoutChromium }, () => {
  const opened = browserAnd(() => startGateway());

  test("says how to get another, where it is open and where it is opened, and goes on with that", async () => {
    const { browser, market } = opened();
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(`${market.url}/#key=${market.keys.reader}`);
    await waitLive(page);
    await changeKeys(market.keysFile, (keys) => keys?.filter(({ id }) => id !== "reader") ?? []);
    // each panel says it
    await page.getByRole("alert").filter({ hasText: "npx sauda keys desk" }).first().waitFor();

    await page.getByRole("button", { name: "Enter another key" }).click();
    await page.getByText(`npx sauda keys desk --url ${market.url}`, { exact: true }).waitFor();
    await page.getByLabel("API key").fill("sauda_nobody_0123456789abcdef");
    await page.getByRole("button", { name: "Open the market" }).click();
    await page.getByRole("alert").filter({ hasText: "KEY_UNKNOWN" }).waitFor();
    await page.getByText("npx sauda keys desk --url", { exact: false }).waitFor();
    await page.getByLabel("API key").fill(market.keys.HDFC);
    await page.getByRole("button", { name: "Open the market" }).click();
    await waitLive(page);
    await page.close();
  });
});
