import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { act, type Acted } from "../act.ts";
import { startAskedGateway, type AskedGateway } from "./asked-gateway.ts";
import { until } from "../../acceptance/market-process.ts";

let market: AskedGateway;

const json = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>;

function order(words: string): Promise<Acted> {
  return act(market.endpoint, ["order", ...words.split(" ")]);
}

before(async () => {
  market = await startAskedGateway();
  await order("--participant SELLER --symbol TCS --side SELL --quantity 60 --price 3000");
  await order("--participant SELLER --symbol TCS --side SELL --quantity 1000");
  await order("--participant HDFC --client C1 --symbol TCS --side BUY --quantity 100 --price 3000");
  await order("--participant HDFC --symbol SBI --side BUY --quantity 1 --price 985.03");
  await order(
    "--participant HDFC --symbol SBI --side BUY --quantity 5 --price 985 --counterparty " +
      "COUNTERPARTY",
  );
  await market.write("Counter_party", "\xff garbage \u001b[2J");
  await market.write("Counter_party", '{"type":"Counter_party","text":"perhaps"}');
  await market.write("buy-orders", "{}");
  // a text that looks like what is written for other bytes
  await market.write("sell-offers", "base64:AP8=");
  await writeBytes(Buffer.from([0, 255, 10]));
  const letters = async (): Promise<number> =>
    (await act(market.endpoint, ["dlq", "list", "--json"])).out.length;
  await until("five dead letters", async () => (await letters()) === 5);
});

async function writeBytes(value: Buffer): Promise<void> {
  const appender = await market.log.appender("sell-offers", 0);
  await appender.append([{ key: null, value }]);
  await appender.close();
}

after(() => market.close());

for (const line of [
  "orders",
  "orders --all",
  "orders --all --json",
  "orders --all --participant HDFC --limit 1",
  "orders --symbol TCS --json",
  "accounts",
  "accounts --openings --json",
  "accounts HDFC",
  "dlq list",
  "dlq list --json",
  "dlq list --topic Counter_party --limit 1",
  "dlq list --reason NOT_JSON --json",
  "dlq show Counter_party-0-1",
  "dlq show 0-1 --json",
  "dlq redrive --topic Counter_party --dry-run --json",
  "dlq redrive --reason NOT_JSON --dry-run",
  "topics",
  "topics --json",
  "report contract-note --member HDFC --client C1",
  "report contract-note --member HDFC --client C1 --json",
  "report contract-note --member HDFC",
  "report day-file --format csv",
  "report obligations",
  "watch --from-beginning --count 4 --timeout 20",
])
  test(`the gateway and the log say the same: ${line}`, async () => {
    const words = line.split(" ");
    const [byGateway, byLog] = [
      await act(market.endpoint, words),
      await act(market.logClient, words),
    ];
    const sorted = ({ out }: Acted): readonly string[] =>
      words[0] === "watch" ? out.toSorted() : out;
    deepEqual([sorted(byGateway), byGateway.code], [sorted(byLog), byLog.code]);
    ok(byLog.out.length > 0 || byLog.err !== "", "it says something");
  });

test("what is left out of the orders is told by both ways", async () => {
  for (const endpoint of [market.endpoint, market.logClient]) {
    const { err } = await act(endpoint, ["orders", "--all", "--limit", "1"]);
    match(err, /the newest 1 orders: --limit <n> shows more/);
  }
});

test("a dead letter's very bytes come by the gateway too, whatever they look like", async () => {
  for (const place of ["Counter_party-0-0", "sell-offers-0-0", "sell-offers-0-1"]) {
    const words = ["dlq", "show", place, "--json"];
    const [byGateway, byLog] = [
      await act(market.endpoint, words),
      await act(market.logClient, words),
    ];
    deepEqual(byGateway.out, byLog.out, place);
    match(String(byLog.out[0]), /"value_base64":"/);
  }
});

test("a dead letter nobody knows is a failure, one that several places fit is named", async () => {
  equal((await act(market.endpoint, ["dlq", "show", "Counter_party-0-99"])).code, 1);
  const several = await act(market.endpoint, ["dlq", "show", "0-0"]);
  equal(several.code, 2);
  match(several.err, /say one of .*buy-orders-0-0/);
});

test("watch by the gateway shows what settles from now on, in pairs, and ends at its time", async () => {
  const watching = act(market.endpoint, ["watch", "--count", "2", "--timeout", "20", "--json"]);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await order("--participant HDFC --symbol TCS --side BUY --quantity 7 --price 3000");
  const { out, code } = await watching;
  deepEqual(
    out.map(json).map(({ topic }) => topic),
    ["demat-transfers", "cash-movements"],
  );
  equal(code, 0);
  const late = await act(market.endpoint, ["watch", "--count", "1", "--timeout", "0.5"]);
  deepEqual([late.out, late.code], [[], 1]);
  match(late.err, /0 lines within 0.5 s/);
});

test("dlq redrive by the gateway: dry run, once, and what still cannot be read", async () => {
  const answer = '{"type":"Counter_party","text":"CONFIRM","order_id":"nobody"}';
  await market.write("Counter_party", answer);
  const letters = async (): Promise<Record<string, unknown>[]> =>
    (await act(market.endpoint, ["dlq", "list", "--json"])).out.map(json);
  await until("the letter", async () => (await letters()).length === 6);
  const id = String((await letters()).at(-1)?.["id"]);
  const dry = await act(market.endpoint, ["dlq", "redrive", id, "--dry-run"]);
  match(String(dry.out[0]), new RegExp(`^${id} would_send: `));
  equal(dry.code, 0);
  const first = await act(market.endpoint, ["dlq", "redrive", id]);
  match(String(first.out[0]), new RegExp(`^${id} (refused|accepted): `));
  const again = await act(market.endpoint, ["dlq", "redrive", id]);
  match(String(again.out[0]), new RegExp(`^${id} sent_before: `));
  equal(again.code, 0);
  const unread = await act(market.endpoint, ["dlq", "redrive", "--reason", "NOT_JSON"]);
  match(unread.out.join("\n"), /still_unreadable: /);
  equal(unread.code, 1);
  const unknown = await act(market.endpoint, ["dlq", "redrive", "D-0-99-0-0"]);
  deepEqual([unknown.code, /no dead letter D-0-99-0-0/.test(unknown.err)], [1, true]);
  equal((await act(market.endpoint, ["dlq", "redrive"])).code, 2);
});
