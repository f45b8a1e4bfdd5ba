import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import { commandsTopic } from "../../src/protocol/topics.ts";
import { browserAnd, skipWithoutChromium, waitLive } from "./dashboard-browser.ts";
import { startMemoryMarket } from "./memory-market.ts";

const timeoutMs = 30_000;

suite("the page Flow", { skip: skipWithoutChromium }, () => {
  const opened = browserAnd(() => startMemoryMarket());

  test("shows who holds a source back until that ends, and what was deleted unread", async () => {
    const { browser, market } = opened();
    const { transactions } = market.cluster;
    const epoch = transactions.initProducer("somebody", 60_000);
    const value = Buffer.from("{}");
    const record = { topic: "sell-offers", partition: 0, key: null, value, headers: [] };
    transactions.produce("somebody", epoch, [record]);
    const topicId = await market.log.topicId("buy-orders");
    const source = { topicId, topic: "buy-orders", partition: 0, offset: 41, timestampMs: 0 };
    const missing = encodeCommand({ type: "InputsMissing", from: 30, to: 41, source });
    const appender = await market.log.appender(commandsTopic, 0);
    await appender.append([{ key: logKey, value: missing }]);
    await appender.close();

    const page = await browser.newPage();
    page.setDefaultTimeout(timeoutMs);
    await page.goto(`${market.url}/#key=${market.key}`);
    await waitLive(page);
    await page.goto(`${market.url}/#/flow`);
    const table = page.getByRole("table", { name: "Held back, or lost" });
    const held = table.getByRole("row").filter({ hasText: "HELD" });
    await held.waitFor();
    const words = (await held.innerText()).replaceAll(/\s+/g, " ");
    assert.match(
      words,
      /^sell-offers\[0\] HELD by an open transaction of producer \d+ \(somebody\)/,
    );
    assert.match(words, /from offset 0 on/);
    const lost = table.getByRole("row").filter({ hasText: "MISSING" });
    assert.match(await lost.innerText(), /offsets 30 to 41 were deleted before they were read/);
    transactions.abort("somebody", epoch);
    await held.waitFor({ state: "detached" });
    assert.equal(await lost.count(), 1);
    await page.close();
  });
});
