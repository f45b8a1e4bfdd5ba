import { deepEqual, equal, match } from "node:assert/strict";
import { after, before, test } from "node:test";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { paise } from "../../src/domain/facts/units.ts";
import { openStream } from "./open-stream.ts";
import { startGateway, type Answered, type RunningGateway } from "./running-gateway.ts";

let market: RunningGateway;

/** T+1; a fund at the custodian COUNTERPARTY has Rs 25,000 and nothing else. */
const clearing = {
  ...nseClearing,
  accounts: new Map([
    [
      "COUNTERPARTY/FUND",
      {
        cover: "full" as const,
        custodian: null,
        cashPaise: paise(2_500_000),
        holdings: new Map<string, number>(),
      },
    ],
  ]),
};

before(async () => {
  market = await startGateway({}, undefined, { clearing });
});

after(() => market.close());

type Affirmation = Readonly<Record<string, unknown>> & { readonly trade_id: string };

/**
 * HDFC buys so many SBIN for the custodian's fund. Returns the trade as the custodian's inbox
 * has it.
 */
async function buyForFund(quantity: number): Promise<Affirmation> {
  const sold = { symbol: "SBIN", side: "SELL", quantity, price_paise: 98_500 };
  await market.call("SELLER", "POST", "/v1/orders", sold);
  const fund = { side: "BUY", client: "FUND", custodian: "COUNTERPARTY" };
  const placed = await market.call("HDFC", "POST", "/v1/orders", { ...sold, ...fund });
  const order = placed.body["order"] as { custodian: string; trade_ids: string[] };
  equal(order.custodian, "COUNTERPARTY");
  const found = (await inbox()).find(({ trade_id }) => trade_id === order.trade_ids[0]);
  if (found === undefined) throw new Error("the trade is not in the custodian's inbox");
  return found;
}

async function inbox(query = ""): Promise<Affirmation[]> {
  const { body } = await market.call("COUNTERPARTY", "GET", `/v1/affirmations${query}`);
  return body["affirmations"] as Affirmation[];
}

function say(id: string, verb: string, body: object = {}): Promise<Answered> {
  return market.call("COUNTERPARTY", "POST", `/v1/affirmations/${id}/BUY/${verb}`, body);
}

test("a trade for a custodian's client waits in the custodian's inbox until it is affirmed", async () => {
  const { trade_id, affirm_until, settlement_number, updated_at, place, ...rest } =
    await buyForFund(10);
  match(String(affirm_until), /T02:00:00\.000Z$/); // 07:30 in India
  match(String(settlement_number), /^M20\d{5}$/);
  equal(typeof updated_at, typeof trade_id);
  equal(typeof (place as { seq: number }).seq, "number");
  deepEqual(rest, {
    side: "BUY",
    status: "AwaitingAffirmation",
    reason: null,
    text: null,
    custodian: "COUNTERPARTY",
    participant: "HDFC",
    client: "FUND",
    symbol: "SBIN",
    quantity: 10,
    price_paise: 98_500,
    amount_paise: 985_000,
  });
  const first = await say(trade_id, "affirm", { client_order_id: "yes-1" });
  const again = await say(trade_id, "affirm", { client_order_id: "yes-1" });
  deepEqual([first.status, first.body["outcome"]], [200, "accepted"]);
  deepEqual([again.status, again.body["outcome"]], [200, "repeated"]);
  equal((again.body["affirmation"] as Affirmation)["status"], "Affirmed");
  deepEqual(await inbox(), []);
  equal((await inbox("?status=ended")).at(-1)?.trade_id, trade_id);
});

test("a rejected trade devolves on the trading member, with the custodian's words", async () => {
  const { trade_id } = await buyForFund(5);
  const { status, body } = await say(trade_id, "reject", { reason: "not our trade" });
  equal(status, 200);
  const { status: became, reason, text } = body["affirmation"] as Affirmation;
  deepEqual([became, reason, text], ["Devolved", "REJECTED", "not our trade"]);
  const late = await say(trade_id, "affirm");
  deepEqual([late.status, late.body["code"]], [422, "AFFIRMATION_CLOSED"]);
});

test("an affirmation without the money is refused, also when it is asked again", async () => {
  const { trade_id } = await buyForFund(20);
  for (const start of [/^the affirmation needs/, /^repeated: the affirmation needs/]) {
    const { status, body } = await say(trade_id, "affirm", { client_order_id: "no-money" });
    deepEqual([status, body["code"]], [422, "INSUFFICIENT_FUNDS"]);
    match(String(body["detail"]), start);
  }
  equal((await inbox()).at(-1)?.trade_id, trade_id);
});

test("only the custodian sees its inbox and answers, with the role for it", async () => {
  const { trade_id } = await buyForFund(1);
  const path = `/v1/affirmations/${trade_id}/BUY/affirm`;
  equal((await market.call("HDFC", "POST", path)).status, 404);
  equal((await market.call("reader", "POST", path)).status, 403);
  equal((await market.call("operations", "GET", "/v1/affirmations")).status, 403);
  equal((await market.call(null, "GET", "/v1/affirmations")).status, 401);
  deepEqual((await market.call("HDFC", "GET", "/v1/affirmations")).body["affirmations"], []);
  equal((await say("T-0-999-0-0", "affirm")).status, 404);
  equal((await say(trade_id, "affirm", { reason: "yes" })).status, 400);
  equal((await say(trade_id, "affirm")).status, 200);
});

test("a custodian hears of a trade that waits for it, and of its end; another member does not", async () => {
  const stream = await openStream(market.url, market.keys.COUNTERPARTY);
  const other = await openStream(market.url, market.keys.HDFC);
  for (const each of [stream, other]) {
    each.say({ op: "subscribe", channel: "affirmations" });
    await each.take("subscribed");
  }
  const { trade_id } = await buyForFund(3);
  equal((await stream.take("affirmation")).affirmation.status, "AwaitingAffirmation");
  await say(trade_id, "reject", { reason: "unknown" });
  const { status, text, client } = (await stream.take("affirmation")).affirmation;
  deepEqual([status, text, client], ["Devolved", "unknown", "FUND"]);
  other.say({ op: "ping" });
  await other.take("pong");
  equal(other.messages.filter(({ type }) => type === "affirmation").length, 0);
  stream.close();
  other.close();
});

test("a custodian's word on sauda.orders counts like one at the door", async () => {
  const { trade_id } = await buyForFund(2);
  const word = { type: "RejectTrade", participant: "COUNTERPARTY", client_order_id: "k-1" };
  const about = { trade_id, side: "BUY", symbol: "SBI", reason: "wrong fund" };
  await market.write("sauda.orders", JSON.stringify({ ...word, ...about }));
  for (let wait = 0; wait < 100; wait += 1) {
    const found = (await inbox("?status=ended")).find((each) => each.trade_id === trade_id);
    if (found !== undefined) return equal(found["text"], "wrong fund");
    await new Promise((resolve) => void setTimeout(resolve, 50));
  }
  throw new Error("the word on sauda.orders had no effect in 5 s");
});
