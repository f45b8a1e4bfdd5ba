import { z } from "zod";
import {
  account,
  accountText,
  member,
  positiveRupees,
  price,
  symbol,
  whole,
  type AccountName,
} from "./fields.ts";
import { date } from "../../protocol/fields.ts";
import { fieldsOf, type ScenarioText } from "./text.ts";

/** How trades settle: at once, on the trade date, or on the settlement day after it. */
type ScenarioSettlement = "instant" | "T+0" | "T+1";

/**
 * A security as the scenario describes it; what it leaves out is the market's, or as in the
 * built-in list.
 */
export type ScenarioSymbol = {
  readonly symbol: string;
  readonly closePaise: number | undefined;
  readonly series: "EQ" | "BE" | undefined;
  readonly settlement: ScenarioSettlement | undefined;
};

/** The market's terms. Holidays come on top of NSE's; percentages in place of NSE's. */
export type ScenarioMarket = {
  readonly settlement: ScenarioSettlement;
  readonly symbols: readonly ScenarioSymbol[];
  readonly exchangeHolidays: readonly string[];
  readonly bankHolidays: readonly string[];
  readonly valuationPercent: number | undefined;
  readonly closeOutPercent: number | undefined;
  readonly auctionBandPercent: number | undefined;
  readonly guaranteeFundPaise: number;
};

/**
 * An account with what it opens with: cash in paise, shares by symbol. `collateral` is
 * its member's.
 */
export type ScenarioAccount = AccountName & {
  readonly line: number;
  readonly cover: "full" | "margin";
  readonly custodian: string | null;
  readonly cashPaise: number;
  readonly holdings: ReadonlyMap<string, number>;
  readonly collateralPaise: number;
  /** Made by the flow; else the file describes it. */
  readonly isOfFlow: boolean;
};

const settlement = z.enum(["instant", "T+0", "T+1"], "write instant, T+0 or T+1");

/** The fields of `market`. */
export const marketFields = fieldsOf({
  settlement: settlement.default("instant"),
  symbols: z
    .record(
      symbol,
      fieldsOf({
        close: price.optional(),
        series: z.enum(["EQ", "BE"], "write EQ or BE").optional(),
        settlement: settlement.optional(),
      }),
      "write symbols such as SBIN: { close: 985.00 }",
    )
    .default({}),
  holidays: fieldsOf({
    exchange: z.array(date, "write a list of dates").default([]),
    bank: z.array(date, "write a list of dates").default([]),
  }).default({ exchange: [], bank: [] }),
  valuation_percent: whole.optional(),
  close_out_percent: whole.optional(),
  auction_band_percent: whole.optional(),
  guarantee_fund: positiveRupees.default(0),
});

const holdings = z.record(symbol, whole, "write shares by symbol such as { SBIN: 100 }");

/** The fields of `accounts`: each under its name. */
export const accountFields = z.record(
  accountText,
  fieldsOf({
    cash: positiveRupees.default(0),
    holdings: holdings.default({}),
    cover: z.enum(["full", "margin"], "write full or margin").default("full"),
    custodian: member.optional(),
    collateral: positiveRupees.default(0),
  }),
  "write accounts such as HDFC/asha: { cash: 1000.00 }",
);

/** The market's terms as the file says them; an instant market where it says nothing. */
export function marketOf(read: z.output<typeof marketFields>): ScenarioMarket {
  return {
    settlement: read.settlement,
    symbols: Object.entries(read.symbols).map(([named, { close, series, settlement: own }]) => ({
      symbol: named,
      closePaise: close,
      series,
      settlement: own,
    })),
    exchangeHolidays: read.holidays.exchange,
    bankHolidays: read.holidays.bank,
    valuationPercent: read.valuation_percent,
    closeOutPercent: read.close_out_percent,
    auctionBandPercent: read.auction_band_percent,
    guaranteeFundPaise: read.guarantee_fund,
  };
}

/** The accounts in the order of the file, with their lines. */
export function accountsOf(
  text: ScenarioText,
  read: z.output<typeof accountFields>,
): ScenarioAccount[] {
  return Object.entries(read).map(([key, { cash, collateral, custodian = null, ...rest }]) => ({
    ...account.parse(key),
    line: text.lineAt(["accounts", key]),
    cover: rest.cover,
    custodian,
    cashPaise: cash,
    holdings: new Map(Object.entries(rest.holdings)),
    collateralPaise: collateral,
    isOfFlow: false,
  }));
}
