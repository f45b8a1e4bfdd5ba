import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { KiteConnect } from "kiteconnect";
import { kiteKey } from "../http/kite/kite-call.ts";
import { listenForPostbacks } from "../http/kite/postback-listener.ts";
import { startGateway } from "../http/running-gateway.ts";
import { makeVenv } from "./venv.ts";

const run = promisify(execFile);
const clientLimitMs = 60_000;

/** Made while the Node library is tried. */
let making: ReturnType<typeof makeVenv>;

before(() => {
  making = makeVenv(["kiteconnect==5.*"]);
  making.catch(() => {}); // said by the test that needs it
});

after(async () => {
  const made = await making.catch(() => null);
  await made?.venv?.remove();
});

/** What a library says of the market that does not depend on how it says it. */
const sameFacts = {
  session: ["HDFC", true],
  instruments: [50, 0.05, 1, "EQ"],
  "quote tick": [985, 10, 985],
  "full tick": [{ quantity: 10, price: 985.05, orders: 1 }, 5],
  "ltp tick": 985,
  "trade tick": "ltp",
  cancelled: true,
  updates: [
    ["UPDATE", 4, "swing1"],
    ["CANCELLED", 4, "swing1"],
  ],
  orders: [["CANCELLED", 4, 6, 985.05, "swing1"]],
  dates: true,
  history: ["OPEN", "OPEN", "CANCELLED"],
  trades: [[4, 985.05, "BUY"]],
  "order trades": 1,
  positions: [["SBIN", 4, 985.05]],
  holdings: [["SBIN", 1_000_000_004]],
  margins: [99_999_996_059.8, false],
  profile: ["HDFC", ["CNC", "MIS"]],
  quote: [985.05, 4, 5, 985.05],
  ohlc: 1545,
  ltp: 985.05,
  candles: [4, 985.05],
  logout: true,
};

type Facts = Readonly<Record<string, unknown>>;

/** Runs a client on a market of its own. Returns what it said, after its postbacks were checked. */
async function factsOf(program: string, args: readonly string[]): Promise<Facts> {
  const listener = await listenForPostbacks();
  const market = await startGateway({ postbacks: [{ keyId: "HDFC", url: listener.url }] });
  try {
    const [own, seller] = [kiteKey(market, "HDFC"), kiteKey(market, "SELLER")];
    const root = `${market.url}/kite`;
    const ticker = `${root.replace("http", "ws")}/ws`;
    const keys = [own.apiKey, own.apiSecret, seller.apiKey, seller.accessToken];
    const options = { timeout: clientLimitMs };
    const { stdout } = await run(program, [...args, root, ticker, ...keys], options);
    const client = new KiteConnect({ api_key: own.apiKey });
    deepStrictEqual(
      listener.received.slice(0, 3).map(({ status }) => status),
      ["OPEN", "UPDATE", "CANCELLED"],
    );
    for (const postback of listener.received) {
      ok(client.validatePostback(postback as never, own.apiSecret), "the library says no");
      ok(!client.validatePostback(postback as never, own.accessToken), "any secret would do");
    }
    const lines = stdout.trim().split("\n");
    const facts = lines.map((line) => JSON.parse(line) as { fact: string; value: unknown });
    return Object.fromEntries(facts.map(({ fact, value }) => [fact, value]));
  } finally {
    await market.close();
    await listener.close();
  }
}

describe("the official clients connect unchanged but for the address", { timeout: 300_000 }, () => {
  test("kiteconnect for Node", async () => {
    const facts = await factsOf(process.execPath, [join(import.meta.dirname, "kite_client.ts")]);
    const { "market buy": marketBuy, "off tick": offTick, modify, gtt, closed, ...rest } = facts;
    deepStrictEqual(rest, { ...sameFacts, "after logout": ["TokenException"] });
    for (const [refusal, type, text] of [
      [marketBuy, "InputException", /^order_type: MARKET buys/],
      [offTick, "InputException", /^PRICE_OFF_TICK/],
      [modify, "OrderException", /^NOT_SUPPORTED/],
      [gtt, "GeneralException", /^NOT_SUPPORTED/],
      [closed, "OrderException", /^ORDER_CLOSED/],
    ] as const) {
      const [foundType, foundText] = refusal as [string, string];
      strictEqual(foundType, type);
      match(foundText, text);
    }
  });

  test("kiteconnect for Python", async (context) => {
    const made = await making;
    if (made.venv === null)
      return context.skip(`${made.missing} is missing: Kite's Python client was not tried`);
    const facts = await factsOf(made.venv.python, [join(import.meta.dirname, "kite_client.py")]);
    const { "market buy": marketBuy, "off tick": offTick, modify, gtt, closed, ...rest } = facts;
    deepStrictEqual(rest, { ...sameFacts, "after logout": ["TokenException", 403] });
    for (const [refusal, type, status, text] of [
      [marketBuy, "InputException", 400, /^order_type: MARKET buys/],
      [offTick, "InputException", 400, /^PRICE_OFF_TICK/],
      [modify, "OrderException", 400, /^NOT_SUPPORTED/],
      [gtt, "GeneralException", 501, /^NOT_SUPPORTED/],
      [closed, "OrderException", 400, /^ORDER_CLOSED/],
    ] as const) {
      const [foundType, foundStatus, foundText] = refusal as [string, number, string];
      deepStrictEqual([foundType, foundStatus], [type, status]);
      match(foundText, text);
    }
  });
});
