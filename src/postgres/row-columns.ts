import { accountKey } from "../domain/facts/account.ts";
import type {
  BooksRows,
  JournalRow,
  SettlementRow,
  TradeRow,
} from "../services/books/books-rows.ts";
import { arrayText, type Column } from "./column.ts";
import type { Names, NameTable, NewName } from "./names.ts";
import { orderColumns, orderEndColumns, restingOrder, settlementOf } from "./order-columns.ts";

/** The tables that the books add rows to, with how the rows become columns. */
type TableColumns = { readonly table: string; readonly columns: readonly Column<never>[] };

type AllNames = Readonly<Record<NameTable, Names>>;

/** A posting with the numbers of its names. `number` counts the postings of its journal from 0. */
type PostingRow = {
  readonly seq: number;
  readonly index: number;
  readonly number: number;
  readonly account: number;
  readonly asset: number;
  readonly bucket: number;
  readonly amount: number;
};
type NumberedJournal = { readonly row: JournalRow; readonly kind: number };
type NumberedTrade = {
  readonly row: TradeRow;
  readonly symbol: number;
  readonly buyer: number;
  readonly seller: number;
  readonly buyMember: number;
  readonly sellMember: number;
};

const nameColumns: readonly Column<NewName>[] = [
  { name: "id", type: "int", of: ({ id }) => id },
  { name: "name", type: "text", of: ({ name }) => name },
];

const journalColumns: readonly Column<NumberedJournal>[] = [
  { name: "seq", type: "bigint", of: ({ row }) => row.seq },
  { name: "index", type: "int", of: ({ row }) => row.index },
  { name: "at_ms", type: "bigint", of: ({ row }) => row.atMs },
  { name: "kind", type: "int", of: ({ kind }) => kind },
  { name: "journal_id", type: "text", of: ({ row }) => row.journal.journalId },
  { name: "reference", type: "text", of: ({ row }) => row.journal.reference },
];

const postingColumns: readonly Column<PostingRow>[] = [
  { name: "seq", type: "bigint", of: ({ seq }) => seq },
  { name: "index", type: "int", of: ({ index }) => index },
  { name: "number", type: "smallint", of: ({ number }) => number },
  { name: "account", type: "int", of: ({ account }) => account },
  { name: "asset", type: "int", of: ({ asset }) => asset },
  { name: "bucket", type: "smallint", of: ({ bucket }) => bucket },
  { name: "amount", type: "bigint", of: ({ amount }) => amount },
];

const tradeColumns: readonly Column<NumberedTrade>[] = [
  { name: "seq", type: "bigint", of: ({ row }) => row.seq },
  { name: "index", type: "int", of: ({ row }) => row.index },
  { name: "at_ms", type: "bigint", of: ({ row }) => row.atMs },
  { name: "trade_id", type: "text", of: ({ row }) => row.trade.tradeId },
  { name: "symbol", type: "int", of: ({ symbol }) => symbol },
  { name: "isin", type: "text", of: ({ row }) => row.trade.isin },
  { name: "quantity", type: "bigint", of: ({ row }) => row.trade.quantity },
  { name: "price_paise", type: "bigint", of: ({ row }) => row.trade.pricePaise },
  { name: "amount_paise", type: "bigint", of: ({ row }) => row.trade.amountPaise },
  { name: "buyer", type: "int", of: ({ buyer }) => buyer },
  { name: "seller", type: "int", of: ({ seller }) => seller },
  { name: "buy_order_id", type: "text", of: ({ row }) => row.trade.buy.orderId },
  { name: "sell_order_id", type: "text", of: ({ row }) => row.trade.sell.orderId },
  { name: "command_offset", type: "bigint", of: ({ row }) => row.commandOffset },
  { name: "log_offset", type: "bigint", of: ({ row }) => row.logOffset },
  { name: "resting_order", type: "bigint", of: ({ row }) => restingOrder(row.trade) },
  { name: "buy_member", type: "int", of: ({ buyMember }) => buyMember },
  { name: "sell_member", type: "int", of: ({ sellMember }) => sellMember },
  { name: "settlement", type: "text", of: ({ row }) => settlementOf(row) },
];

const settlementColumns: readonly Column<SettlementRow>[] = [
  { name: "seq", type: "bigint", of: ({ seq }) => seq },
  { name: "index", type: "int", of: ({ index }) => index },
  { name: "at_ms", type: "bigint", of: ({ atMs }) => atMs },
  { name: "settlement_id", type: "text", of: ({ settled }) => settled.settlementId },
  { name: "trade_id", type: "text", of: ({ settled }) => settled.tradeId },
  { name: "journal_id", type: "text", of: ({ settled }) => settled.journalId },
];

/** Every table but `readers`, in the order of `columnValues`. */
export const rowTables: readonly TableColumns[] = [
  { table: "words", columns: nameColumns },
  { table: "assets", columns: nameColumns },
  { table: "accounts", columns: nameColumns },
  { table: "journals", columns: journalColumns },
  { table: "postings", columns: postingColumns },
  { table: "trades", columns: tradeColumns },
  { table: "settlements", columns: settlementColumns },
  { table: "orders", columns: orderColumns },
  { table: "order_ends", columns: orderEndColumns },
];

/** The rows as one array's text for each column of `rowTables`, table after table. */
export function columnValues(rows: BooksRows, names: AllNames): string[] {
  const { journals, postings, trades } = numberNames(rows, names);
  return [
    ...arrays(nameColumns, names.words.takeNew()),
    ...arrays(nameColumns, names.assets.takeNew()),
    ...arrays(nameColumns, names.accounts.takeNew()),
    ...arrays(journalColumns, journals),
    ...arrays(postingColumns, postings),
    ...arrays(tradeColumns, trades),
    ...arrays(settlementColumns, rows.settlements),
    ...arrays(orderColumns, rows.orders),
    ...arrays(orderEndColumns, rows.orderEnds),
  ];
}

type NumberedRows = {
  readonly journals: NumberedJournal[];
  readonly postings: PostingRow[];
  readonly trades: NumberedTrade[];
};

/** New names get their numbers in the order of the log, whatever comes in one batch. */
function numberNames({ journals, trades }: BooksRows, names: AllNames): NumberedRows {
  const numbered: NumberedRows = { journals: [], postings: [], trades: [] };
  let next = 0;
  for (const row of journals) {
    for (let trade = trades[next]; trade && isBefore(trade, row); trade = trades[next]) {
      numbered.trades.push(numberedTrade(trade, names));
      next += 1;
    }
    numbered.journals.push({ row, kind: names.words.idOf(row.journal.kind) });
    addPostings(numbered.postings, row, names);
  }
  for (const row of trades.slice(next)) numbered.trades.push(numberedTrade(row, names));
  return numbered;
}

function isBefore(one: TradeRow, other: JournalRow): boolean {
  return one.seq < other.seq || (one.seq === other.seq && one.index < other.index);
}

function addPostings(
  postings: PostingRow[],
  { seq, index, journal }: JournalRow,
  { words, assets, accounts }: AllNames,
): void {
  for (const [number, { account, asset, bucket, amount }] of journal.postings.entries())
    postings.push({
      seq,
      index,
      number,
      account: accounts.idOf(account),
      asset: assets.idOf(asset),
      bucket: words.idOf(bucket),
      amount,
    });
}

/** Buyer and seller by their accounts, which a posting may not have named yet. */
function numberedTrade(row: TradeRow, { assets, accounts }: AllNames): NumberedTrade {
  const { symbol, buy, sell } = row.trade;
  return {
    row,
    symbol: assets.idOf(symbol),
    buyer: accounts.idOf(accountKey(buy.participant, buy.client)),
    seller: accounts.idOf(accountKey(sell.participant, sell.client)),
    buyMember: accounts.idOf(buy.participant),
    sellMember: accounts.idOf(sell.participant),
  };
}

function arrays<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  return columns.map((column) => arrayText(column, rows));
}
