import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { act, personAtTerminal } from "../act.ts";
import { startAskedGateway, type AskedGateway } from "./asked-gateway.ts";

let market: AskedGateway;

before(async () => {
  market = await startAskedGateway();
});

after(() => market.close());

type Row = Record<string, unknown>;
const json = (line: string): Row => JSON.parse(line) as Row;

function order(who: string, side: string, rest: string): ReturnType<typeof act> {
  const words = ["--participant", who, "--side", side, ...rest.split(" ")];
  return act(market.endpoint, ["order", ...words]);
}

test("an order by the gateway is answered as by the log: accepted, its trade, its legs", async () => {
  const sell = await order("SELLER", "SELL", "--symbol TCS --quantity 1000 --client-order-id s-1");
  match(String(sell.out[0]), /^ORDER O-0-\d+ accepted: SELL 1000 TCS unpriced$/);
  deepEqual([sell.out.length, sell.code], [1, 0]);
  const buy = await order("HDFC", "BUY", "--symbol TCS --quantity 300 --price 3000");
  match(String(buy.out[0]), /^ORDER O-0-\d+ accepted: BUY 300 TCS @ 3000$/);
  match(String(buy.out[1]), /^TRADE T-0-\d+-0-0 BUY 300 TCS @ 3000 with SELLER$/);
  deepEqual(buy.out.slice(2), ["DEMAT 300 TCS", "DEBIT 900000"]);
  equal(buy.code, 0);
  const asJson = await order("HDFC", "BUY", "--symbol TCS --quantity 1 --price 3000 --json");
  const { type, shard, seq } = json(String(asJson.out[0]));
  deepEqual([type, shard, typeof seq], ["accepted", 0, "number"]);
});

test("a refusal by the gateway says why and fails; what it cannot read is not sent", async () => {
  const { out, code } = await order("HDFC", "BUY", "--symbol SBI --quantity 1 --price 985.03");
  match(String(out[0]), /^ORDER O-0-\d+ rejected: PRICE_OFF_TICK: .*Rs 985.00 or Rs 985.05$/);
  equal(code, 1);
  const long = `--symbol ${"S".repeat(65)} --quantity 1 --price 985`;
  const unread = await order("HDFC", "BUY", long);
  equal(unread.code, 2);
  match(unread.err, /^not sent: .*symbol/);
});

test("a repeat by the gateway has the first answer, also where that was a refusal", async () => {
  const words = "--symbol WIPRO --quantity 5 --price 250 --client-order-id r-1";
  const first = await order("HDFC", "BUY", words);
  const again = await order("HDFC", "BUY", words);
  match(String(again.out[0]), /^repeated: first answered in step \d+$/);
  deepEqual([again.out[1], again.code], [first.out[0], 0]);
  const other = await order("HDFC", "BUY", words.replace("250", "251"));
  match(String(other.out[0]), /rejected: DUPLICATE_ID/);
  const bad = "--symbol SBI --quantity 1 --price 985.03 --client-order-id r-2";
  await order("HDFC", "BUY", bad);
  const refused = await order("HDFC", "BUY", bad);
  match(String(refused.out[0]), /^repeated: first answered in step \d+$/);
  match(String(refused.out[1]), /rejected: PRICE_OFF_TICK/);
  equal(refused.code, 1);
});

test("confirm, reject and cancel find the order by either id and whose it is", async () => {
  const words = "--symbol SBI --quantity 100 --price 985 --counterparty COUNTERPARTY";
  const placed = await order("HDFC", "BUY", `${words} --client-order-id n-1`);
  match(String(placed.out[0]), /accepted: BUY 100 SBI @ 985, waits for COUNTERPARTY$/);
  const confirmed = await act(market.endpoint, ["confirm", "n-1", "--client-order-id", "c-1"]);
  match(String(confirmed.out[0]), /^ANSWER CONFIRM accepted: order O-0-\d+$/);
  deepEqual(confirmed.out.slice(2), ["DELIVER 100 SBI", "CREDIT 98500"]);
  const late = await act(market.endpoint, ["confirm", "n-1"]);
  match(String(late.out[0]), /^CONFIRM O-0-\d+ rejected: ORDER_CLOSED/);
  equal(late.code, 1);
  const other = await order("HDFC", "BUY", words);
  const id = /O-0-\d+/.exec(String(other.out[0]))?.[0] ?? "";
  const rejected = await act(market.endpoint, ["reject", id]);
  deepEqual(rejected.out, [
    `ANSWER REJECT accepted: order ${id}`,
    `ORDER ${id} rejected: by COUNTERPARTY`,
  ]);
  equal(rejected.code, 0);
  await order("HDFC", "BUY", "--symbol ITC --quantity 50 --price 400 --client-order-id x-1");
  await order("SELLER", "SELL", "--symbol ITC --quantity 20 --price 400");
  const cancel = ["cancel", "x-1", "--client-order-id", "x-2"];
  const canceled = await act(market.endpoint, cancel);
  match(String(canceled.out[0]), /^ORDER O-0-\d+ canceled: 30 of 50 ITC taken out$/);
  const again = await act(market.endpoint, cancel);
  match(String(again.out[0]), /^repeated: first answered in step \d+$/);
  deepEqual([again.out[1], again.code], [canceled.out[0], 0]);
  const nobody = await act(market.endpoint, ["cancel", "O-0-999999"]);
  deepEqual([nobody.code, /there is no order O-0-999999/.test(nobody.err)], [1, true]);
  const inBook = await act(market.endpoint, ["confirm", "s-1"]);
  match(inBook.err, /waits for nobody's word/);
});

test("cancel --all and what operations does are answered in their own words", async () => {
  for (const id of ["m-1", "m-2"])
    await order("ICICI", "BUY", `--symbol ITC --quantity 5 --price 300 --client-order-id ${id}`);
  const all = await act(market.endpoint, ["cancel", "--all", "--participant", "ICICI"]);
  deepEqual([all.out, all.code], [["CANCEL ALL accepted: 2 of 2 orders canceled"], 0]);
  await order("ICICI", "BUY", "--symbol NTPC --quantity 5 --price 300");
  const market_ = await act(market.endpoint, ["cancel", "--all-members", "--symbol", "NTPC"]);
  deepEqual(market_.out, ["CANCEL ALL accepted: 1 of 1 orders canceled"]);
  const cash = ["--participant", "ICICI", "--amount", "1000.50", "--client-order-id", "d-1"];
  const deposit = await act(market.endpoint, ["deposit", ...cash]);
  deepEqual([deposit.out, deposit.code], [["DEPOSIT done: ICICI 1000.50"], 0]);
  const again = await act(market.endpoint, ["deposit", ...cash]);
  deepEqual([again.out[1], again.code], [deposit.out[0], 0]);
  const shares = ["withdraw", "--participant", "ICICI", "--symbol", "SBI", "--quantity", "5"];
  deepEqual((await act(market.endpoint, shares)).out, ["WITHDRAWAL done: ICICI 5 SBIN"]);
  const dues = await act(market.endpoint, ["pay-dues", "--participant", "HDFC", "--amount", "1"]);
  deepEqual([dues.code, String(dues.out[0]).startsWith("DUES of HDFC rejected: ")], [1, true]);
});

test("orders shows the newest last, as many as are asked for, and says that there are more", async () => {
  const { out, err, code } = await act(market.endpoint, ["orders", "--all", "--limit", "2"]);
  equal(out.length, 3);
  match(err, /the newest 2 orders: --limit <n> shows more/);
  equal(code, 0);
  const every = await act(market.endpoint, ["orders", "--all", "--json"]);
  const ids = every.out.map(json).map(({ order_id: id }) => String(id));
  const numbers = ids.map((id) => Number(id.split("-")[2]));
  deepEqual(
    numbers,
    numbers.toSorted((one, other) => one - other),
  );
  deepEqual(
    out.slice(1).map((line) => line.split(" ")[0]),
    ids.slice(-2),
  );
  const live = await act(market.endpoint, ["orders", "--json"]);
  ok(live.out.length < ids.length);
  ok(live.out.map(json).every(({ status }) => status === "New" || status === "PartiallyFilled"));
  const own = await act(market.endpoint, ["orders", "--all", "--participant", "SELLER", "--json"]);
  ok(own.out.map(json).every(({ participant }) => participant === "SELLER") && own.out.length > 0);
  equal((await act(market.endpoint, ["orders", "--symbol", "TCS", "--json"])).out.length, 1);
  const future = await act(market.endpoint, ["orders", "--since", "2099-01-01T00:00:00Z"]);
  deepEqual([future.out, future.code], [[], 0]);
  match(future.err, /no such order lives: --all/);
  const none = await act(market.endpoint, ["orders", "--all", "--since", "2099-01-01T00:00:00Z"]);
  deepEqual([none.out, none.err.trim()], [[], "no such order"]);
  equal((await act(market.endpoint, ["orders", "--since", "yesterday"])).code, 2);
});

test("a list takes a date too, and begins where that day begins in India; a day of no calendar is refused", async () => {
  const since = (text: string) =>
    act(market.endpoint, ["orders", "--all", "--limit", "1000", "--json", "--since", text]);
  const idOf = (row: Row): string => String(row["order_id"]);
  const { body } = await market.call("operations", "GET", "/v1/orders?limit=1000");
  const all = (body["orders"] as Row[]).toReversed();
  const atMs = (row: Row): number => Date.parse(String((row["place"] as Row)["at"]));
  const aheadMs = 5.5 * 60 * 60 * 1000;
  const dayIn = (ms: number): string => new Date(ms + aheadMs).toISOString().slice(0, 10);
  const lastMs = Math.max(...all.map(atMs));
  const day = dayIn(lastMs);
  const beginMs = Date.parse(`${day}T00:00:00+05:30`);
  const came = all.filter((row) => atMs(row) >= beginMs);
  ok(came.length > 0);
  const shown = (await since(day)).out.map((line) => idOf(json(line)));
  deepEqual(shown, came.map(idOf));
  deepEqual((await since(dayIn(lastMs + 24 * 60 * 60 * 1000))).out, []);
  for (const none of ["2026-02-30", "2026-02-30T00:00:00Z", "2026-13-01", "2026-11-30T09:15:00"]) {
    const { code, err } = await since(none);
    equal(code, 2, none);
    match(err, /a date in India such as 2026-11-30/);
  }
});

test("accounts asks the gateway: one member or all, with openings the sums are zero", async () => {
  const all = (await act(market.endpoint, ["accounts", "--openings", "--json"])).out.map(json);
  const cash = all.filter(({ asset }) => asset === "INR");
  equal(
    cash.reduce((sum, row) => sum + Number(row["free_paise"]) + Number(row["blocked_paise"]), 0),
    0,
  );
  const own = (await act(market.endpoint, ["accounts", "SELLER", "--json"])).out.map(json);
  ok(own.length > 0 && own.every(({ account }) => account === "SELLER"));
  equal(own[0]?.["asset"], "INR");
  const nobody = await act(market.endpoint, ["accounts", "NOBODY"]);
  deepEqual([nobody.code, /NOBODY has no account/.test(nobody.err)], [1, true]);
});

test("a member's own key sees and does what is its own", async () => {
  const own = await act(market.endpointOf("HDFC"), ["orders", "--all", "--json"]);
  ok(own.out.map(json).every(({ participant }) => participant === "HDFC"));
  const words = "--participant HDFC --side BUY --symbol SBI --quantity 1 --price 900";
  const placed = await act(market.endpointOf("HDFC"), ["order", ...words.split(" ")]);
  match(String(placed.out[0]), /^ORDER O-0-\d+ accepted: BUY 1 SBI @ 900$/);
  const id = /O-0-\d+/.exec(String(placed.out[0]))?.[0] ?? "";
  const canceled = await act(market.endpointOf("HDFC"), ["cancel", id]);
  match(String(canceled.out[0]), /canceled: 1 of 1 SBIN taken out$/);
  const others = await act(market.endpointOf("HDFC"), ["orders", "--participant", "SELLER"]);
  deepEqual([others.code, /may not act for .*SELLER/.test(others.err)], [1, true]);
});

test("at a terminal the rows that a gateway gave stand in a table", async () => {
  const terminal = personAtTerminal();
  Object.assign(terminal.out, { isTTY: true });
  const { out } = await act(market.endpoint, ["orders"], { terminal });
  match(String(out[0]), /^┌─/);
});
