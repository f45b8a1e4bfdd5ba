import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Appender } from "../src/services/log.ts";
import { startMemoryMarket } from "../test/web/memory-market.ts";
import { openLonePage, type LonePage } from "./chromium.ts";
import { sendAtRate, startBenchedGateway, type Load } from "./gateway.ts";
import { seeded } from "./orders.ts";
import { percentile } from "./statistics.ts";

/** Orders a second where nothing is said. */
const browserRate = 1_000;

/** What was asked for at the terminal. */
type AskedOfBrowser = {
  readonly rate?: number;
  readonly seconds: number;
  readonly warmUp: number;
};

/** A market with a dashboard, and the way to send it orders. */
type WatchedMarket = {
  readonly url: string;
  readonly key: string;
  readonly orders: Appender;
};

/**
 * How late a trade is in the ladder of a real browser, in ms from its step's time, one entry for
 * each trade: when the changed book reached the page, when the ladder's rows were changed, and when
 * the frame after that began, so that what was changed has been painted.
 */
type BrowserLag = {
  readonly reachedMs: number[];
  readonly drawnMs: number[];
  readonly paintedMs: number[];
  /** Trades told to the page and never shown. */
  readonly unseen: number;
  readonly framesPerSecond: number;
};

/** Measures it in memory and on Kafka, and says what came. */
export async function benchBrowser(
  bootstrap: string,
  values: AskedOfBrowser,
  say: (line: string) => void,
): Promise<void> {
  const memory = await startMemoryMarket();
  const orders = await memory.log.appender("sauda.orders", 0);
  try {
    say(await lineOf("in memory", { ...memory, orders }, values));
  } finally {
    await memory.close();
  }
  const gateway = await startBenchedGateway(bootstrap);
  try {
    say(await lineOf("on Kafka", gateway, values));
  } finally {
    await gateway.stop();
  }
}

async function lineOf(
  where: string,
  market: WatchedMarket,
  { rate = browserRate, seconds, warmUp }: AskedOfBrowser,
): Promise<string> {
  const load = { rate, seconds, warmUpSeconds: warmUp };
  const { reachedMs, drawnMs, paintedMs, unseen, framesPerSecond } = await measureBrowser(
    market,
    load,
  );
  const spread = (lagsMs: readonly number[]): string =>
    [50, 99].map((share) => `p${share} ${percentile(lagsMs, share).toFixed(0)} ms`).join(", ");
  return (
    `BROWSER    trade to its book painted in Chromium, ${where}, ` +
    `${load.rate} orders/s for ${seconds} s: ${spread(paintedMs)} ` +
    "(aims: p50 50 ms, p99 150 ms); " +
    `at the page ${spread(reachedMs)}, drawn ${spread(drawnMs)}; ${paintedMs.length} trades, ` +
    `${unseen} unseen, ${framesPerSecond.toFixed(0)} books/s`
  );
}

/**
 * Opens the Market page in Chromium and measures it while orders in its symbol come at a
 * fixed rate.
 */
async function measureBrowser(market: WatchedMarket, load: Load): Promise<BrowserLag> {
  const { rate, seconds, warmUpSeconds } = load;
  execFileSync(process.execPath, [join(import.meta.dirname, "..", "web", "build.ts")]);
  const page = await openLonePage(1440, 900);
  try {
    await showMarket(page, market);
    const next = newOrders();
    await sendAtRate(market.orders, rate, warmUpSeconds, next);
    await page.evaluate("probe.begin()");
    await sendAtRate(market.orders, rate, seconds, next);
    return await page.evaluate<BrowserLag>("probe.end()");
  } finally {
    await page.close();
  }
}

async function showMarket(page: LonePage, { url, key }: WatchedMarket): Promise<void> {
  await page.runFirst(probe);
  await page.goTo(`${url}/#key=${key}`);
  const isLive = "document.querySelector('[data-connection=live]') !== null";
  for (let tries = 0; !(await page.evaluate(isLive)); tries += 1) {
    if (tries > 100) throw new Error("the dashboard does not become live");
    await sleep(100);
  }
}

/**
 * Orders around one price, twenty ticks to each side, most of which trade. One in two hundred is
 * the viewer's: what one key may send.
 */
function newOrders(): () => Buffer {
  const chance = seeded(11);
  let count = 0;
  return () => {
    count += 1;
    const member = Math.floor(chance() * 200);
    const order = {
      type: "NewOrder",
      participant: member === 0 ? "HDFC" : `M${member}`,
      client_order_id: `browser-${count}`,
      symbol: "SBIN",
      side: chance() < 0.5 ? "BUY" : "SELL",
      quantity: 1 + Math.floor(chance() * 200),
      price_paise: 98_500 + 5 * (Math.floor(chance() * 41) - 20),
    };
    return Buffer.from(JSON.stringify(order));
  };
}

/**
 * Runs in the page before its own code: reads what its socket hears, and watches the ladder's rows.
 * A trade counts as shown with the first picture of the book that is not older than its step.
 */
const probe = `
  const waiting = [];
  let lags = [], frames = 0, beganMs = 0, bookSeq = 0;
  const nowMs = () => performance.timeOrigin + performance.now();

  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) => hear(data));
    }
  };

  // Looks the few fields up: to parse each message twice would be a load of our own.
  function hear(text) {
    if (text.startsWith('{"type":"prints"')) {
      for (const [, at, seq] of text.matchAll(/"executed_at":"([^"]+)","shard":0,"seq":([0-9]+)/g))
        waiting.push({ seq: Number(seq), atMs: Date.parse(at), reachedMs: 0 });
    } else if (text.startsWith('{"type":"delta"')) {
      bookSeq = Number(/"seq":([0-9]+)/.exec(text)[1]);
      const reachedMs = nowMs();
      for (let index = waiting.length - 1; index >= 0; index -= 1) {
        if (waiting[index].reachedMs !== 0) break;
        if (waiting[index].seq <= bookSeq) waiting[index].reachedMs = reachedMs;
      }
    }
  }

  function drawn() {
    const [shownSeq, drawnMs] = [bookSeq, nowMs()];
    requestAnimationFrame(() => {
      const paintedMs = nowMs();
      frames += 1;
      while (waiting.length > 0 && waiting[0].seq <= shownSeq) {
        const { atMs, reachedMs } = waiting.shift();
        lags.push([reachedMs - atMs, drawnMs - atMs, paintedMs - atMs]);
      }
    });
  }

  const observer = new MutationObserver(drawn);
  const what = { subtree: true, childList: true, characterData: true, attributes: true };
  const look = setInterval(() => {
    const ladder = document.querySelector(".ladder");
    if (ladder === null) return;
    clearInterval(look);
    observer.observe(ladder, what);
  }, 50);

  window.probe = {
    begin: () => {
      [lags, frames, beganMs] = [[], 0, nowMs()];
    },
    end: async () => {
      const framesPerSecond = (frames * 1000) / (nowMs() - beganMs);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const [reachedMs, drawnMs, paintedMs] = [0, 1, 2].map((at) => lags.map((lag) => lag[at]));
      return { reachedMs, drawnMs, paintedMs, unseen: waiting.length, framesPerSecond };
    },
  };
`;
