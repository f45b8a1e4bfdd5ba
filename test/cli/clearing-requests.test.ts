import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, test } from "node:test";
import { factsOf } from "../../src/cli/actors/outcome-facts.ts";
import type { Outcome } from "../../src/cli/actors/outcome.ts";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { readSaudaOrder } from "../../src/protocol/own/sauda-orders.ts";
import type { MarketTerms } from "../../src/domain/market.ts";
import { allRecords } from "../../src/memory/memory-cluster.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { account, at, clearingTerms, noMargin, tick } from "../clearing-given.ts";
import { buy, given, newSource, sell, type Sent } from "../given.ts";
import { logText } from "../steps-record.ts";
import { act } from "./act.ts";
import { memoryMarket } from "./memory-market.ts";

/** Asha sells what she has, Bela buys what she can pay for; both are on margin. */
const accounts = new Map([
  ["HDFC/asha", account("margin", 20_000_00, { SBIN: 100 })],
  ["HDFC/bela", account("margin", 98_500_00)],
]);
const market = memoryMarket({ clearing: { ...nseClearing, accounts } });
after(() => market.close());

const run = (words: string) => act(market.logClient, words.split(" "));

/** Trades 10 SBI of the client with SELLER's member and gives the settlement's number. */
async function trade(client: string, side: "BUY" | "SELL"): Promise<string> {
  const deal = "--symbol SBI --quantity 10 --price 985";
  const other = side === "BUY" ? "SELL" : "BUY";
  await run(`order --participant SELLER --side ${other} ${deal}`);
  await run(`order --participant HDFC --client ${client} --side ${side} ${deal}`);
  const numbers = allRecords(market.cluster, eventsTopic, 0).flatMap(
    ({ value }) => /"settlementNumber":"(M\d+)"/.exec(logText(value))?.[1] ?? [],
  );
  return numbers.at(-1) ?? "";
}

test("shares sold are paid in early at the terminal, and the same again is a repeat", async () => {
  const number = await trade("asha", "SELL");
  const words = `pay-in ${number} --participant HDFC --client asha --symbol SBI --quantity 4`;
  const first = await run(`${words} --client-order-id early-1`);
  const line = `EARLY PAY-IN accepted: HDFC/asha 4 SBIN in ${number}`;
  deepEqual([first.out, first.code], [[line], 0]);
  const again = await run(`${words} --client-order-id early-1`);
  match(again.out[0] ?? "", /^repeated: first answered in step \d+$/);
  deepEqual([again.out.slice(1), again.code], [[line], 0]);
  const more = await run(`${words}0 --client-order-id early-2`);
  match(more.out[0] ?? "", /^EARLY PAY-IN of HDFC\/asha rejected: QUANTITY_OUT_OF_RANGE: /);
  equal(more.code, 1);
});

test("the money for shares bought is paid in early, as JSON for programs", async () => {
  const number = await trade("bela", "BUY");
  const words = `pay-in ${number} --participant HDFC --client bela --symbol SBI --quantity 10`;
  const { out, code } = await run(`${words} --client-order-id m-1 --json`);
  const fact = JSON.parse(out[0] ?? "{}") as Record<string, unknown>;
  const { type, asset, amount, client, client_order_id } = fact;
  deepEqual(
    [type, asset, amount, client, client_order_id, code],
    ["paid_in_early", "INR", 9_850_00, "bela", "m-1", 0],
  );
});

test("an offer without an auction and a payment without dues are refused", async () => {
  const offer = await run("offer --participant SELLER --symbol SBI --quantity 10 --price 990.05");
  match(offer.out[0] ?? "", /^OFFER of SELLER rejected: NO_AUCTION: /);
  const dues = await run("pay-dues --participant HDFC --client asha --amount 98500.50");
  match(dues.out[0] ?? "", /^DUES of HDFC\/asha rejected: NOTHING_DUE: /);
  deepEqual([offer.code, dues.code], [1, 1]);
  const sent = market.values("sauda.orders").slice(-2);
  const [first, second] = sent.map((value) => JSON.parse(value) as Record<string, unknown>);
  deepEqual([first?.["type"], first?.["price_paise"]], ["OfferInAuction", 990_05]);
  deepEqual([second?.["type"], second?.["amount_paise"]], ["PayDues", 98_500_50]);
});

test("nobody speaks under an id that is the exchange's", async () => {
  for (const id of ["A-7", "O-0-1", "D-0-1-0-0"])
    for (const words of [
      "offer --participant SELLER --symbol SBI --quantity 10 --price 990",
      "pay-dues --participant SELLER --amount 1",
      "pay-in M2026100 --participant SELLER --symbol SBI --quantity 1",
    ]) {
      const { out, code } = await run(`${words} --client-order-id ${id}`);
      match(out[0] ?? "", / rejected: RESERVED_ID: /);
      equal(code, 1);
    }
});

test("what cannot be read is a mistake at the terminal and is not sent", async () => {
  const before = market.values("sauda.orders").length;
  for (const words of [
    "offer --participant A/B --symbol SBI --quantity 10 --price 990",
    "offer --participant HDFC --symbol SBI --quantity 0 --price 990",
    "offer --participant HDFC --symbol SBI --quantity 10",
    "pay-dues --participant HDFC --amount 1.005",
    "pay-dues --participant HDFC --amount 0",
    "pay-in m2026 --participant HDFC --symbol SBI --quantity 10",
  ])
    equal((await run(words)).code, 2, words);
  equal(market.values("sauda.orders").length, before);
});

/** A message of `sauda.orders` as the market reads it. */
function sent(time: string, message: object): Sent {
  const value = Buffer.from(JSON.stringify(message));
  return { command: readSaudaOrder({ key: null, value, source: newSource() }), atMs: at(time) };
}

/** What the terminal says to a message that is decided after these. */
function told(before: readonly Sent[], message: Sent, terms: MarketTerms) {
  const start = given(before, terms);
  const { steps } = start;
  const outcome = start.when(message).events.find((event) => "clientOrderId" in event);
  const step = steps.at(-1);
  ok(outcome !== undefined && step !== undefined);
  const place = { shard: 0, seq: steps.length, logOffset: steps.length };
  const { facts, isDone } = factsOf({
    ...place,
    step,
    outcome: outcome as Outcome,
    first: null,
  });
  return [...facts.map(({ text }) => text), isDone];
}

function placed(time: string, command: Sent["command"]): Sent {
  return { command, atMs: at(time) };
}

const payInTimes = ["01 15:30", "01 21:00", "02 08:30", "02 10:30"];

test("an offer that the auction takes is said with its price in rupees", () => {
  const terms = clearingTerms({
    accounts: new Map([
      ["M1/short", account("margin", 1_000_000_00)],
      ["M1", account("full", 1_000_000_00)],
      ["M3", account("full", 0, { SBIN: 10_000 })],
    ]),
    marginRates: noMargin,
  });
  const monday = [
    placed("01 10:00", sell("s", 100, 200_00, { participant: "M1", client: "short" })),
    placed("01 10:01", buy("b", 100, 200_00, { participant: "M2" })),
    ...payInTimes.map(tick),
  ];
  const lot = { symbol: "SBI", quantity: 60, price_paise: 201_05 };
  const offer = { type: "OfferInAuction", participant: "M3", client_order_id: "a", ...lot };
  deepEqual(told(monday, sent("02 14:40", offer), terms), [
    "OFFER U-0-6 accepted: M3 offers 60 SBIN @ 201.05",
    true,
  ]);
});

test("dues that are paid are said in rupees, with what was sent too much", () => {
  const terms = clearingTerms({
    accounts: new Map([
      ["M1/poor", account("margin", 1_000_00, { NOW: 98 })],
      ["M1", account("full", 200_000_00)],
      ["SELLER", account("full", 0, { SBIN: 1_000 })],
    ]),
    marginRates: noMargin,
    symbols: new Map([["NOW", { settlement: "instant", series: "EQ" }]]),
  });
  const poor = { participant: "M1", client: "poor" };
  const monday = [
    placed("01 09:00", sell("n", 98, 1_000_00, { ...poor, symbol: "NOW" })),
    placed("01 10:00", sell("s", 100, 985_00)),
    placed("01 10:01", buy("b", 100, 985_00, poor)),
    ...payInTimes.map(tick),
    tick("02 15:30"),
    placed("03 10:00", buy("n", 98, 1_000_00, { participant: "M3", symbol: "NOW" })),
  ];
  const dues = { type: "PayDues", ...poor, client_order_id: "d" };
  const pay = (amount_paise: number) =>
    told(monday, sent("03 11:00", { ...dues, amount_paise }), terms);
  deepEqual(pay(7_05), ["DUES paid: M1/poor 7.05", true]);
  deepEqual(pay(99_000_00), ["DUES paid: M1/poor 97500 of the 99000 sent", true]);
});

test("a halt that is not there is refused by its symbol, and no member is named", async () => {
  const { out, code } = await run("lift-halt --symbol SBIN");
  deepEqual([out, code], [["HALT rejected: NOT_HALTED: symbol SBIN is not halted"], 1]);
});
