import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { act } from "./act.ts";
import { memoryMarket, type MemoryMarket } from "./memory-market.ts";

const market: MemoryMarket = memoryMarket();
const note = ["report", "contract-note", "--member", "HDFC"];

function order(words: string) {
  return act(market.logClient, ["order", ...words.split(" ")]);
}

before(async () => {
  await order("--participant SELLER --symbol SBI --side SELL --quantity 60 --price 985");
  await order("--participant SELLER --symbol SBI --side SELL --quantity 40 --price 985");
  await order("--participant HDFC --client C1 --symbol SBI --side BUY --quantity 100 --price 985");
});
after(() => market.close());

test("a client's contract note comes from the log: the worked example with Rs 20 brokerage", async () => {
  const { out, code } = await act(market.logClient, [
    ...note,
    "--client",
    "C1",
    "--brokerage",
    "flat20",
  ]);
  equal(code, 0);
  equal(out[0], "CONTRACT NOTE");
  match(out.join("\n"), /^SBIN, ISIN INE062A01020, settled at once$/m);
  match(out.join("\n"), /^Net total +100 B +\(98,520\.00\)$/m);
  match(out.join("\n"), /^Net amount payable by client +\(98,641\.28\)$/m);
});

test("as JSON it is one object, with each order's and trade's own id", async () => {
  const { out } = await act(market.logClient, [...note, "--client", "C1", "--json"]);
  equal(out.length, 1);
  const contractNote = JSON.parse(String(out[0])) as {
    net_paise: number;
    securities: { trades: { quantity: number; order_id: string; trade_id: string }[] }[];
  };
  equal(contractNote.net_paise, -98_617_68);
  const trades = contractNote.securities[0]?.trades ?? [];
  deepEqual(
    trades.map(({ quantity }) => quantity),
    [60, 40],
  );
  equal(new Set(trades.map(({ order_id }) => order_id)).size, 1);
  equal(new Set(trades.map(({ trade_id }) => trade_id)).size, 2);
});

test("as a page it is whole, and nothing else is printed", async () => {
  const { out, err } = await act(market.logClient, [...note, "--client", "C1", "--format", "html"]);
  equal(out[0], "<!doctype html>");
  equal(out.at(-1), "</html>");
  equal(err, "");
});

test("the member's own account is another one; the seller gets 98,397.32", async () => {
  const own = await act(market.logClient, note);
  equal(own.code, 1);
  match(own.err, /HDFC has no trade: npx sauda orders --all shows who traded/);
  const { out } = await act(market.logClient, ["report", "contract-note", "--member", "SELLER"]);
  match(out.join("\n"), /^UCC +the member's own account$/m);
  match(out.join("\n"), /^Net amount receivable by client +98,397\.32$/m);
});

test("a day without a trade fails and names the days that have one", async () => {
  const { code, err } = await act(market.logClient, [
    ...note,
    "--client",
    "C1",
    "--date",
    "2024-12-31",
  ]);
  equal(code, 1);
  match(err, /^HDFC\/C1 has no trade on 2024-12-31: it traded on \d{4}-\d\d-\d\d$/);
});

test("the day file has UDiFF's 34 columns in their order, empty where there is nothing to say", async () => {
  const { out, code } = await act(market.logClient, ["report", "day-file", "--format", "csv"]);
  equal(code, 0);
  const [names = "", values = "", ...rest] = out.map((line) => line.trim());
  equal(
    names,
    "TradDt,BizDt,Sgmt,Src,FinInstrmTp,FinInstrmId,ISIN,TckrSymb,SctySrs,XpryDt," +
      "FininstrmActlXpryDt,StrkPric,OptnTp,FinInstrmNm,OpnPric,HghPric,LwPric,ClsPric,LastPric," +
      "PrvsClsgPric,UndrlygPric,SttlmPric,OpnIntrst,ChngInOpnIntrst,TtlTradgVol,TtlTrfVal," +
      "TtlNbOfTxsExctd,SsnId,NewBrdLotQty,Rmks,Rsvd1,Rsvd2,Rsvd3,Rsvd4",
  );
  const today = new Date(Date.now() + 330 * 60_000).toISOString().slice(0, 10);
  equal(
    values,
    `${today},${today},CM,NSE,STK,,INE062A01020,SBIN,EQ,,,,,,` +
      "985.00,985.00,985.00,985.00,985.00,985.00,,,,,100,98500.00,2,F1,1,,,,,",
  );
  equal(values.split(",").length, 34);
  deepEqual(rest, []);
});

test("the day file as JSON has the same fields, as a table the prices; another day has none", async () => {
  const { out } = await act(market.logClient, ["report", "day-file", "--json"]);
  const row = JSON.parse(String(out[0])) as Record<string, unknown>;
  deepEqual([Object.keys(row).length, row["SctySrs"], row["Rmks"]], [34, "EQ", null]);
  const { out: table } = await act(market.logClient, ["report", "day-file"]);
  match(String(table[1]), /^SBIN +EQ +985\.00/);
  const none = await act(market.logClient, ["report", "day-file", "--date", "2024-12-31"]);
  deepEqual([none.code, none.out], [0, []]);
  match(none.err, /no trade on 2024-12-31: --date names another day/);
});

const wrong = [
  ["--client C1 --date 31-12-2024", /'31-12-2024' is invalid. give a day such as 2026-11-20/],
  ["--client C1 --format pdf", /'pdf' is invalid. Allowed choices are text, html/],
  ["--client C1 --state QQ", /'QQ' is invalid. give a state's two letters/],
] as const;

for (const [words, says] of wrong)
  test(`report contract-note ${words} is a usage error`, async () => {
    const { code, err } = await act(market.logClient, [...note, ...words.split(" ")]);
    equal(code, 2);
    match(err, says);
  });

test("its help begins with examples", async () => {
  const { out } = await act(market.logClient, ["report", "contract-note", "--help"]);
  equal(out[0], "Examples:");
  ok(out[1]?.includes("npx sauda report contract-note"));
});
