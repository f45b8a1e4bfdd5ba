import type { z } from "zod";
import { dateOf, dayAt, type DateText } from "../../domain/facts/calendar.ts";
import { pricePaise, rupees, timeMs } from "../../domain/facts/units.ts";
import type { tradedSecuritySchema } from "../../http/routes/log-routes.ts";
import {
  newDayFile,
  noteDay,
  securityDays,
  type DayBefore,
  type SecurityDay,
} from "../../services/day-file.ts";
import { allRows } from "../client/pages.ts";
import {
  addMarketCommand,
  onMarket,
  type MarketContext,
  type MarketOptions,
} from "../client/market-context.ts";
import type { TerminalContext } from "../context.ts";
import { foldSteps } from "../log-steps.ts";
import { foldPassages, readTradeDate } from "./log-passages.ts";
import { readDay } from "../option-values.ts";
import { exitCode } from "../output.ts";
import { addFormat, printReport, type ReportFields, type ReportFormat } from "./report-format.ts";
import type { Column } from "../table.ts";
import type { Registry } from "../registry.ts";

type TradedSecurity = z.infer<typeof tradedSecuritySchema>;

/** Which day, and how it is written. */
type DayFileOptions = MarketOptions & {
  readonly format: ReportFormat;
  readonly date?: string;
};

/** `sauda report day-file`: each security's day in the book, as NSE's file of a day has it. */
export function registerDayFile(registry: Registry): void {
  addFormat(
    addMarketCommand(registry, {
      name: "day-file",
      summary: "each security's day, with UDiFF's columns",
      examples: [
        "npx sauda report day-file",
        "npx sauda report day-file --date 2026-11-20 --format csv",
      ],
      more: "From the log: trades of the book only, by their trade date, with the closes that clearing said.",
    }),
  )
    .option("--date <day>", "the trade date (default: today in India)", readDay)
    .action((options: DayFileOptions) =>
      onMarket(registry, options, {
        gateway: (context) => runDayFile(context, options, (date) => daysOfGateway(context, date)),
        log: (context) =>
          runDayFile(context, options, async (date) => {
            const file = newDayFile(date);
            await foldSteps(context.logClient, ({ step }) => noteDay(file, step));
            return securityDays(file);
          }),
      }),
    );
}

const dayColumns: readonly Column<SecurityDay>[] = [
  { name: "TckrSymb", cell: ({ instrument }) => instrument.symbol },
  { name: "SctySrs", cell: ({ instrument }) => instrument.series },
  { name: "OpnPric", align: "right", cell: ({ openPaise }) => price(openPaise) },
  { name: "HghPric", align: "right", cell: ({ highPaise }) => price(highPaise) },
  { name: "LwPric", align: "right", cell: ({ lowPaise }) => price(lowPaise) },
  { name: "ClsPric", align: "right", cell: ({ closePaise }) => price(closePaise) },
  { name: "LastPric", align: "right", cell: ({ lastPaise }) => price(lastPaise) },
  { name: "TtlTradgVol", align: "right", cell: ({ shares }) => String(shares) },
  { name: "TtlTrfVal", align: "right", cell: ({ valuePaise }) => rupees(valuePaise) },
  { name: "TtlNbOfTxsExctd", align: "right", cell: ({ trades }) => String(trades) },
];

/** Prints each security's day. */
async function runDayFile(
  context: TerminalContext,
  { format, date }: DayFileOptions,
  readDays: (date: DateText) => Promise<readonly SecurityDay[]>,
): Promise<number> {
  const wanted = date ?? dateOf(dayAt(timeMs(context.clock.nowMs())));
  const rows = await readDays(wanted);
  printReport(context, format, dayColumns, rows, (row) => udiffFields(row, wanted));
  if (rows.length === 0) context.output.note(`no trade on ${wanted}: --date names another day`);
  return exitCode.done;
}

/** Of the trade date's part of the log; what it refers to of the dates before, the gateway says. */
async function daysOfGateway(
  context: MarketContext,
  date: DateText,
): Promise<readonly SecurityDay[]> {
  const { shards, tradeDates } = await readTradeDate(context, date);
  if (shards.length === 0) return [];
  const path = `/v1/log/trade-dates/${date}/securities`;
  const traded = await allRows<TradedSecurity>(context.market, path, "securities", {});
  const before: DayBefore = { instruments: new Map(), closes: new Map(), tradeDates };
  for (const row of traded) {
    const { symbol, series, isin, lot, reference_close_paise: reference } = row;
    const referenceClosePaise = reference === null ? null : pricePaise(reference);
    before.instruments.set(symbol, { symbol, series, isin, lot, referenceClosePaise });
    if (row.previous_close_paise !== null) before.closes.set(symbol, row.previous_close_paise);
  }
  const file = newDayFile(date, before);
  await foldPassages(context, shards, ({ step }) => noteDay(file, step));
  return securityDays(file);
}

/**
 * The 34 columns of NSE's UDiFF common bhavcopy, final, in its order; in force since July 2024.
 * Null where we have nothing to say.
 */
function udiffFields(row: SecurityDay, date: DateText): ReportFields {
  const { symbol, series, isin, lot } = row.instrument;
  return {
    TradDt: date,
    BizDt: date,
    Sgmt: "CM",
    Src: "NSE",
    FinInstrmTp: "STK",
    FinInstrmId: null,
    ISIN: isin,
    TckrSymb: symbol,
    SctySrs: series,
    XpryDt: null,
    FininstrmActlXpryDt: null,
    StrkPric: null,
    OptnTp: null,
    FinInstrmNm: null,
    OpnPric: price(row.openPaise),
    HghPric: price(row.highPaise),
    LwPric: price(row.lowPaise),
    ClsPric: price(row.closePaise),
    LastPric: price(row.lastPaise),
    PrvsClsgPric: price(row.previousClosePaise),
    UndrlygPric: null,
    SttlmPric: price(row.settlementPaise),
    OpnIntrst: null,
    ChngInOpnIntrst: null,
    TtlTradgVol: String(row.shares),
    TtlTrfVal: rupees(row.valuePaise),
    TtlNbOfTxsExctd: row.trades,
    SsnId: "F1",
    NewBrdLotQty: lot,
    Rmks: null,
    Rsvd1: null,
    Rsvd2: null,
    Rsvd3: null,
    Rsvd4: null,
  };
}

/** Empty where there is none. */
function price(paise: number | null): string {
  return paise === null ? "" : rupees(paise);
}
