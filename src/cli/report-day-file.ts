import { dateOf, dayAt, dayOf, momentOf } from "../domain/calendar.ts";
import { timeMs } from "../domain/units.ts";
import { readDay } from "../postgres/reports.ts";
import type { SecurityTotals } from "../postgres/reports.ts";
import { exitCode } from "./output.ts";
import { askMarketsBooks } from "./ask-books.ts";
import type { RunReport } from "./ask-books.ts";
import { exactRupees, printReport } from "./report-format.ts";
import type { Column } from "./table.ts";

type DayLine = SecurityTotals & { readonly date: string };

const dayColumns: readonly Column<DayLine>[] = [
  { name: "TckrSymb", cell: ({ symbol }) => symbol },
  { name: "OpnPric", align: "right", cell: ({ openPaise }) => exactRupees(openPaise) },
  { name: "HghPric", align: "right", cell: ({ highPaise }) => exactRupees(highPaise) },
  { name: "LwPric", align: "right", cell: ({ lowPaise }) => exactRupees(lowPaise) },
  { name: "LastPric", align: "right", cell: ({ lastPaise }) => exactRupees(lastPaise) },
  { name: "TtlTradgVol", align: "right", cell: ({ shares }) => String(shares) },
  { name: "TtlTrfVal", align: "right", cell: ({ valuePaise }) => exactRupees(valuePaise) },
  { name: "TtlNbOfTxsExctd", align: "right", cell: ({ trades }) => String(trades) },
];

/** Prints each security's day. Names of NSE's UDiFF bhavcopy, in force since July 2024. */
export const runDayFile: RunReport = async (stage, database, { format, date }) => {
  const day = date === undefined ? dayAt(timeMs(stage.clock.nowMs())) : dayOf(date);
  const between = { fromMs: momentOf(day, 0), untilMs: momentOf(day + 1, 0) };
  const found = await askMarketsBooks(stage, database, (sql, market) =>
    readDay(sql, market, between),
  );
  const rows = found.map((row) => ({ ...row, date: dateOf(day) }));
  printReport(stage, format, dayColumns, rows, (row) => ({
    TradDt: row.date,
    BizDt: row.date,
    Sgmt: "CM",
    FinInstrmTp: "STK",
    ISIN: row.isin,
    TckrSymb: row.symbol,
    OpnPric: exactRupees(row.openPaise),
    HghPric: exactRupees(row.highPaise),
    LwPric: exactRupees(row.lowPaise),
    LastPric: exactRupees(row.lastPaise),
    TtlTradgVol: String(row.shares),
    TtlTrfVal: exactRupees(row.valuePaise),
    TtlNbOfTxsExctd: row.trades,
  }));
  if (rows.length === 0) stage.output.note(`no trade on ${dateOf(day)}: --date names another day`);
  return exitCode.done;
};
