import { deepEqual, equal, match } from "node:assert/strict";
import test from "node:test";
import { act, personAtTerminal } from "./act.ts";
import { memoryMarket, memoryTopics, type MemoryMarket } from "./memory-market.ts";

const demat = (qty: number, ids = ""): string =>
  `{"type":"Demat_allocation","action":"DEMAT","symbol":"SBI","qty":${qty}${ids}}`;
const cash = (amount: string, ids = ""): string =>
  `{"type":"Cash_movement","action":"DEBIT","amount":${amount}${ids}}`;

async function watched(market: MemoryMarket, ...options: string[]): Promise<readonly string[]> {
  const words = ["watch", "--from-beginning", "--timeout", "1", ...options];
  return (await act(market.logClient, words)).out;
}

test("both flows look alike", async () => {
  const market = memoryTopics();
  await market.write("Demat_allocation", demat(100));
  await market.write("Cash_movement", cash("98500.0"));
  await market.write("demat-transfers", '{"stock_symbol":"SBI","quantity":105,"order_id":"x"}');
  await market.write("cash-movements", '{"amount":98500.5,"order_id":"x"}');
  const lines = await watched(market, "--count", "4");
  deepEqual([...lines].sort(), ["DEBIT 98500", "DEBIT 98500.50", "DEMAT 100 SBI", "DEMAT 105 SBI"]);
});

test("a repeat is dropped by its id, another leg with the same content is not", async () => {
  const market = memoryTopics();
  for (const id of ["a", "b", "a", "b", "c"])
    await market.write("Demat_allocation", demat(100, `,"transfer_id":"${id}"`));
  for (const id of ["d", "d"])
    await market.write("Cash_movement", cash("1.0", `,"movement_id":"${id}"`));
  const lines = await watched(market);
  equal(lines.filter((line) => line === "DEMAT 100 SBI").length, 3);
  equal(lines.filter((line) => line === "DEBIT 1").length, 1);
});

test("a trade's shares are shown before its payment, trade by trade", async () => {
  const market = memoryTopics();
  for (const n of [1, 2, 3])
    await market.write("Cash_movement", cash(`${n}.0`, `,"trade_id":"T${n}"`));
  for (const n of [1, 2, 3])
    await market.write("Demat_allocation", demat(n, `,"trade_id":"T${n}"`));
  deepEqual(await watched(market, "--count", "6"), [
    "DEMAT 1 SBI",
    "DEBIT 1",
    "DEMAT 2 SBI",
    "DEBIT 2",
    "DEMAT 3 SBI",
    "DEBIT 3",
  ]);
});

test("a payment whose shares never come is shown all the same", async () => {
  const market = memoryTopics();
  await market.write("Cash_movement", cash("1.0", ',"trade_id":"T1"'));
  deepEqual(await watched(market, "--count", "1"), ["DEBIT 1"]);
});

test("a trade that does not settle at once is seen on its way, and no instruction is", async () => {
  const market = memoryTopics();
  const way = (state: string, more: string): Promise<void> =>
    market.write(
      "sauda.settlements",
      `{"type":"Trade","settlement_id":"${state}","trade_id":"T-0-1-0-0","state":"${state}",` +
        `"symbol":"SBIN","quantity":100,"settlement_number":"M2026100"${more}}`,
    );
  await way("Novated", "");
  await market.write("sauda.settlements", '{"type":"Instruction","state":"Netted"}');
  await market.write("sauda.settlements", '{"trade_id":"T-0-0-0-0","status":"Settled"}');
  await way("Short", ',"short_quantity":60');
  await way("Short", ',"short_quantity":60'); // a publisher's repeat
  await way("ClosedOut", ',"closed_out_quantity":25');
  await way("Settled", "");
  deepEqual(await watched(market), [
    "NOVATED 100 SBIN into M2026100 (T-0-1-0-0)",
    "SHORT 60 of 100 SBIN (T-0-1-0-0)",
    "CLOSED OUT 25 of 100 SBIN (T-0-1-0-0)",
  ]);
});

test("--json gives the record as it is on the wire", async () => {
  const market = memoryTopics();
  await market.write("Cash_movement", cash("98500.0"));
  const [line = ""] = await watched(market, "--count", "1", "--json");
  const form =
    /^\{"topic":"Cash_movement","partition":0,"offset":0,"timestamp":"[^"]+Z","key":null,"value":(.*)\}$/;
  equal(form.exec(line)?.[1], cash("98500.0"));
});

test("what is no leg is told and passed over", async () => {
  const market = memoryTopics();
  await market.write("Demat_allocation", "garbage");
  await market.write("Demat_allocation", demat(1));
  const { out, err } = await act(market.logClient, ["watch", "--from-beginning", "--count", "1"]);
  deepEqual(out, ["DEMAT 1 SBI"]);
  match(err, /Demat_allocation offset 0 is no leg/);
});

test("too few lines in time is a failure; enough is none; without --count one is enough", async () => {
  const market = memoryTopics();
  const run = async (...words: string[]) => (await act(market.logClient, ["watch", ...words])).code;
  equal(await run("--timeout", "0.05"), 1);
  await market.write("Demat_allocation", demat(1));
  equal(await run("--from-beginning", "--timeout", "0.3"), 0);
  equal(await run("--from-beginning", "--timeout", "0.3", "--count", "2"), 1);
  equal(await run("--from-beginning", "--timeout", "5", "--count", "1"), 0);
  equal(await run("--timeout", "0.05"), 1); // from now on there is nothing
  equal(await run("--timeout", "soon"), 2);
  equal(await run("--count", "0"), 2);
});

test("a topic made anew is watched on, from its first record", async () => {
  const market = memoryTopics();
  const watching = act(market.logClient, ["watch", "--count", "2", "--timeout", "10"]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await market.write("Demat_allocation", demat(1));
  await new Promise((resolve) => setTimeout(resolve, 100));
  market.cluster.createTopic("Demat_allocation", 1, {});
  await market.write("Demat_allocation", demat(2));
  const { out, err, code } = await watching;
  deepEqual(out, ["DEMAT 1 SBI", "DEMAT 2 SBI"]);
  match(err, /Demat_allocation was made anew/);
  equal(code, 0);
});

test("Ctrl-C ends it cleanly", async () => {
  const market = memoryTopics();
  const terminal = personAtTerminal();
  const acted = act(market.logClient, ["watch"], { terminal });
  setTimeout(() => terminal.interrupt(), 50);
  equal((await acted).code, 0);
});

test("the seeds' two trades, from the first order to the last leg", async () => {
  const market = memoryMarket();
  try {
    const legs = act(market.logClient, ["watch", "--count", "4", "--timeout", "10"]);
    await act(market.logClient, ["broker", "100,SBI,985"]);
    await act(market.logClient, ["counterparty", "confirm"]);
    await act(market.logClient, ["seller", "100,SBI"]);
    await act(market.logClient, ["broker", "--book", "100,SBI,885"]);
    const { out, code } = await legs;
    deepEqual([...out].sort(), ["DEBIT 88500", "DEBIT 98500", "DEMAT 100 SBI", "DEMAT 100 SBI"]);
    equal(code, 0);
  } finally {
    await market.close();
  }
});
