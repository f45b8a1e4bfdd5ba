import { deepEqual, equal, match } from "node:assert/strict";
import { after, test } from "node:test";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { act } from "./act.ts";
import { buyForFund } from "./fund-trade.ts";
import { memoryMarket } from "./memory-market.ts";

const market = memoryMarket({ clearing: nseClearing });
after(() => market.close());

const run = (words: string) => act(market.logClient, words.split(" "));

test("a custodian affirms a trade at the terminal by the trade's id alone", async () => {
  const { out, tradeId } = await buyForFund(run, 10);
  equal(out[2], `TRADE ${tradeId} waits for CUST to affirm the BUY for FUND`);
  const affirmed = await run(`affirm ${tradeId} --client-order-id yes-1`);
  deepEqual(affirmed.out, [
    `AFFIRM accepted: BUY of ${tradeId} for CUST`,
    `TRADE ${tradeId} affirmed: CUST/FUND settles the BUY`,
  ]);
  equal(affirmed.code, 0);
  const again = await run(`affirm ${tradeId} --client-order-id yes-1`);
  match(again.out[0] ?? "", /^repeated: first answered in step \d+$/);
  deepEqual([again.out.slice(1), again.code], [affirmed.out, 0]);
  const late = await run(`affirm ${tradeId} --reject`);
  match(late.out[0] ?? "", /^REJECT T-\S+\/BUY rejected: AFFIRMATION_CLOSED: /);
  equal(late.code, 1);
});

test("a rejected trade stays with its trading member, and that is what was asked for", async () => {
  const { tradeId } = await buyForFund(run, 3);
  const rejection = await act(market.logClient, [
    "affirm",
    tradeId,
    "--reject",
    "--reason",
    "wrong fund",
  ]);
  deepEqual(rejection.out, [
    `REJECT accepted: BUY of ${tradeId} for CUST`,
    `TRADE ${tradeId} devolved: HDFC settles the BUY itself`,
  ]);
  equal(rejection.code, 0);
  const [record] = market.values("sauda.orders").slice(-1);
  const { reason, type } = JSON.parse(record ?? "{}") as Record<string, unknown>;
  deepEqual([type, reason], ["RejectTrade", "wrong fund"]);
});

test("another member's word is refused", async () => {
  const { tradeId } = await buyForFund(run, 4);
  const { out, code } = await run(`affirm ${tradeId} --participant SELLER`);
  match(out[0] ?? "", /rejected: NOT_YOUR_TRADE: /);
  equal(code, 1);
});

test("a trade that waits on both sides needs the side", async () => {
  const { out: bought, tradeId } = await buyForFund(run, 5, {
    from: "SELLER --client F2 --custodian BANK",
  });
  // The seller's client is no business of the buyer.
  equal(bought.filter((line) => line.includes(" waits for ")).length, 1);
  const both = await run(`affirm ${tradeId}`);
  match(both.err, /waits on both sides: add --side BUY or SELL/);
  equal(both.code, 2);
  const { out } = await run(`affirm ${tradeId} --side sell`);
  equal(out[1], `TRADE ${tradeId} affirmed: BANK/F2 settles the SELL`);
});

test("a trade that nobody is to affirm is said to be none, with what waits", async () => {
  const { tradeId } = await buyForFund(run, 6);
  const { err, code } = await run("affirm T-0-999-0-0");
  match(err, new RegExp(`no custodian is to affirm T-0-999-0-0; what waits: .*${tradeId} BUY`));
  equal(code, 1);
  equal((await run(`affirm ${tradeId} --reason no`)).code, 2);
});
