import { nseCalendar } from "./nse-calendar.ts";
import { nseNumberExceptions } from "./nse-settlement-numbers.ts";
import { nseTimetables } from "./nse-timetables.ts";
import { paise } from "./units.ts";
import type { ClearingTerms } from "./clearing-terms.ts";

/**
 * NSE's clearing, T+1 for every symbol, with nobody's own terms, no collateral and an empty fund.
 */
export const nseClearing: ClearingTerms = {
  calendar: nseCalendar,
  numberExceptions: nseNumberExceptions,
  timetables: nseTimetables,
  shortageRates: [
    {
      from: "2000-01-01",
      source: "NSE's page on shortages: the settlement price itself; close-out 120 %; band unseen",
      isVerified: false,
      valuationPercent: 100,
      closeOutPercent: 120,
      auctionBandPercent: 20,
    },
    {
      from: "2025-10-01",
      source:
        "NSE Clearing CMPT/70285 of September 2025; 120 % by BSE's notice of 23 September 2025; the day it began is unseen",
      isVerified: false,
      valuationPercent: 120,
      closeOutPercent: 120,
      auctionBandPercent: 20,
    },
  ],
  withdrawalRules: [
    {
      from: "2000-01-01",
      source:
        "NSE Clearing: trading is withdrawn for a shortage of funds of Rs 5 lakh or more; that a day's are added is ours",
      isVerified: true,
      lackPaise: paise(50_000_000),
    },
  ],
  marginRates: [
    {
      from: "2000-01-01",
      source: "an older page of NSE: 3.5 sigma or 7.5 %, ELM 5 %; groups II and III as today",
      isVerified: false,
      varBasisPoints: { I: 750, II: 2150, III: 5000, "III-rare": 7500 },
      elmBasisPoints: 500,
      leastBasisPoints: 0,
    },
    {
      from: "2021-09-01",
      source:
        "NSE, equity market margins: VaR; ELM 3.5 % and the least of 20 % upfront are brokers' accounts",
      isVerified: false,
      varBasisPoints: { I: 900, II: 2150, III: 5000, "III-rare": 7500 },
      elmBasisPoints: 350,
      leastBasisPoints: 2000,
    },
  ],
  settlement: "T+1",
  symbols: new Map(),
  accounts: new Map(),
  collateral: new Map(),
  guaranteeFundPaise: paise(0),
};
