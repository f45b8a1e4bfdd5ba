import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import { chromium, type Browser, type Page } from "playwright-core";
import { makeFolder } from "../../src/kafka/managed/make-folder.ts";
import type { DashboardMarket } from "./dashboard-market.ts";

/** Bounds every wait for what must come; above what even a busy machine needs. */
const timeoutMs = 30_000;
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser's program; undefined where this machine has none. `SAUDA_CHROMIUM` names another. */
export const chromiumPath: string | undefined = [process.env["SAUDA_CHROMIUM"], ...places].find(
  (path) => path !== undefined && existsSync(path),
);

/** Why the tests are left out; false where they run. */
export const skipWithoutChromium: string | false =
  chromiumPath === undefined &&
  "no Chromium here: apt-get install chromium, or name one in SAUDA_CHROMIUM";

/** Starts a browser. */
export async function startBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error("no Chromium");
  // A container's root has no sandbox of its own, and no large shared memory.
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  return chromium.launch({ executablePath: chromiumPath, args });
}

/** A browser and a market. */
type Opened<Market> = { readonly browser: Browser; readonly market: Market };

/** Starts both before the tests of a suite and ends them after; they are there once a test runs. */
export function browserAnd<Market extends { close(): Promise<void> }>(
  start: () => Promise<Market>,
): () => Opened<Market> {
  let browser: Browser | undefined;
  let market: Market | undefined;
  before(async () => {
    browser = await startBrowser();
    market = await start();
  });
  after(async () => {
    await browser?.close();
    await market?.close();
  });
  return () => {
    if (browser === undefined || market === undefined) throw new Error("asked before the tests");
    return { browser, market };
  };
}

/** A page of the dashboard, and everything its console complained of. */
export type DashboardPage = { readonly page: Page; readonly complaints: string[] };

/** Opens the dashboard by the address that the terminal prints. Waits until it is live. */
export async function openDashboard(
  browser: Browser,
  market: Pick<DashboardMarket, "url" | "key">,
): Promise<DashboardPage> {
  const viewport = { width: 1440, height: 900 };
  const context = await browser.newContext({ viewport, colorScheme: "dark" });
  const page = await context.newPage();
  page.setDefaultTimeout(timeoutMs);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${market.url}/#key=${market.key}`);
  await waitLive(page);
  return { page, complaints };
}

/** Waits until the page says that what it shows is live. */
export async function waitLive(page: Page): Promise<void> {
  await page.getByRole("button", { name: "live", exact: true }).waitFor();
}

/** What axe finds serious or worse, one line each. */
export async function seriousFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

/** Keeps a picture of the page, where `SAUDA_SCREENSHOTS` names a folder for them. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env["SAUDA_SCREENSHOTS"];
  if (folder === undefined) return;
  await makeFolder(folder);
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(400);
      const path = join(folder, `${name}-${colorScheme}-${width}.png`);
      await page.screenshot({ path, fullPage: width === 390 });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "dark" });
}
