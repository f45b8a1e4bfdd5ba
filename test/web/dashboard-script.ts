import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import {
  keepPicture,
  openDashboard,
  seriousFaults,
  skipWithoutChromium,
  startBrowser,
  waitLive,
} from "./dashboard-browser.ts";
import { startMarket } from "./dashboard-market.ts";
import type { DashboardMarket } from "./dashboard-market.ts";

suite("the dashboard in a browser", { skip: skipWithoutChromium, timeout: 90_000 }, () => {
  let market: DashboardMarket;
  let browser: Browser;

  before(async () => {
    [market, browser] = await Promise.all([startMarket(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await market?.close();
  });

  test("by mouse: ticket, ladder, sell into it, journey to DEMAT and DEBIT", async () => {
    const { page, complaints } = await openDashboard(browser, market);
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
    for (const place of ["sauda.commands[0]", "sauda.events[0]", "demat-transfers[0]"])
      assert.ok((await page.getByText(place).count()) > 0, place);
    assert.deepEqual(await seriousFaults(page), []);
    await keepPicture(page, "journey");
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test("by mouse: one confirmed and one rejected in the inbox, cash and shares moved", async () => {
    const { page, complaints } = await openDashboard(browser, market);
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
    assert.deepEqual(await seriousFaults(page), []);
    await keepPicture(page, "inbox");
    await waiting
      .getByRole("button", { name: /^Confirm/ })
      .first()
      .click();
    await past.getByText("Filled").waitFor();
    await waiting
      .getByRole("button", { name: /^Reject/ })
      .first()
      .click();
    await past.getByText("Rejected").first().waitFor();
    await page.getByText("No order waits for COUNTERPARTY").waitFor();

    await page.getByRole("link", { name: "Positions & cash" }).click();
    await page
      .getByRole("cell", { name: "+9,900.00" })
      .or(page.getByText("9,900.00"))
      .first()
      .waitFor();
    assert.deepEqual(await seriousFaults(page), []);
    await keepPicture(page, "positions");
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test("by mouse: a dead letter inspected, tried and sent again; the flow shows it all", async () => {
    const { page, complaints } = await openDashboard(browser, market);
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
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test("all of it by keyboard alone", async () => {
    const { page, complaints } = await openDashboard(browser, market);
    const { keyboard } = page;
    const type = async (...keys: string[]): Promise<void> => {
      for (const key of keys)
        await (key.startsWith("=") ? keyboard.type(key.slice(1)) : keyboard.press(key));
    };
    await type("b", "=40", "Tab", "=970", "Control+Enter");
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
    await type("l", "ArrowDown", "ArrowDown", "End");
    await page
      .getByRole("region", { name: /^Record/ })
      .getByText("sauda.settlements")
      .waitFor();

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

    await market.write("Counter_party", JSON.stringify({ type: "Counter_party", text: "REJECT" }));
    await choose(page, "Operator");
    await type("g", "d");
    const late = page
      .getByRole("row")
      .filter({ hasText: "NO_ORDER_WAITING" })
      .filter({ hasText: "–" });
    await late.waitFor();
    await negotiate(market, 70);
    await type("l");
    await tabTo(page, "Dry run");
    await type("Enter");
    await page.getByText("COUNTERPARTY REJECT the oldest order that waits").waitFor();
    await tabTo(page, "Send again");
    await type("Enter");
    await page.getByText("Sent again before:").waitFor();
    await type("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await type("Escape", "g", "f");
    await page.getByRole("heading", { name: "Latency" }).waitFor();
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test("a killed gateway is said, and after its restart nothing is missing", async () => {
    const { page, complaints } = await openDashboard(browser, market);
    const prints = page.getByRole("region", { name: "Time and sales" });
    await prints.getByText("970.00").waitFor();
    await market.killGateway();
    await page.getByText("The gateway does not answer.").waitFor();
    await page.getByText("resyncing").first().waitFor();
    // The market lives on without it.
    await market.write("buy-orders", JSON.stringify(seedBuy));
    await market.write("sell-offers", JSON.stringify(seedOffer));
    await market.startGateway();
    await waitLive(page);
    await prints.getByText("966.00").waitFor();
    assert.equal(await page.getByText("The gateway does not answer.").count(), 0);
    assert.equal(await page.getByText("resyncing").count(), 0);
    await page.getByLabel("Shares", { exact: true }).fill("15");
    await page.getByLabel("Price ₹").fill("960");
    await page.getByLabel("Price ₹").press("Control+Enter");
    await page.getByRole("button", { name: /^Bid 960\.00, 15 in 1 orders.*15 yours$/ }).waitFor();
    // What the browser itself says of a server that is gone is no fault of the page.
    const ours = complaints.filter(
      (said) => !/ERR_(CONNECTION|EMPTY|SOCKET|INCOMPLETE)/.test(said),
    );
    assert.deepEqual(ours, []);
    await page.close();
  });
});

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

/** Puts a negotiated order of HDFC before COUNTERPARTY. */
function negotiate(market: DashboardMarket, quantity: number): Promise<string> {
  const order = { symbol: "SBIN", side: "BUY", quantity, price_paise: 99_000 };
  return market.place("HDFC", { ...order, counterparty: "COUNTERPARTY" });
}

/** Changes the role with the mouse. */
async function play(page: Page, role: string): Promise<void> {
  await page.getByRole("button", { name: /^Role:/ }).click();
  await page.getByRole("group", { name: "Roles" }).getByRole("button", { name: role }).click();
  await page.getByRole("button", { name: new RegExp(`^Role: ${role}`) }).waitFor();
  await waitLive(page);
}

/** Changes the role with the keyboard. */
async function choose(page: Page, role: string): Promise<void> {
  await page.keyboard.press("Escape");
  await page.keyboard.press("r");
  await tabTo(page, role);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: new RegExp(`^Role: ${role}`) }).waitFor();
  await waitLive(page);
}

/** Presses Tab until the focus is on what begins with these words. */
async function tabTo(page: Page, words: string): Promise<void> {
  for (let pressed = 0; pressed < 12; pressed += 1) {
    await page.keyboard.press("Tab");
    const said = await page.evaluate("document.activeElement?.textContent?.trim() ?? ''");
    if (String(said).startsWith(words)) return;
  }
  assert.fail(`Tab does not lead to ${words}`);
}

/** The four legs of the settlement, as the journey shows them. */
async function readLegs(
  page: Page,
  { shares, rupees }: { shares: string; rupees: string },
): Promise<void> {
  const legs = page.getByRole("region", { name: "Legs of the settlement" });
  await legs.waitFor();
  const said = (await legs.innerText()).replace(/\s+/g, " ");
  assert.match(said, new RegExp(`DEMAT \\+${shares} HDFC DEBIT \u2212${rupees} HDFC`));
  assert.match(said, new RegExp(`CREDIT \\+${rupees} SELLER DELIVER \u2212${shares} SELLER`));
}
