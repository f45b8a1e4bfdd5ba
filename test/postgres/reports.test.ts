import { deepEqual, equal, match, ok } from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import type { Sql } from "postgres";
import { makeOutput } from "../../src/cli/output.ts";
import { runHoldings, runStatement, runTrialBalance } from "../../src/cli/report/books-reports.ts";
import type { ReadingContext } from "../../src/cli/client/log-of-gateway.ts";
import type { BooksReportOptions, BooksContext } from "../../src/cli/report/ask-books.ts";
import { runObligations } from "../../src/cli/report/report-obligations.ts";
import { processTerminal } from "../../src/cli/terminal.ts";
import { balances } from "../../src/domain/market.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { readMarketId } from "../../src/services/books/books-life.ts";
import { realClock } from "../../src/services/clock.ts";
import { at, clearingTerms, tick } from "../clearing-given.ts";
import { buy, play, sell } from "../given.ts";
import { withBooksServer } from "./books-server.ts";
import { booksOf } from "./kept-books.ts";
import { clusterOf, logOf } from "./market-log.ts";
import { tamper } from "./tamper.ts";

const c1 = { client: "C1" };
/**
 * Monday: C1 buys 100, HDFC sells 40 of its own; all of it settles on Tuesday. Tuesday: C1 buys
 * 10 more.
 */
const played = play(
  [
    { command: sell("s1", 60, 98_500), atMs: at("01 10:00") },
    { command: sell("s2", 40, 98_600, { participant: "HDFC" }), atMs: at("01 10:01") },
    { command: buy("b1", 100, 98_600, c1), atMs: at("01 10:02") },
    ...["01 15:30", "01 21:00", "02 08:30", "02 10:30", "02 11:00", "02 13:30"].map(tick),
    ...["02 14:30", "02 14:31", "02 14:32", "02 15:00", "02 15:01", "02 15:30", "02 16:00"].map(
      tick,
    ),
    { command: sell("s3", 10, 99_000), atMs: at("02 17:10") },
    { command: buy("b3", 10, 99_000, c1), atMs: at("02 17:11") },
  ],
  clearingTerms(),
);
const cluster = clusterOf(logOf(new Random(1), played.steps));

let url: string;
let sql: Sql;

withBooksServer(async (started) => {
  ({ url, sql } = started);
  await booksOf(url, cluster).keep();
});

type Printed = { code: number; text: string; rows: Record<string, string>[] };

type Run = (
  context: BooksContext & ReadingContext,
  database: string,
  options: BooksReportOptions,
) => Promise<number>;

async function report(run: Run, options: Partial<BooksReportOptions>): Promise<Printed> {
  const out = new PassThrough();
  let text = "";
  out.on("data", (bytes: Buffer) => (text += String(bytes)));
  const log = openMemoryLog(cluster, "test");
  const { signal } = new AbortController();
  const context = {
    logClient: { log, shards: 1 },
    marketId: () => readMarketId({ log, shard: 0 }, signal),
    terminal: { ...processTerminal, out },
    output: makeOutput(false, { out, err: new PassThrough() }),
    clock: realClock,
    signal,
  };
  const code = await run(context, url, { format: "json", ...options });
  const isJson = (options.format ?? "json") === "json";
  const lines = isJson ? text.split("\n").filter((line) => line !== "") : [];
  return { code, text, rows: lines.map((line) => JSON.parse(line) as Record<string, string>) };
}

test("holdings are the market's balances: free, blocked, to receive and to deliver", async () => {
  const { rows } = await report(runHoldings, { member: "HDFC" });
  const expected = balances(played.market)
    .filter(({ account }) => account === "HDFC" || account.startsWith("HDFC/"))
    .map(({ account, asset, free, blocked, due }) =>
      [account, asset, free, blocked, Math.max(due, 0), Math.max(-due, 0)].join(" "),
    );
  const found = rows.map((row) =>
    [
      row["account"],
      row["asset"],
      row["free"],
      row["blocked"],
      row["to_receive"],
      row["to_deliver"],
    ].join(" "),
  );
  deepEqual(found.toSorted(), expected.toSorted());
  const bought = rows.find((row) => row["account"] === "HDFC/C1" && row["asset"] === "SBIN");
  deepEqual([bought?.["to_receive"], bought?.["to_deliver"]], ["10", "0"]);
});

test("the trial balance is zero for each asset, member's charges included, exit code 0", async () => {
  const { code, rows } = await report(runTrialBalance, {});
  equal(code, 0);
  const totals = rows.filter((row) => row["accounts"] === "total");
  deepEqual(
    totals.map((row) => [row["asset"], row["amount_paise"] ?? row["amount"]]),
    [
      ["INR", "0"],
      ["SBIN", "0"],
    ],
  );
  const kinds = rows.filter((row) => row["asset"] === "INR").map((row) => row["accounts"]);
  for (const kind of ["client", "member", "opening", "ledger", "payable", "total"])
    ok(kinds.includes(kind), `${kind} in ${kinds.join(", ")}`);
});

test("a paisa too much in one balance makes the trial balance end with 1", async () => {
  await tamper(sql, "UPDATE balances SET amount = amount + 1 WHERE account = 1 AND asset = 1");
  const { code, rows } = await report(runTrialBalance, {});
  equal(code, 1);
  equal(rows.find((row) => row["accounts"] === "total")?.["amount_paise"], "1");
  await tamper(sql, "UPDATE balances SET amount = amount - 1 WHERE account = 1 AND asset = 1");
});

test("a statement shows the shares that came, the cash that went and what the day cost", async () => {
  const { rows } = await report(runStatement, { member: "HDFC", client: "C1" });
  const kinds = rows.map((row) => `${row["kind"]} ${row["account"]} ${row["asset"]}`);
  ok(kinds.includes("PAY_OUT HDFC/C1 SBIN"), kinds.join("; "));
  const charges = rows.find((row) => row["kind"] === "CHARGES");
  equal(charges?.["account"], "ledger:HDFC/C1");
  equal(charges?.["reference"], "CN-2026-06-01-HDFC/C1");
  // By hand: 60 at 985.00 and 40 at 986.00 are worth 98,540.00.
  match(charges?.["amount"] ?? "", /^-117\d\d$/);
  const last = new Map(rows.map((row) => [`${row["account"]} ${row["asset"]}`, row["balance"]]));
  for (const { account, asset, free, blocked, transit } of balances(played.market))
    if (account === "HDFC/C1")
      equal(last.get(`${account} ${asset}`), String(free + blocked + transit));
});

test("a statement of one day begins with what was there before", async () => {
  const options = { member: "HDFC", client: "C1" };
  const all = (await report(runStatement, options)).rows;
  const tuesday = (await report(runStatement, { ...options, from: "2026-06-02", to: "2026-06-02" }))
    .rows;
  deepEqual(
    tuesday,
    all.filter((row) => row["at"]?.startsWith("2026-06-02") === true),
  );
  ok(tuesday.length > 0 && tuesday.length < all.length);
});

test("obligations are final and settled by the clearing corporation's own words", async () => {
  const { rows } = await report((context, _, options) => runObligations(context, options), {});
  const lines = rows.map((row) =>
    [row["settlement"], row["of"], row["account"], row["asset"], row["amount"], row["status"]].join(
      " ",
    ),
  );
  ok(lines.includes("M2026100 account HDFC/C1 SBIN 100 Settled"), lines.join("\n"));
  ok(lines.includes("M2026100 account HDFC/C1 INR -9854000 Settled"), lines.join("\n"));
  ok(lines.includes("M2026100 member HDFC SBIN 60 Final"), lines.join("\n"));
});
