import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { act, personAtTerminal } from "./act.ts";
import { memoryMarket, type MemoryMarket } from "./memory-market.ts";

let market: MemoryMarket;

before(() => {
  market = memoryMarket();
});

after(() => market.close());

const counterparty = (...words: string[]) => act(market.logClient, ["counterparty", ...words]);

/** An order that waits for COUNTERPARTY. */
async function place(id: string, ...words: string[]): Promise<void> {
  equal(
    (await act(market.logClient, ["broker", "--order-id", id, ...words, "100,SBI,985"])).code,
    0,
  );
  await until(async () => (await act(market.logClient, ["orders"])).out.join("\n").includes(id));
}

test("list shows what waits for whom, the oldest first, and sends nothing", async () => {
  await place("w-1");
  await place("w-2");
  await place("w-3", "--counterparty", "OTHER");
  const { out, code } = await counterparty("list");
  equal(code, 0);
  deepEqual(
    out.slice(1).map((line) => /w-\d/.exec(line)?.[0]),
    ["w-1", "w-2"],
  );
  const others = await counterparty("list", "--counterparty", "OTHER", "--json");
  deepEqual(
    others.out.map((line) => (JSON.parse(line) as { client_order_id: string }).client_order_id),
    ["w-3"],
  );
  match((await counterparty("list", "--counterparty", "NOBODY")).err, /no order waits for NOBODY/);
  for (const [symbol, count] of [
    ["SBI", 2],
    ["SBIN", 2],
    ["TCS", 0],
  ] as const)
    equal((await counterparty("list", "--symbol", symbol, "--json")).out.length, count, symbol);
  deepEqual(market.values("Counter_party"), []);
});

test("CONFIRM shows the trade and its legs, REJECT the order's end", async () => {
  const yes = await counterparty("CONFIRM");
  equal(yes.code, 0, yes.err);
  match(
    yes.out.join("\n"),
    /ANSWER CONFIRM accepted: order \S+\nTRADE \S+ SELL 100 SBI @ 985 with HDFC/,
  );
  match(yes.out.join("\n"), /DELIVER 100 SBI\nCREDIT 98500$/);
  const no = await counterparty("--order-id", "w-2", "REJECT");
  equal(no.code, 0, no.err);
  match(no.out.join("\n"), /ANSWER REJECT accepted: order .*\nORDER \S+ rejected: by COUNTERPARTY/);
  deepEqual((await counterparty("list", "--json")).out, [], "what is answered waits no more");
});

test("an answer that nobody takes shows its dead letter, with the id it has everywhere", async () => {
  const { code, out } = await counterparty("perhaps");
  equal(code, 1);
  const [, id = ""] = /dead letter (D-\S+): UNKNOWN_ANSWER/.exec(out.join("\n")) ?? [];
  equal((await act(market.logClient, ["dlq", "show", id])).code, 0);
});

test("help is help, in any case: it is no record and no dead letter", async () => {
  const before = market.values("Counter_party").length;
  for (const word of ["help", "HELP", "?", " help "]) {
    const { code, err } = await counterparty(word);
    equal(code, 0, word);
    match(err, /CONFIRM or REJECT/);
  }
  equal(market.values("Counter_party").length, before);
});

test("a person at the prompt sees what waits before the first answer", async () => {
  await place("w-4");
  const terminal = personAtTerminal();
  const acted = act(market.logClient, ["counterparty"], { terminal });
  await until(() => terminal.output.err.includes("answer> "));
  ok(terminal.output.out.includes("w-4"), terminal.output.out);
  terminal.keys.write("exit\n");
  equal((await acted).code, 0);
});

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const limit = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > limit) throw new Error("it did not come to that within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
