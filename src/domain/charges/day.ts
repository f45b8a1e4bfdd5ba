import type { DateText } from "../facts/calendar.ts";
import { brokerageLine, orderBrokerages, type OrderBrokerage } from "./brokerage.ts";
import { depositoryLines } from "./depository.ts";
import { gstLines, type GstKind } from "./gst.ts";
import { chargeTitles, ratedLine, ruleOf, sumPaise, wholePaise, type ChargeLine } from "./line.ts";
import { securityDays, type ChargedTrade, type SecurityDay } from "./security.ts";
import { stampLine } from "./stamp.ts";
import { sttLine } from "./stt.ts";
import {
  chargeTermsOn,
  type BrokeragePlan,
  type ChargeFault,
  type ChargeTables,
  type ChargeTerms,
} from "./tables.ts";
import { nseChargeTables } from "./tables-nse.ts";
import type { Paise } from "../facts/units.ts";

/**
 * All trades of one account (a client of a member, or a member itself) on one day, oldest first.
 */
export type ChargeDay = {
  readonly date: DateText;
  readonly trades: readonly ChargedTrade[];
  readonly plan: BrokeragePlan;
  readonly gst: GstKind;
};

/**
 * What a day's trades cost. `lines` are the contract note's, in its order; `ledgerLines` go to the
 * ledger alone. `netPaise` is what the account gets, below zero what it owes, by the contract note;
 * `netAfterLedgerPaise` when the ledger's are taken too.
 */
export type DayCharges = {
  readonly date: DateText;
  readonly lines: readonly ChargeLine[];
  readonly ledgerLines: readonly ChargeLine[];
  readonly orders: readonly OrderBrokerage[];
  readonly boughtPaise: Paise;
  readonly soldPaise: Paise;
  readonly chargesPaise: Paise;
  readonly ledgerPaise: Paise;
  readonly netPaise: Paise;
  readonly netAfterLedgerPaise: Paise;
};

/** The day's charges by the tables in force on it, or why there are none. No trades: no lines. */
export function chargesOfDay(
  day: ChargeDay,
  tables: ChargeTables = nseChargeTables,
): DayCharges | ChargeFault {
  const terms = chargeTermsOn(tables, day.plan, day.date);
  if ("reason" in terms) return terms;
  const securities = securityDays(day.trades);
  const bought = securities.reduce((sum, each) => sum + each.bought.paise, 0n);
  const sold = securities.reduce((sum, each) => sum + each.sold.paise, 0n);
  const turnover = bought + sold;
  if (turnover > turnoverMaxPaise) return tooMuch(day.date, turnover);
  const orders = orderBrokerages(day.trades, terms);
  const lines = turnover === 0n ? [] : noteLines(securities, orders, turnover, day.gst, terms);
  const ledgerLines = depositoryLines(securities, day.gst, terms);
  const boughtPaise = wholePaise(bought);
  const soldPaise = wholePaise(sold);
  const chargesPaise = sumPaise(lines.map(({ amountPaise }) => amountPaise));
  const ledgerPaise = sumPaise(ledgerLines.map(({ amountPaise }) => amountPaise));
  const net = sold - bought - BigInt(chargesPaise);
  return {
    date: day.date,
    lines,
    ledgerLines,
    orders,
    boughtPaise,
    soldPaise,
    chargesPaise,
    ledgerPaise,
    netPaise: wholePaise(net),
    netAfterLedgerPaise: wholePaise(net - BigInt(ledgerPaise)),
  };
}

/**
 * Half of the safe integers, so that every sum of a day's value and charges is exact: Rs 45
 * lakh crore.
 */
const turnoverMaxPaise = BigInt(Number.MAX_SAFE_INTEGER) / 2n;

function noteLines(
  securities: readonly SecurityDay[],
  orders: readonly OrderBrokerage[],
  turnover: bigint,
  gst: GstKind,
  terms: ChargeTerms,
): readonly ChargeLine[] {
  const { rates, roundings } = terms;
  const byTurnover = (name: "transaction" | "ipft" | "sebi"): ChargeLine => {
    const part = { what: "turnover", basePaise: turnover, rate: rates[name] };
    return ratedLine(name, null, [part], roundings[name]);
  };
  const taxable = {
    brokerage: brokerageLine(orders, terms),
    transaction: byTurnover("transaction"),
    ipft: byTurnover("ipft"),
    sebi: byTurnover("sebi"),
  };
  const stamp = stampLine(securities, terms);
  const taxed = terms.gstBase.value.map((name) => taxable[name]);
  const bearing = terms.gstBase.value.map((name) => chargeTitles[name]).join(", ");
  const baseRule = ruleOf("base", `GST is on ${bearing}`, terms.gstBase);
  return [
    taxable.brokerage,
    ...securities.map((each) => sttLine(each, terms)).filter((line) => line !== undefined),
    taxable.transaction,
    taxable.ipft,
    taxable.sebi,
    ...(stamp === undefined ? [] : [stamp]),
    ...gstLines(taxed, gst, terms).map((line) => ({ ...line, rules: [...line.rules, baseRule] })),
  ];
}

function tooMuch(date: DateText, turnover: bigint): ChargeFault {
  const text = `trades of ${date}: their value of ${turnover} paise is above ${turnoverMaxPaise}, the most that is exact; give fewer`;
  return { reason: "VALUE_OUT_OF_RANGE", text };
}
