import {
  canonicalSymbol,
  isListableSymbol,
  listedOnFirstUse,
  type Instrument,
} from "./instrument.ts";
import { accountKey, isParticipantName } from "./account.ts";
import type { AccountTerms, ClearingTerms, Cover } from "./clearing-terms.ts";
import type { Asset } from "./journal.ts";
import { nseInstruments } from "./nse-instruments.ts";
import { paise, type Paise, type Participant, type Ticker } from "./units.ts";

/** What a participant starts with: cash in paise, and shares of each symbol it comes to touch. */
type ParticipantTerms = {
  readonly participant: Participant;
  readonly cashPaise: Paise;
  readonly sharesEach: number;
};

/**
 * What the market is run by. Inputs of `decide` only: `evolve` sees events, so a log can be folded
 * without them.
 */
export type MarketTerms = {
  /** `open` takes unknown participants and symbols in; `strict` refuses them. */
  readonly mode: "open" | "strict";
  readonly participants: readonly ParticipantTerms[];
  /** What an unknown participant gets in open mode. */
  readonly openingCashPaise: Paise;
  readonly openingShares: number;
  readonly instruments: readonly Instrument[];
  /** How long an answer that came before its order is kept. */
  readonly answerWindowMs: number;
  /**
   * For how long after an answer without any id was used an equal one that finds no order is its
   * sender's retry. As long as Kafka's producers go on trying by default (`delivery.timeout.ms`).
   */
  readonly answerRepeatWindowMs: number;
  /** How long a negotiated order waits for its counterparty. */
  readonly confirmationWindowMs: number;
  /** Null: every trade settles at once. */
  readonly clearing: ClearingTerms | null;
};

/** Rs 10,000 crore. */
const localCashPaise = paise(1e13);
/** 100 crore shares. */
const localShares = 1e9;

/** The local market: open, with the seeds' three members. */
export const localTerms: MarketTerms = {
  mode: "open",
  participants: ["HDFC", "SELLER", "COUNTERPARTY"].map((participant) => ({
    participant,
    cashPaise: localCashPaise,
    sharesEach: localShares,
  })),
  openingCashPaise: localCashPaise,
  openingShares: localShares,
  instruments: nseInstruments,
  answerWindowMs: 5_000,
  answerRepeatWindowMs: 120_000,
  confirmationWindowMs: 24 * 60 * 60 * 1_000,
  clearing: null,
};

/** True if the market deals with this participant. */
export function isAdmitted(terms: MarketTerms, participant: Participant): boolean {
  if (!isParticipantName(participant)) return false;
  return terms.mode === "open" || findParticipant(terms, participant) !== undefined;
}

/**
 * What an account opens with, by its own terms or its participant's: paise of INR, or shares of
 * a symbol.
 */
export function openingAmount(
  terms: MarketTerms,
  participant: Participant,
  client: string | null,
  asset: Asset,
): number {
  const account = findAccountTerms(terms, participant, client);
  if (account !== undefined)
    return asset === "INR" ? account.cashPaise : (account.holdings.get(asset) ?? 0);
  const own = findParticipant(terms, participant);
  if (asset === "INR") return own?.cashPaise ?? terms.openingCashPaise;
  return own?.sharesEach ?? terms.openingShares;
}

/** The instrument a symbol not listed yet would be listed as; undefined where it may not be. */
export function findListable(terms: MarketTerms, symbol: Ticker): Instrument | undefined {
  if (!isListableSymbol(symbol) || canonicalSymbol(symbol) !== symbol) return undefined;
  const known = terms.instruments.find((instrument) => instrument.symbol === symbol);
  const listable = known ?? (terms.mode === "open" ? listedOnFirstUse(symbol) : undefined);
  return listable === undefined ? undefined : withSettlement(terms, listable);
}

/**
 * What covers an account's orders in an instrument. A trade that settles at once needs all of it.
 */
export function coverFor(
  terms: MarketTerms,
  { settlement }: Instrument,
  participant: Participant,
  client: string | null,
): Cover {
  return settlement === undefined ? "full" : accountCover(terms, participant, client);
}

/** What covers an account's orders where its trades settle in a cycle. */
export function accountCover(
  terms: MarketTerms,
  participant: Participant,
  client: string | null,
): Cover {
  return findAccountTerms(terms, participant, client)?.cover ?? "full";
}

function withSettlement({ clearing }: MarketTerms, instrument: Instrument): Instrument {
  if (clearing === null) return instrument;
  const own = clearing.symbols.get(instrument.symbol);
  const settlement = own?.settlement ?? clearing.settlement;
  if (settlement === "instant") return instrument;
  return { ...instrument, series: own?.series ?? instrument.series, settlement };
}

function findAccountTerms(
  { clearing }: MarketTerms,
  participant: Participant,
  client: string | null,
): AccountTerms | undefined {
  return clearing?.accounts.get(accountKey(participant, client));
}

function findParticipant(terms: MarketTerms, name: Participant): ParticipantTerms | undefined {
  return terms.participants.find(({ participant }) => participant === name);
}
