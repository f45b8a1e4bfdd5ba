import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import type { Page } from "playwright-core";
import { settlementKinds } from "../http/running-gateway.ts";
import { startSettledMarket, type SettledMarket } from "../http/settled-market.ts";
import { pages, type Page as PageOf } from "../../web/src/keyboard/shortcuts.ts";
import {
  browserAnd,
  openDashboard,
  seriousFaults,
  skipWithoutChromium,
  waitLive,
  type DashboardPage,
} from "./dashboard-browser.ts";

/** A browser on a busy machine. */
const timeout = 120_000;

type Check = (page: Page, market: SettledMarket) => Promise<void>;

const isCycle = ({ kind }: SettledMarket): boolean => kind === "T+1";
const row = (page: Page, table: string, name: RegExp): Promise<void> =>
  page.getByRole("table", { name: table }).getByRole("row", { name }).first().waitFor();
const go = (page: Page, { url }: SettledMarket, path: string): Promise<unknown> =>
  page.goto(`${url}/#/${path}`);

/**
 * No card of the way and no table of a trade's journey is too narrow for its words, on a phone
 * neither.
 */
async function holdsWhatItSays(page: Page): Promise<void> {
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 900 });
    const spilled = await page.evaluate(`[
      ...[...document.querySelectorAll(".chart button > *")].filter((part) =>
        part.getBoundingClientRect().right > part.parentElement.getBoundingClientRect().right),
      ...[...document.querySelectorAll(".journey .table-scroll")].filter((box) =>
        box.scrollWidth > box.clientWidth + 1),
    ].map((part) => part.textContent.trim().slice(0, 60))`);
    assert.deepEqual(spilled, [], `at ${width} pixels`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

/**
 * Rows whose cells do not stand under their headers, and cells that stand otherwise than their
 * header does.
 */
function unevenRows(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`
    [...document.querySelectorAll("table:has(> thead)")].flatMap((table) => {
      const heads = [...table.tHead.rows[0].cells];
      const kinds = ["number", "act", "roomy"];
      const kindOf = (cell) => kinds.filter((kind) => cell.classList.contains(kind)).join(" ");
      return [...table.tBodies].flatMap((body) => [...body.rows]).flatMap((row) => {
        const cells = [...row.cells];
        const width = cells.reduce((sum, { colSpan }) => sum + colSpan, 0);
        const isEven = width === heads.length &&
          (cells.length < heads.length ||
            cells.every((cell, at) => kindOf(cell) === kindOf(heads[at])));
        return isEven ? [] : [(table.ariaLabel ?? "a table") + ": " + row.innerText];
      });
    })`);
}

/** From here on the page is the operator's. */
async function asOperator(page: Page, market: SettledMarket, path: string): Promise<void> {
  await page.evaluate("sessionStorage.setItem('sauda.role', 'operator')");
  await page.reload();
  await waitLive(page);
  await go(page, market, path);
}

/**
 * What each page shows HDFC once a trade is settled, another made and others did not come to be.
 */
const shown: Readonly<Record<PageOf["id"], Check>> = {
  market: async (page, market) => {
    await go(page, market, "market/INFY");
    const tape = page.getByRole("region", { name: "Time and sales" });
    await tape.getByText("1,500.00").waitFor();
    await tape.getByRole("link", { name: /yours/ }).waitFor();
  },
  orders: async (page) => {
    for (const state of [/filled/i, /rejected/i, /cancel/i]) await row(page, "Orders", state);
  },
  journey: async (page, market) => {
    await row(
      page,
      "Trades",
      isCycle(market) ? /SBIN .*settled M2026100/ : /SBIN .*settled at once/,
    );
    if (isCycle(market)) await row(page, "Trades", /INFY .*novated M2026101/);
    await go(page, market, `journey/${market.tradeId}`);
    await page.getByRole("region", { name: "Legs of the settlement" }).getByText("DEMAT").waitFor();
    await holdsWhatItSays(page);
    for (const [id, end] of [
      [market.restingId, /order accepted/],
      [market.canceledId, /order canceled/],
      [market.refusedId, /order refused/],
    ] as const) {
      await go(page, market, `journey/${id}`);
      await page.getByRole("region", { name: "The order", exact: true }).waitFor();
      await page.getByRole("button", { name: end }).waitFor();
    }
  },
  inbox: async (page) => {
    await page
      .getByRole("region", { name: /affirm/i })
      .first()
      .waitFor();
  },
  positions: async (page, market) => {
    await row(page, "Positions", /INFY 10 1,500\.00/);
    const held = /HDFC INFY [^ ]+ [\d,]+ 0 (\d+|–)/;
    await row(page, "Holdings", held);
    const text = await page
      .getByRole("table", { name: "Holdings" })
      .getByRole("row", { name: /^HDFC INFY/ })
      .innerText();
    assert.equal(/\t10\t/.test(text), isCycle(market), `to come: ${text}`);
  },
  clearing: async (page, market) => {
    await asOperator(page, market, "clearing");
    if (isCycle(market)) await row(page, "Settlements", /M2026101/);
    await row(page, "Trial balance", /^SBIN ✓ zero/);
  },
  "dead-letters": async (page, market) => {
    await asOperator(page, market, "dead-letters");
    await page.getByText("Trade_Order").first().waitFor();
  },
  flow: async (page) => {
    await page.getByText("sauda.events").first().waitFor();
  },
};

for (const kind of settlementKinds)
  suite(
    `the pages of a market that settles ${kind}`,
    { skip: skipWithoutChromium, timeout },
    () => {
      const opened = browserAnd(() => startSettledMarket(kind));
      let desk: DashboardPage;
      before(async () => {
        const { browser, market } = opened();
        desk = await openDashboard(browser, { url: market.url, key: market.deskText });
      });

      for (const { id, title } of pages)
        test(title, async () => {
          const { market } = opened();
          const { page, complaints } = desk;
          await go(page, market, id);
          await shown[id](page, market);
          assert.deepEqual(await unevenRows(page), []);
          assert.deepEqual(await seriousFaults(page), []);
          assert.deepEqual(complaints, []);
        });
    },
  );
