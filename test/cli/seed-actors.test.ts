import { deepEqual, equal, match } from "node:assert/strict";
import test from "node:test";
import { act, personAtTerminal } from "./act.ts";
import { memoryTopics } from "./memory-market.ts";

const order985 = '{"type":"Trade_Order","qty":100,"symbol":"SBI","price":985.0}';

test("broker writes the seed's record, byte for byte and without a key", async () => {
  const { logClient, values, cluster } = memoryTopics();
  const { code, out } = await act(logClient, ["broker", "100,SBI,985"]);
  deepEqual(values("Trade_Order"), [order985]);
  equal(cluster.partition("Trade_Order", 0).slice(0, 1)[0]?.key, null);
  deepEqual(out, ["ORDER BUY 100 SBI @ 985.0 -> Trade_Order-0@0"]);
  equal(code, 0);
});

test("lines may be piped in: blank ones are passed over, bad ones told, exit leaves", async () => {
  const { logClient, values } = memoryTopics();
  const piped = "100, SBI ,985\n\n  \nhello\r\n5,TCS,3000.5\nEXIT\n7,SBI,985\n";
  const { code, out, err } = await act(logClient, ["broker"], { piped });
  deepEqual(values("Trade_Order"), [
    order985,
    '{"type":"Trade_Order","qty":5,"symbol":"TCS","price":3000.5}',
  ]);
  equal(out.length, 2);
  match(err, /Bad format. Use: qty,symbol,price/);
  equal(code, 2);
});

test("a last line without a line feed counts; no line at all is fine", async () => {
  const { logClient, values } = memoryTopics();
  equal((await act(logClient, ["broker"], { piped: "100,SBI,985" })).code, 0);
  equal((await act(logClient, ["broker"], { piped: "" })).code, 0);
  deepEqual(values("Trade_Order"), [order985]);
});

test("fields that the format allows are added after the seed's", async () => {
  const { logClient, values } = memoryTopics();
  const options = ["--buyer", "B1", "--counterparty", "C1", "--order-id", "x-1"];
  await act(logClient, ["broker", ...options, "100,SBI,985"]);
  const added = ',"order_id":"x-1","buyer":"B1","counterparty":"C1"}';
  deepEqual(values("Trade_Order"), [order985.replace("}", added)]);
});

test("options that cannot go together are a usage error and write nothing", async () => {
  const { logClient, values } = memoryTopics();
  const both = await act(logClient, ["broker", "--book", "--counterparty", "C1", "100,SBI,985"]);
  const many = await act(logClient, ["broker", "--order-id", "x", "100,SBI,985", "200,SBI,985"]);
  equal(both.code, 2);
  equal(many.code, 2);
  equal((await act(logClient, ["broker", "--nonsense"])).code, 2);
  deepEqual(values("Trade_Order"), []);
});

test("broker --book writes flow B's order with an id of its own", async () => {
  const { logClient, values } = memoryTopics();
  await act(logClient, ["broker", "--book", "100,SBI,885", "100,SBI,885"]);
  const form =
    /^\{"order_id":"([0-9a-f-]{36})","buyer":"HDFC","stock_symbol":"SBI","quantity":100,"price_per_unit":885.0,"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}"\}$/;
  const ids = values("buy-orders").map((value) => form.exec(value)?.[1]);
  equal(ids.length, 2);
  equal(new Set(ids).size, 2);
  match(String(ids[0]), /^[0-9a-f-]{36}$/);
});

test("seller writes flow B's offer", async () => {
  const { logClient, values } = memoryTopics();
  const { out } = await act(logClient, [
    "seller",
    "--seller",
    "S1",
    "--offer-id",
    "o-1",
    "1000, SBI",
  ]);
  match(
    String(values("sell-offers")[0]),
    /^\{"offer_id":"o-1","seller":"S1","stock_symbol":"SBI","quantity":1000,"timestamp":"[^"]{26}"\}$/,
  );
  deepEqual(out, ["OFFER 1000 SBI -> sell-offers-0@0"]);
  equal((await act(logClient, ["seller", "1000"])).code, 2);
});

test("counterparty sends any line that is not blank as its text", async () => {
  const { logClient, values } = memoryTopics();
  const { code, err } = await act(logClient, ["counterparty", "--timeout", "0.2"], {
    piped: "CONFIRM\n\n hello, you\nquit\nREJECT\n",
  });
  deepEqual(values("Counter_party"), [
    '{"type":"Counter_party","text":"CONFIRM"}',
    '{"type":"Counter_party","text":" hello, you"}',
  ]);
  equal(code, 1); // nobody decides here
  match(err, /nothing came of it within 0.2 s/);
  await act(logClient, ["counterparty", "--order-id", "x-1", "--timeout", "0.2", "REJECT"]);
  equal(values("Counter_party")[2], '{"type":"Counter_party","text":"REJECT","order_id":"x-1"}');
});

test("--json says each record as it is on the wire, with its place", async () => {
  const { logClient } = memoryTopics();
  const { out } = await act(logClient, ["broker", "--json", "100,SBI,985"]);
  deepEqual(out, [
    `{"type":"sent","topic":"Trade_Order","partition":0,"offset":0,"key":null,"value":${order985}}`,
  ]);
});

test("help begins with examples", async () => {
  const { logClient } = memoryTopics();
  for (const name of ["broker", "counterparty", "seller", "watch", "order", "orders", "topics"]) {
    const { out, code } = await act(logClient, [name, "--help"]);
    equal(out[0], "Examples:", name);
    match(String(out[1]), new RegExp(`npx sauda ${name}`));
    equal(code, 0);
  }
});

test("at a prompt lines are taken one by one, a bad one is told, and Ctrl-D leaves", async () => {
  const { logClient, values } = memoryTopics();
  const terminal = personAtTerminal();
  const acted = act(logClient, ["broker"], { terminal });
  terminal.keys.write("100,SBI,985\nhello\n200,SBI,985\n");
  await until(() => values("Trade_Order").length === 2);
  terminal.keys.write("\x04");
  const { code, err } = await acted;
  equal(code, 0);
  match(err, /order> /);
  match(err, /Bad format. Use: qty,symbol,price/);
});

test("Ctrl-C at a prompt leaves cleanly", async () => {
  const { logClient, values } = memoryTopics();
  const terminal = personAtTerminal();
  const acted = act(logClient, ["counterparty", "--timeout", "0.1"], { terminal });
  await until(() => terminal.output.err.includes("answer> "));
  terminal.keys.write("list\n");
  terminal.keys.write("\x03");
  equal((await acted).code, 0);
  deepEqual(values("Counter_party"), []);
});

test("a broker at a prompt sees what settles", async () => {
  const { logClient, write } = memoryTopics();
  const terminal = personAtTerminal();
  await write(
    "Demat_allocation",
    '{"type":"Demat_allocation","action":"DEMAT","symbol":"OLD","qty":1}',
  );
  const acted = act(logClient, ["broker"], { terminal });
  await until(() => terminal.output.err.includes("order> "));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await write(
    "Demat_allocation",
    '{"type":"Demat_allocation","action":"DEMAT","symbol":"SBI","qty":100}',
  );
  await write("Cash_movement", '{"type":"Cash_movement","action":"DEBIT","amount":98500.0}');
  await until(() => terminal.output.out.includes("DEBIT"));
  terminal.keys.write("exit\n");
  deepEqual((await acted).out.sort(), ["DEBIT 98500", "DEMAT 100 SBI"]);
});

async function until(isSo: () => boolean): Promise<void> {
  const limit = Date.now() + 30_000;
  while (!isSo()) {
    if (Date.now() > limit) throw new Error("it did not come to that within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
