import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Locator, Page } from "playwright-core";
import { waitLive } from "./dashboard-browser.ts";
import { placeOrder, type DashboardMarket } from "./dashboard-market.ts";

/** Puts a negotiated order of HDFC before COUNTERPARTY. */
export function negotiate(market: DashboardMarket, quantity: number): Promise<string> {
  const order = { symbol: "SBIN", side: "BUY", quantity, price_paise: 99_000 };
  return placeOrder(market, "HDFC", { ...order, counterparty: "COUNTERPARTY" });
}

/** Changes the role with the mouse. */
export async function play(page: Page, role: string): Promise<void> {
  await page.getByRole("button", { name: /^Role:/ }).click();
  await page.getByRole("group", { name: "Roles" }).getByRole("button", { name: role }).click();
  await page.getByRole("button", { name: new RegExp(`^Role: ${role}`) }).waitFor();
  await waitLive(page);
}

/** Changes the role with the keyboard. */
export async function choose(page: Page, role: string): Promise<void> {
  await page.keyboard.press("Escape");
  await page.keyboard.press("r");
  await tabTo(page, role);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: new RegExp(`^Role: ${role}`) }).waitFor();
  await waitLive(page);
}

/** Presses Tab until the focus is on what begins with these words. */
export async function tabTo(page: Page, words: string): Promise<void> {
  for (let pressed = 0; pressed < 12; pressed += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate("document.activeElement?.textContent?.trim() ?? ''");
    if (String(focused).startsWith(words)) return;
  }
  assert.fail(`Tab does not lead to ${words}`);
}

/** The four legs of the settlement, as the journey shows them. */
export async function readLegs(
  page: Page,
  { shares, rupees }: { shares: string; rupees: string },
): Promise<void> {
  const legs = page.getByRole("region", { name: "Legs of the settlement" });
  await legs.waitFor();
  const words = (await legs.innerText()).replace(/\s+/g, " ");
  assert.match(words, new RegExp(`DEMAT \\+${shares} HDFC DEBIT \u2212${rupees} HDFC`));
  assert.match(words, new RegExp(`CREDIT \\+${rupees} SELLER DELIVER \u2212${shares} SELLER`));
}

/**
 * Follows the journey hop by hop: what the page shows of each record is what stands on that topic
 * at that offset, read past the gateway. Returns the topics, in the journey's order.
 */
export async function followHops(page: Page, market: DashboardMarket): Promise<string[]> {
  const way = page.getByRole("region", { name: /^The way:/ });
  const record = page.getByRole("region", { name: "Record" }).locator("pre");
  const topics: string[] = [];
  for (const hop of await way.getByRole("button").all()) {
    await hop.click();
    const [, topic = "", offset = ""] = / (\S+)\[0\] @ (\d+) /.exec(await flat(hop)) ?? [];
    if (topic === "") continue; // the gateway's door
    topics.push(topic);
    const stands = (await market.read(topic)).find((each) => each.offset === Number(offset));
    assert.ok(stands, `nothing stands on ${topic} at ${offset}`);
    const shown = await record.innerText();
    if (shown.startsWith("This record is no longer kept")) continue; // the other side's
    const parsed: unknown = JSON.parse(shown);
    if (topic === "sauda.events") assert.ok(hasStep(stands.text, parsed), `${offset}: ${shown}`);
    else assert.deepEqual(parsed, JSON.parse(stands.text));
  }
  return topics;
}

/** The page shows of a record of the log one step, without what it says of others. */
function hasStep(record: string, shown: unknown): boolean {
  type Caused = { readonly cause: unknown };
  const { steps } = JSON.parse(record) as { readonly steps: readonly Caused[] };
  return steps.some(({ cause }) => isDeepStrictEqual(cause, (shown as Caused).cause));
}

async function flat(place: Locator): Promise<string> {
  return ` ${(await place.innerText()).replace(/\s+/g, " ")} `;
}

/** The tape as shown, newest first: price and shares of each print. */
export async function printsShown(page: Page): Promise<string[]> {
  const tape = page.getByRole("region", { name: "Time and sales" });
  const rows = await tape.locator("tbody tr").all();
  const cells = rows.map((row) => row.getByRole("cell").allInnerTexts());
  return (await Promise.all(cells)).map(([, price = "", shares = ""]) => {
    const [amount = ""] = /[\d.,]+$/.exec(price.trim()) ?? [];
    return `${amount} ${shares.trim()}`;
  });
}
