import { accountKey } from "../../domain/facts/account.ts";
import { dayOf, momentOf } from "../../domain/facts/calendar.ts";
import {
  readHoldings,
  readStatement,
  readTrialBalance,
  type BooksHolding,
  type KindTotal,
  type StatementLine,
} from "../../postgres/reports.ts";
import type { MarketJson } from "../client/gateway-client.ts";
import { kolkataTime } from "../../protocol/moment.ts";
import { findDatabase } from "../market/books-database.ts";
import { readConfig } from "../config.ts";
import { readMarketId } from "../../services/books/books-life.ts";
import type { MarketContext } from "../client/market-context.ts";
import type { Context } from "../context.ts";
import { Failure, exitCode } from "../output.ts";
import { assetAmount, printReport } from "./report-format.ts";
import { askMarketsBooks, type BooksReportOptions, type RunReport } from "./ask-books.ts";
import type { Column } from "../table.ts";

/** Makes a report from the books of the market that is asked. */
export function fromBooks(run: RunReport, options: BooksReportOptions) {
  return {
    gateway: async (context: MarketContext): Promise<number> => {
      const database = await findDatabase(readConfig());
      const marketId = async (): Promise<string> =>
        (await context.market.get<MarketJson>("/v1/market")).market_id;
      return run({ ...context, marketId }, database, options);
    },
    log: async (context: Context): Promise<number> => {
      const database = await findDatabase(readConfig());
      const { log } = context.logClient;
      const marketId = (): Promise<string | null> =>
        readMarketId({ log, shard: 0 }, context.signal);
      return run({ ...context, marketId }, database, options);
    },
  };
}

const kindColumns: readonly Column<KindTotal>[] = [
  { name: "ASSET", cell: ({ asset }) => (asset === "INR" ? "Rs" : asset) },
  { name: "ACCOUNTS", cell: ({ kind }) => kind },
  { name: "AMOUNT", align: "right", cell: ({ asset, amount }) => assetAmount(asset, amount) },
];

/** Prints the trial balance. Returns 1 where an asset does not sum to zero. */
export const runTrialBalance: RunReport = async (context, database, { format }) => {
  const totals = await askMarketsBooks(context, database, readTrialBalance);
  const byAsset = Map.groupBy(totals, ({ asset }) => asset);
  const rows = [...byAsset].flatMap(([asset, each]) => {
    const amount = each.reduce((sum, one) => sum + one.amount, 0n);
    return [...each, { asset, kind: "total", amount }];
  });
  printReport(context, format, kindColumns, rows, ({ asset, kind, amount }) => ({
    asset,
    accounts: kind,
    [asset === "INR" ? "amount_paise" : "amount"]: String(amount),
  }));
  const isZero = rows.every(({ kind, amount }) => kind !== "total" || amount === 0n);
  return isZero ? exitCode.done : exitCode.failed;
};

const holdingColumns: readonly Column<BooksHolding>[] = [
  { name: "ACCOUNT", cell: ({ account }) => account },
  { name: "ASSET", cell: ({ asset }) => (asset === "INR" ? "Rs" : asset) },
  { name: "FREE", align: "right", cell: ({ asset, free }) => assetAmount(asset, free) },
  { name: "BLOCKED", align: "right", cell: ({ asset, blocked }) => assetAmount(asset, blocked) },
  { name: "TO RECEIVE", align: "right", cell: (row) => assetAmount(row.asset, toReceive(row)) },
  { name: "TO DELIVER", align: "right", cell: (row) => assetAmount(row.asset, toDeliver(row)) },
];

function toReceive({ due }: BooksHolding): bigint {
  return due > 0n ? due : 0n;
}

function toDeliver({ due }: BooksHolding): bigint {
  return due < 0n ? -due : 0n;
}

/** Prints what a member and its clients have. */
export const runHoldings: RunReport = async (
  context,
  database,
  { format, member = "", client = null },
) => {
  const rows = await askMarketsBooks(context, database, (sql, market) =>
    readHoldings(sql, market, { member, client }),
  );
  if (rows.length === 0)
    throw new Failure(`${accountKey(member, client)} has no account in the books`);
  printReport(context, format, holdingColumns, rows, (row) => ({
    account: row.account,
    asset: row.asset,
    free: String(row.free),
    blocked: String(row.blocked),
    transit: String(row.transit),
    to_receive: String(toReceive(row)),
    to_deliver: String(toDeliver(row)),
  }));
  return exitCode.done;
};

const statementColumns: readonly Column<StatementLine>[] = [
  { name: "TIME", cell: ({ atMs }) => kolkataTime(atMs).slice(0, 19).replace("T", " ") },
  { name: "JOURNAL", cell: ({ kind }) => kind },
  { name: "REFERENCE", cell: ({ reference }) => reference },
  { name: "ACCOUNT", cell: ({ account }) => account },
  { name: "ASSET", cell: ({ asset }) => (asset === "INR" ? "Rs" : asset) },
  { name: "AMOUNT", align: "right", cell: ({ asset, amount }) => assetAmount(asset, amount) },
  { name: "BALANCE", align: "right", cell: ({ asset, balance }) => assetAmount(asset, balance) },
];

/** Prints what moved in an account and in its ledger with the member, where its charges are. */
export const runStatement: RunReport = async (context, database, options) => {
  const { format, member = "", client = null, from, to } = options;
  const account = accountKey(member, client);
  const fromMs = from === undefined ? 0 : momentOf(dayOf(from), 0);
  const untilMs = to === undefined ? Number.MAX_SAFE_INTEGER : momentOf(dayOf(to) + 1, 0);
  const rows = await askMarketsBooks(context, database, (sql, market) =>
    readStatement(sql, market, [account, `ledger:${account}`], { fromMs, untilMs }),
  );
  printReport(context, format, statementColumns, rows, ({ atMs, amount, balance, ...line }) => ({
    at: kolkataTime(atMs),
    ...line,
    amount: String(amount),
    balance: String(balance),
  }));
  if (rows.length === 0) context.output.note(`nothing moved in ${account} in these days`);
  return exitCode.done;
};
