import { deepEqual, equal, match } from "node:assert/strict";
import { after, before, test } from "node:test";
import { nseClearing } from "../../../src/domain/facts/nse-clearing.ts";
import { act } from "../act.ts";
import { buyForFund } from "../fund-trade.ts";
import { startAskedGateway, type AskedGateway } from "./asked-gateway.ts";

let market: AskedGateway;

before(async () => {
  market = await startAskedGateway({}, { clearing: nseClearing });
});

after(() => market.close());

const run = (words: string) => act(market.endpoint, words.split(" "));

test("a custodian affirms by the gateway with the trade's id alone, answered as by the log", async () => {
  const { tradeId } = await buyForFund(run, 10);
  const affirmed = await run(`affirm ${tradeId} --client-order-id yes-1`);
  deepEqual(affirmed.out, [
    `AFFIRM accepted: BUY of ${tradeId} for CUST`,
    `TRADE ${tradeId} affirmed: CUST/FUND settles the BUY`,
  ]);
  equal(affirmed.code, 0);
  const again = await run(`affirm ${tradeId} --client-order-id yes-1`);
  match(again.out[0] ?? "", /^repeated: first answered in step \d+$/);
  deepEqual([again.out.slice(1), again.code], [affirmed.out, 0]);
  const ofLog = await act(market.logClient, ["affirm", tradeId, "--client-order-id", "yes-1"]);
  deepEqual([ofLog.out, ofLog.code], [again.out, 0]);
  const late = await run(`affirm ${tradeId} --reject`);
  match(late.out[0] ?? "", /^REJECT T-\S+\/BUY rejected: AFFIRMATION_CLOSED: /);
  equal(late.code, 1);
});

test("a custodian says no by the gateway with its own key, and its words are kept", async () => {
  const { tradeId } = await buyForFund(run, 3, { custodian: "COUNTERPARTY" });
  const words = ["affirm", tradeId, "--reject", "--reason", "wrong fund"];
  const rejected = await act(market.endpointOf("COUNTERPARTY"), words);
  equal(rejected.out[0], `REJECT accepted: BUY of ${tradeId} for COUNTERPARTY`);
  equal(rejected.code, 0);
  const ended = await market.call("COUNTERPARTY", "GET", "/v1/affirmations?status=ended");
  const rows = ended.body["affirmations"] as Record<string, unknown>[];
  const own = rows.find(({ trade_id }) => trade_id === tradeId);
  deepEqual([own?.["status"], own?.["text"]], ["Devolved", "wrong fund"]);
});

test("by the gateway too a trade that waits on both sides needs the side, or the custodian", async () => {
  const { tradeId } = await buyForFund(run, 5, { from: "SELLER --client F2 --custodian BANK" });
  const both = await run(`affirm ${tradeId}`);
  match(both.err, /waits on both sides: add --side BUY or SELL/);
  equal(both.code, 2);
  const sold = await run(`affirm ${tradeId} --participant BANK`);
  equal(sold.out[1], `TRADE ${tradeId} affirmed: BANK/F2 settles the SELL`);
  const bought = await run(`affirm ${tradeId} --side buy`);
  equal(bought.out[1], `TRADE ${tradeId} affirmed: CUST/FUND settles the BUY`);
});

test("the gateway knows no trade that nobody is to affirm; what waits is named", async () => {
  const { tradeId } = await buyForFund(run, 6);
  const unknown = await run("affirm T-0-999-0-0");
  const waiting = new RegExp(`no custodian is to affirm T-0-999-0-0; what waits: .*${tradeId} BUY`);
  match(unknown.err, waiting);
  equal(unknown.code, 1);
  const another = await run(`affirm ${tradeId} --participant SELLER`);
  match(another.err, /no custodian is to affirm T-\S+; no trade waits/);
  equal(another.code, 1);
});
