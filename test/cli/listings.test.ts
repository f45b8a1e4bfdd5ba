import { deepEqual, equal, match } from "node:assert/strict";
import { after, before, test } from "node:test";
import { act, personAtTerminal } from "./act.ts";
import { memoryMarket, memoryTopics, type MemoryMarket } from "./memory-market.ts";
import { topicSpecs } from "../../src/protocol/topics.ts";

const market: MemoryMarket = memoryMarket();

async function order(words: string): Promise<string> {
  const { out } = await act(market.logClient, ["order", ...words.split(" ")]);
  return /O-0-\d+/.exec(String(out[0]))?.[0] ?? "";
}

before(async () => {
  await order(
    "--participant SELLER --symbol TCS --side SELL --quantity 1000 --client-order-id s-1",
  );
  await order(
    "--participant HDFC --symbol TCS --side BUY --quantity 300 --price 3000 --client-order-id b-1",
  );
  await order(
    "--participant HDFC --symbol SBI --side BUY --quantity 1 --price 985.03 --client-order-id b-2",
  );
  await order(
    "--participant HDFC --symbol SBI --side BUY --quantity 100 --price 985 --counterparty C " +
      "--client-order-id b-3",
  );
  await market.write("Counter_party", "\xff garbage \u001b[2J");
  await market.write("Counter_party", '{"type":"Counter_party","text":"perhaps"}');
  // The last answer found in the log means that everything before it was decided too.
  await order(
    "--participant HDFC --symbol INFY --side BUY --quantity 1 --price 1500 --client-order-id b-4",
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
});
after(() => market.close());

const json = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>;

test("orders shows what lives, aligned, oldest first", async () => {
  const { out, code } = await act(market.logClient, ["orders"]);
  const rows = out.map((line) => line.replace(/^O-0-\d+/, "O").replaceAll(/ +/g, " "));
  deepEqual(rows, [
    "ORDER CLIENT ID PARTICIPANT SIDE QUANTITY FILLED SYMBOL PRICE Rs STATUS COUNTERPARTY",
    "O s-1 SELLER SELL 1,000 300 TCS - PartiallyFilled",
    "O b-3 HDFC BUY 100 0 SBIN 985.00 AwaitingConfirmation C",
    "O b-4 HDFC BUY 1 0 INFY 1,500.00 New",
  ]);
  equal(code, 0);
});

test("orders --all has also those that ended, and can be narrowed", async () => {
  const { out } = await act(market.logClient, [
    "orders",
    "--all",
    "--participant",
    "HDFC",
    "--json",
  ]);
  deepEqual(
    out.map(json).map(({ client_order_id, status, reason }) => [client_order_id, status, reason]),
    [
      ["b-1", "Filled", null],
      ["b-2", "Rejected", "PRICE_OFF_TICK"],
      ["b-3", "AwaitingConfirmation", null],
      ["b-4", "New", null],
    ],
  );
  equal((await act(market.logClient, ["orders", "--symbol", "TCS", "--json"])).out.length, 1);
});

test("accounts shows cash and shares, free and blocked, of one member or all", async () => {
  const { out } = await act(market.logClient, ["accounts", "HDFC", "--json"]);
  const cash = {
    account: "HDFC",
    asset: "INR",
    free_paise: 1e13 - 90_000_000 - 9_850_000 - 150_000,
  };
  deepEqual(out.map(json)[0], { ...cash, blocked_paise: 9_850_000 + 150_000, due_paise: 0 });
  deepEqual(
    out.map(json).find(({ asset }) => asset === "TCS"),
    {
      account: "HDFC",
      asset: "TCS",
      free: 1e9 + 300,
      blocked: 0,
      due: 0,
    },
  );
  const all = await act(market.logClient, ["accounts", "--openings", "--json"]);
  const sum = all.out.map(json).reduce((total, row) => {
    if (row["asset"] !== "INR") return total;
    return total + Number(row["free_paise"]) + Number(row["blocked_paise"]);
  }, 0);
  equal(sum, 0);
  const text = await act(market.logClient, ["accounts", "SELLER"]);
  match(String(text.out[1]), /^SELLER +Rs +1,00,00,09,00,000\.00 +0.00$/);
  const nobody = await act(market.logClient, ["accounts", "NOBODY"]);
  equal(nobody.code, 1);
  match(nobody.err, /NOBODY has no account/);
});

test("dlq list names the records nobody could use; show has their bytes", async () => {
  const { out, err } = await act(market.logClient, ["dlq", "list", "--topic", "Counter_party"]);
  match(String(out[1]), /^D-0-\d+-0-0 +Counter_party-0-0 +\d{4}-.*Z +NOT_JSON +/);
  match(
    String(out[2]),
    /^D-0-\d+-0-0 +Counter_party-0-1 +\d{4}-.*Z +UNKNOWN_ANSWER +text: found "perhaps"/,
  );
  match(err, /2 in all/);
  const shown = await act(market.logClient, ["dlq", "show", "Counter_party-0-1"]);
  equal(shown.out.at(-1), 'value   {"type":"Counter_party","text":"perhaps"}');
  const whole = json(
    String((await act(market.logClient, ["dlq", "show", "0-1", "--json"])).out[0]),
  );
  const value = Buffer.from(String(whole["value_base64"]), "base64");
  deepEqual(json(value.toString()), { type: "Counter_party", text: "perhaps" });
  equal((await act(market.logClient, ["dlq", "show", String(whole["id"])])).code, 0);
});

test("what a stranger wrote cannot move the cursor, and --raw gives its very bytes", async () => {
  const { out } = await act(market.logClient, ["dlq", "show", "Counter_party-0-0"]);
  equal(out.at(-1), "value   \xff garbage \uFFFD[2J");
  const raw = await act(market.logClient, ["dlq", "show", "Counter_party-0-0", "--raw"]);
  deepEqual(raw.out, ["\xff garbage \u001b[2J"]);
});

test("a dead letter nobody knows is a failure; a limit keeps the newest", async () => {
  equal((await act(market.logClient, ["dlq", "show", "Counter_party-0-99"])).code, 1);
  const { out } = await act(market.logClient, ["dlq", "list", "--limit", "1", "--json"]);
  deepEqual(
    out.map(json).map(({ offset }) => offset),
    [1],
  );
});

test("topics counts what there is of every topic", async () => {
  const { out, code } = await act(market.logClient, ["topics", "--json"]);
  equal(out.length, topicSpecs.length);
  const row = out.map(json).find(({ topic }) => topic === "Counter_party");
  deepEqual(row, {
    topic: "Counter_party",
    role: "input",
    partitions: 1,
    records: 2,
    key: "none",
    written_by: "flow A's counterparty",
  });
  equal(code, 0);
});

test("at a terminal the rows stand in a table", async () => {
  const terminal = personAtTerminal();
  Object.assign(terminal.out, { isTTY: true });
  const { out } = await act(market.logClient, ["orders"], { terminal });
  match(String(out[0]), /^┌─/);
  match(out.join("\n"), /│ b-3 +│/);
});

test("an empty market says what to do", async () => {
  const { logClient } = memoryTopics();
  for (const [words, hint] of [
    ["orders", /no orders yet: npx sauda broker/],
    ["accounts", /no accounts yet: the first order/],
    ["dlq list", /no dead letters/],
  ] as const) {
    const { out, err, code } = await act(logClient, words.split(" "));
    deepEqual(out, [], words);
    match(err, hint);
    equal(code, 0);
  }
});
