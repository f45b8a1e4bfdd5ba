import { accountKey } from "../domain/facts/account.ts";
import { withHolidays } from "../domain/facts/calendar.ts";
import { nseClearing } from "../domain/facts/nse-clearing.ts";
import type { ClearingTerms, ShortageRates } from "../domain/facts/clearing-terms.ts";
import { listedOnFirstUse, tickPaise, type Instrument } from "../domain/facts/instrument.ts";
import { localTerms, type MarketTerms } from "../domain/market.ts";
import { nseInstruments } from "../domain/facts/nse-instruments.ts";
import { paise, pricePaise } from "../domain/facts/units.ts";
import type { Scenario } from "./reading/scenario.ts";
import type { ScenarioMarket, ScenarioSymbol } from "./reading/market.ts";

/**
 * The terms of a scenario's market: strict, with the accounts and securities that the file
 * describes and NSE's list. An account that the file does not describe opens with nothing.
 */
export function scenarioTerms({ accounts, market }: Scenario): MarketTerms {
  const custodians = accounts.flatMap(({ custodian }) => (custodian === null ? [] : [custodian]));
  const members = new Set([...accounts.map(({ participant }) => participant), ...custodians]);
  return {
    ...localTerms,
    mode: "strict",
    participants: [...members].map((participant) => ({
      participant,
      cashPaise: paise(0),
      sharesEach: 0,
    })),
    openingCashPaise: paise(0),
    openingShares: 0,
    instruments: [
      ...market.symbols.map(instrumentOf),
      ...nseInstruments.filter(({ symbol }) => !isDescribed(market, symbol)),
    ],
    clearing: clearingTerms({ accounts, market }),
  };
}

function clearingTerms({ accounts, market }: Pick<Scenario, "accounts" | "market">): ClearingTerms {
  const { settlement, symbols, guaranteeFundPaise } = market;
  const holidays = { exchange: market.exchangeHolidays, bank: market.bankHolidays };
  return {
    ...nseClearing,
    calendar: withHolidays(nseClearing.calendar, holidays, "the scenario"),
    shortageRates: nseClearing.shortageRates.map((rates) => ({ ...rates, ...ownRates(market) })),
    settlement,
    symbols: new Map(
      symbols.map(({ symbol, settlement: own, series }) => [
        symbol,
        { settlement: own ?? settlement, series: series ?? "EQ" },
      ]),
    ),
    accounts: new Map(
      accounts.map(({ participant, client, cover, custodian, cashPaise, holdings }) => [
        accountKey(participant, client),
        { cover, custodian, cashPaise: paise(cashPaise), holdings },
      ]),
    ),
    collateral: new Map(
      accounts
        .filter(({ client }) => client === null)
        .map(({ participant, collateralPaise }) => [participant, paise(collateralPaise)]),
    ),
    guaranteeFundPaise: paise(guaranteeFundPaise),
  };
}

function ownRates(market: ScenarioMarket): Partial<ShortageRates> {
  const { valuationPercent, closeOutPercent, auctionBandPercent } = market;
  return {
    ...(valuationPercent === undefined ? {} : { valuationPercent }),
    ...(closeOutPercent === undefined ? {} : { closeOutPercent }),
    ...(auctionBandPercent === undefined ? {} : { auctionBandPercent }),
  };
}

function instrumentOf({ symbol, closePaise, series }: ScenarioSymbol): Instrument {
  const known = nseInstruments.find((each) => each.symbol === symbol) ?? listedOnFirstUse(symbol);
  const named = { ...known, series: series ?? known.series };
  if (closePaise === undefined) return named;
  const referenceClosePaise = pricePaise(closePaise);
  return { ...named, referenceClosePaise, tickPaise: tickPaise(referenceClosePaise) };
}

function isDescribed({ symbols }: ScenarioMarket, symbol: string): boolean {
  return symbols.some((each) => each.symbol === symbol);
}
