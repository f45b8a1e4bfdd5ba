import { deepEqual, equal, match } from "node:assert/strict";
import { after, before, test } from "node:test";
import { act } from "./act.ts";
import { memoryMarket, memoryTopics, type MemoryMarket } from "./memory-market.ts";

const market: MemoryMarket = memoryMarket();
// so that offsets here differ from the log's
before(() => market.write("Trade_Order", "not an order"));
after(() => market.close());

function order(
  participant: string,
  side: string,
  rest: string,
): Promise<Awaited<ReturnType<typeof act>>> {
  const words = ["--participant", participant, "--side", side, ...rest.split(" ")];
  return act(market.logClient, ["order", ...words]);
}

test("an order that rests is accepted, one that meets it trades and settles in the same answer", async () => {
  const sell = await order("SELLER", "SELL", "--symbol TCS --quantity 1000 --client-order-id s-1");
  match(String(sell.out[0]), /^ORDER O-0-\d+ accepted: SELL 1000 TCS unpriced$/);
  equal(sell.out.length, 1);
  equal(sell.code, 0);
  const buy = await order("HDFC", "BUY", "--symbol TCS --quantity 300 --price 3000");
  match(String(buy.out[0]), /^ORDER O-0-\d+ accepted: BUY 300 TCS @ 3000$/);
  match(String(buy.out[1]), /^TRADE T-0-\d+-0-0 BUY 300 TCS @ 3000 with SELLER$/);
  deepEqual(buy.out.slice(2), ["DEMAT 300 TCS", "DEBIT 900000"]);
  equal(buy.code, 0);
});

test("a seller's answer says what it delivers and gets", async () => {
  await order("HDFC", "BUY", "--symbol INFY --quantity 10 --price 1500.5");
  const { out } = await order("SELLER", "SELL", "--symbol INFY --quantity 10 --price 1500.5");
  deepEqual(out.slice(2), ["DELIVER 10 INFY", "CREDIT 15005"]);
});

test("the record has the format's fields and the symbol as its key", async () => {
  const words = "--symbol SBI --quantity 1 --price 985.05 --client-order-id w-1 --client C7";
  await order("HDFC", "BUY", words);
  const partition = market.cluster.partition("sauda.orders", 0);
  const { key, value } = partition.slice(partition.end - 1, 1)[0] ?? {};
  const { timestamp, ...fields } = JSON.parse(String(value)) as Record<string, unknown>;
  equal(String(key), "SBI");
  match(String(timestamp), /Z$/);
  deepEqual(fields, {
    v: 1,
    type: "NewOrder",
    participant: "HDFC",
    client: "C7",
    client_order_id: "w-1",
    symbol: "SBI",
    side: "BUY",
    quantity: 1,
    price_paise: 98505,
  });
});

test("a refused order says why and fails", async () => {
  const { out, code } = await order("HDFC", "BUY", "--symbol SBI --quantity 1 --price 985.03");
  match(String(out[0]), /^ORDER O-0-\d+ rejected: PRICE_OFF_TICK: .*Rs 985.00 or Rs 985.05$/);
  equal(code, 1);
});

test("the same id again is a repeat with the first answer; with other content it is refused", async () => {
  const words = "--symbol WIPRO --quantity 5 --price 250 --client-order-id r-1";
  const first = await order("HDFC", "BUY", words);
  const again = await order("HDFC", "BUY", words);
  match(String(again.out[0]), /^repeated: first answered in step \d+$/);
  equal(again.out[1], first.out[0]);
  equal(again.code, 0);
  const other = await order("HDFC", "BUY", words.replace("250", "251"));
  match(String(other.out[0]), /rejected: DUPLICATE_ID/);
  equal(other.code, 1);
});

test("a repeat of a refused order is refused as the first was", async () => {
  const words = "--symbol SBI --quantity 1 --price 985.03 --client-order-id r-2";
  await order("HDFC", "BUY", words);
  const again = await order("HDFC", "BUY", words);
  match(String(again.out[1]), /rejected: PRICE_OFF_TICK/);
  equal(again.code, 1);
});

test("a negotiated order waits; confirm trades, by either id, with the participant looked up", async () => {
  const words =
    "--symbol SBI --quantity 100 --price 985 --counterparty COUNTERPARTY --client-order-id n-1";
  const placed = await order("HDFC", "BUY", words);
  match(String(placed.out[0]), /accepted: BUY 100 SBI @ 985, waits for COUNTERPARTY$/);
  const confirmed = await act(market.logClient, ["confirm", "n-1"]);
  match(String(confirmed.out[0]), /^ANSWER CONFIRM accepted: order O-0-\d+$/);
  match(String(confirmed.out[1]), /^TRADE T-0-\d+-0-0 SELL 100 SBI @ 985 with HDFC$/);
  deepEqual(confirmed.out.slice(2), ["DELIVER 100 SBI", "CREDIT 98500"]);
  equal(confirmed.code, 0);
  const late = await act(market.logClient, ["confirm", "n-1"]);
  match(String(late.out[0]), /^CONFIRM n-1 rejected: ORDER_CLOSED/);
  equal(late.code, 1);
});

test("reject ends the order, and is done: it was asked for", async () => {
  const words = "--symbol SBI --quantity 100 --price 985 --counterparty COUNTERPARTY";
  const placed = await order("HDFC", "BUY", words);
  const id = /O-0-\d+/.exec(String(placed.out[0]))?.[0] ?? "";
  const { out, code } = await act(market.logClient, ["reject", id]);
  deepEqual(out, [`ANSWER REJECT accepted: order ${id}`, `ORDER ${id} rejected: by COUNTERPARTY`]);
  equal(code, 0);
});

test("cancel takes out what is left, once", async () => {
  await order("HDFC", "BUY", "--symbol ITC --quantity 50 --price 400 --client-order-id c-1");
  await order("SELLER", "SELL", "--symbol ITC --quantity 20 --price 400");
  const canceled = await act(market.logClient, ["cancel", "c-1"]);
  match(String(canceled.out[0]), /^ORDER O-0-\d+ canceled: 30 of 50 ITC taken out$/);
  equal(canceled.code, 0);
  const again = await act(market.logClient, ["cancel", "c-1"]);
  match(String(again.out[0]), /^CANCEL c-1 rejected: ORDER_CLOSED/);
  equal(again.code, 1);
});

test("cancel --all takes out all of a member's orders in one request and says how many", async () => {
  for (const id of ["m-1", "m-2", "m-3"])
    await order("ICICI", "BUY", `--symbol ITC --quantity 5 --price 300 --client-order-id ${id}`);
  await order("ICICI", "BUY", "--symbol WIPRO --quantity 5 --price 300 --client asha");
  const words = ["cancel", "--all", "--participant", "ICICI"];
  const narrow = await act(market.logClient, [...words, "--symbol", "WIPRO", "--client", "asha"]);
  deepEqual([narrow.out, narrow.code], [["CANCEL ALL accepted: 1 of 1 orders canceled"], 0]);
  const all = await act(market.logClient, [...words, "--client-order-id", "all-1", "--json"]);
  const fact = JSON.parse(String(all.out[0])) as Record<string, unknown>;
  deepEqual([fact["type"], fact["canceled"], fact["orders"]], ["all_canceled", 3, 3]);
  const again = await act(market.logClient, [...words, "--client-order-id", "all-1"]);
  match(String(again.out[0]), /^repeated: first answered in step \d+$/);
  deepEqual([again.out[1], again.code], ["CANCEL ALL accepted: 3 of 3 orders canceled", 0]);
  const nobody = await act(market.logClient, ["cancel", "--all", "--participant", "N,A"]);
  match(String(nobody.out[0] ?? nobody.err), /UNKNOWN_PARTICIPANT|participant/);
});

test("cancel says what is missing or too much, before anything is written", async () => {
  const { end } = market.cluster.partition("sauda.orders", 0);
  for (const [words, says] of [
    [[], /name an order, or say --all/],
    [["--all"], /say whose orders/],
    [["O-0-1", "--all", "--participant", "HDFC"], /leave out O-0-1/],
    [["O-0-1", "--client", "asha"], /--client narrows --all/],
  ] as const) {
    const { code, err } = await act(market.logClient, ["cancel", ...words]);
    equal(code, 2);
    match(err, says);
  }
  equal(market.cluster.partition("sauda.orders", 0).end, end);
});

test("an order nobody knows is told before anything is written", async () => {
  const { end } = market.cluster.partition("sauda.orders", 0);
  const { code, err } = await act(market.logClient, ["cancel", "O-0-999999"]);
  equal(code, 1);
  match(err, /there is no order O-0-999999/);
  equal(market.cluster.partition("sauda.orders", 0).end, end);
  const named = ["--participant", "HDFC", "--symbol", "SBI"];
  const sent = await act(market.logClient, ["cancel", "O-0-999999", ...named]);
  match(String(sent.out[0]), /rejected: UNKNOWN_ORDER/);
});

test("what the market could not read is not sent", async () => {
  const { end } = market.cluster.partition("sauda.orders", 0);
  const bad = [
    "--symbol SBI --quantity 1.5 --price 985",
    "--symbol SBI --quantity 0 --price 985",
    "--symbol SBI --quantity 1 --price 985.005",
    "--symbol SBI --quantity 1 --price cheap",
    `--symbol ${"S".repeat(65)} --quantity 1 --price 985`,
  ];
  for (const words of bad) equal((await order("HDFC", "BUY", words)).code, 2, words);
  equal((await order("A/B", "BUY", "--symbol SBI --quantity 1 --price 985")).code, 2);
  equal((await order("HDFC", "HOLD", "--symbol SBI --quantity 1 --price 985")).code, 2);
  equal(market.cluster.partition("sauda.orders", 0).end, end);
});

test("--json gives one object a fact, with shard and seq", async () => {
  const words = "--symbol ONGC --quantity 5 --price 200 --client-order-id j-1 --json";
  const { out } = await order("HDFC", "BUY", words);
  const { type, client_order_id, shard, seq } = JSON.parse(String(out[0])) as Record<
    string,
    unknown
  >;
  deepEqual(
    { type, client_order_id, shard },
    { type: "accepted", client_order_id: "j-1", shard: 0 },
  );
  equal(typeof seq, "number");
});

test("no answer in time is unknown, with the id to ask again by", async () => {
  const { logClient } = memoryTopics(); // nobody decides
  const words = "--participant HDFC --symbol SBI --side BUY --quantity 1 --price 985 --timeout 0.1";
  const { code, err } = await act(logClient, [
    "order",
    ...words.split(" "),
    "--client-order-id",
    "u-1",
  ]);
  match(err, /unknown: .* may or may not take effect.*--client-order-id u-1/);
  equal(code, 1);
});
