import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { act, personAtTerminal, type Acted } from "../act.ts";
import { startAskedGateway, type AskedGateway } from "./asked-gateway.ts";
import { until } from "../../acceptance/market-process.ts";

let market: AskedGateway;
let orderId: string;
let tradeId: string;

type Row = Record<string, any>;
const json = (line: string): Row => JSON.parse(line) as Row;

function run(line: string): Promise<Acted> {
  return act(market.endpoint, line.split(" "));
}

function order(who: string, side: string, rest: string): Promise<Acted> {
  return run(`order --participant ${who} --side ${side} ${rest}`);
}

before(async () => {
  market = await startAskedGateway();
  await order("SELLER", "SELL", "--symbol TCS --quantity 1000 --price 3000");
  const bought = await order("HDFC", "BUY", "--symbol TCS --quantity 300 --price 3000");
  orderId = /O-0-\d+/.exec(String(bought.out[0]))?.[0] ?? "";
  tradeId = /T-0-\d+-0-0/.exec(String(bought.out[1]))?.[0] ?? "";
  await order("HDFC", "BUY", "--symbol TCS --quantity 10 --price 2990 --client-order-id mine");
  await order("SELLER", "SELL", "--symbol INFY --quantity 1");
});

after(() => market.close());

test("trades shows what was traded, by member, symbol and time", async () => {
  const { out, code } = await run("trades");
  match(String(out[0]), /^TRADE +AT +SYMBOL +QUANTITY +PRICE Rs +BUYER +SELLER +STATE/);
  match(
    String(out[1]),
    new RegExp(`^${tradeId} +\\S+Z +TCS +300 +3,000.00 +HDFC +SELLER +Settled`),
  );
  deepEqual([out.length, code], [2, 0]);
  const [row] = (await run("trades --participant HDFC --symbol TCS --json")).out.map(json);
  deepEqual([row?.["trade_id"], row?.["price_paise"]], [tradeId, 300_000]);
  for (const none of ["trades --symbol INFY", "trades --since 2099-01-01T00:00:00Z"])
    deepEqual((await run(none)).out, [], none);
});

test("positions says what each account bought and sold, and its worth", async () => {
  const { out } = await run("positions");
  match(String(out[1]), /^HDFC +TCS +300 +9,00,000.00 +0 +0.00 +300 +3,000.00 +9,00,000.00$/);
  match(String(out[2]), /^SELLER +TCS +0 +0.00 +300 +9,00,000.00 +-300 +3,000.00 +-9,00,000.00$/);
  const own = (await run("positions HDFC --json")).out.map(json);
  deepEqual(
    own.map(({ account, net }) => [account, net]),
    [["HDFC", 300]],
  );
  match((await run("positions NOBODY")).err, /NOBODY has not traded yet/);
});

test("depth shows the book, best price first on both sides", async () => {
  const { out, code } = await run("depth TCS");
  match(String(out[1]), /^ *1 +10 +2,990.00 +3,000.00 +700 +1$/);
  match(String(out[2]), /^TCS {2}last Rs 3,000.00 {2}volume 300 {2}to buy 10 {2}to sell 700$/);
  equal(code, 0);
  const [picture] = (await run("depth TCS --levels 20 --json")).out.map(json);
  deepEqual(picture?.["bids"], [{ price_paise: 299_000, quantity: 10, orders: 1 }]);
  match(String((await run("depth INFY")).out.at(-1)), /last none .*, 1 offered without a price$/);
  equal((await run("depth TCS --levels 7")).code, 2);
});

test("journey tells a trade and an order hop by hop, with their journals", async () => {
  const ofTrade = await run(`journey ${tradeId}`);
  equal(ofTrade.code, 0, ofTrade.err);
  ok(ofTrade.out.some((line) => line.includes("traded and settled in one step")));
  ok(ofTrade.out.some((line) => /sauda.events-0@\d+$/.test(line)));
  ok(ofTrade.out.some((line) => /^JOURNAL DVP .*HDFC free Rs -|HDFC free \+300 TCS/.test(line)));
  const ofOrder = await run(`journey ${orderId} --json`);
  const hops = ofOrder.out.map(json);
  ok(
    hops.some(({ type, topic, record }) => type === "hop" && topic === "sauda.commands" && record),
  );
  const byClient = await run("journey mine --records");
  ok(
    byClient.out.some((line) => /^ {2}\{"/.test(line)),
    byClient.out.join("\n"),
  );
  const nobody = await run("journey O-0-99999");
  deepEqual([nobody.code, /no such order/.test(nobody.err)], [1, true]);
});

test("tail shows everybody's orders, trades and settlements as they happen", async () => {
  const terminal = personAtTerminal();
  const following = act(market.endpoint, ["tail", "--count", "5"], { terminal });
  await until("it follows", () => /following orders, trades/.test(terminal.output.err));
  await order("HDFC", "BUY", "--symbol TCS --quantity 5 --price 3000");
  const { out, code } = await following;
  equal(code, 0);
  ok(out.some((line) => /ORDER O-0-\d+ {2}HDFC {2}BUY 5 TCS @ 3,000.00 {2}New/.test(line)));
  ok(out.some((line) => /TRADE T-\S+ {2}5 TCS @ 3,000.00 {2}HDFC from SELLER/.test(line)));
  ok(out.some((line) => /SETTLED T-\S+ {2}5 TCS for 15,000.00/.test(line)));
});

test("tail of one channel, symbol and member is NDJSON for programs", async () => {
  const terminal = personAtTerminal();
  const words = "tail orders --participant SELLER -n 1 --json --timeout 30";
  const following = act(market.endpoint, words.split(" "), { terminal });
  await until("it follows", () => /following orders/.test(terminal.output.err));
  await order("HDFC", "BUY", "--symbol TCS --quantity 1 --price 1000");
  await order("SELLER", "SELL", "--symbol TCS --quantity 1 --price 9000");
  const [message] = (await following).out.map(json);
  deepEqual(
    [message?.["type"], message?.["n"], message?.["execution"]["participant"]],
    ["order", 0, "SELLER"],
  );
  const book = (await run("tail depth TCS -n 1 --json")).out.map(json);
  equal(book[0]?.["depth"]["symbol"], "TCS");
  match(String((await run("tail market -n 1")).out[0]), /^seq \d+ {2}\d+ orders, \d+ trades in/);
});

test("tail says what it lacks, ends at its time, and does not take a wrong key", async () => {
  equal((await run("tail prints")).code, 2);
  equal((await run("tail nothing")).code, 2);
  const late = await run("tail trades --timeout 0.3");
  deepEqual([late.out, late.code], [[], 1]);
  match(late.err, /0 messages within 0.3 s/);
  const wrong = { ...market.endpoint, key: "sauda_desk_xxxxxxxxxxxxxxxxxxxxxxxx" };
  const refused = await act(wrong, ["tail"]);
  deepEqual([refused.code, /KEY_UNKNOWN/.test(refused.err)], [1, true]);
  const closed = { ...market.endpoint, http: "http://127.0.0.1:1" };
  const nobody = await act(closed, ["tail"]);
  deepEqual([nobody.code, /the test ended it/.test(nobody.err)], [1, true]);
});

test("repl runs piped lines as commands and ends with what became of them", async () => {
  const lines = "depth TCS --json\n\norders --symbol TCS --json\nexit\ndepth INFY\n";
  const { out, code } = await act(market.endpoint, ["repl"], { piped: lines });
  equal(code, 0);
  equal(json(String(out[0]))["symbol"], "TCS");
  ok(out.slice(1).every((line) => json(line)["symbol"] === "TCS"));
  const bad = await act(market.endpoint, ["repl"], { piped: "oders\ndepth TCS\n" });
  deepEqual([bad.code, bad.out.length > 1], [2, true]);
  const failed = await act(market.endpoint, ["repl"], { piped: "cancel O-0-99999\n" });
  deepEqual([failed.code, /there is no order/.test(failed.err)], [1, true]);
});

test("at a repl's prompt Ctrl-C ends what runs, and then the repl", async () => {
  const terminal = personAtTerminal();
  const prompted = act(market.endpoint, ["repl"], { terminal });
  await until("it prompts", () => terminal.output.err.includes("sauda> "));
  terminal.keys.write("tail trades\r");
  await until("it follows", () => /following trades/.test(terminal.output.err));
  terminal.keys.write("\u0003");
  const prompts = (): number => terminal.output.err.split("sauda> ").length;
  const before = prompts();
  await until("it prompts again", () => prompts() > before);
  terminal.keys.write("depth TCS --json\r");
  await until("it answers", () => terminal.output.out.includes('"symbol":"TCS"'));
  terminal.keys.write("\u0003");
  equal((await prompted).code, 0);
});
