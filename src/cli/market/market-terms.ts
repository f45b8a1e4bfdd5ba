import { hash } from "node:crypto";
import { withHolidays } from "../../domain/facts/calendar.ts";
import { nseClearing } from "../../domain/facts/nse-clearing.ts";
import type { ClearingTerms } from "../../domain/facts/clearing-terms.ts";
import { nseInstruments } from "../../domain/facts/nse-instruments.ts";
import { localTerms, type MarketTerms } from "../../domain/facts/terms.ts";
import { paise } from "../../domain/facts/units.ts";
import { readParticipants, type ParticipantsFile } from "./participants-file.ts";

/**
 * The market's terms, and the digest of all that must be the same for every writer of one log (R2).
 */
export type ReadTerms = { readonly terms: MarketTerms; readonly termsDigest: string };

/** Reads the terms from a participants file. `mode`, when given, wins over the file's. */
export async function readTerms(file: string, mode?: "open" | "strict"): Promise<ReadTerms> {
  const read = await readParticipants(file);
  const content = { ...read, mode: mode ?? read.mode };
  const terms: MarketTerms = {
    ...localTerms,
    instruments: nseInstruments,
    mode: content.mode,
    participants: content.participants.map(({ participant, cash_paise, shares_each }) => ({
      participant,
      cashPaise: paise(cash_paise),
      sharesEach: shares_each,
    })),
    openingCashPaise: paise(content.unknown.cash_paise),
    openingShares: content.unknown.shares_each,
    clearing: clearingOf(content),
  };
  return { terms, termsDigest: hash("sha256", JSON.stringify(content)) };
}

/**
 * NSE's clearing, with members' own cash and shares as cover; null where every trade settles
 * at once.
 */
function clearingOf({ settlement = "instant", holidays }: ParticipantsFile): ClearingTerms | null {
  if (settlement === "instant") return null;
  const { calendar } = nseClearing;
  return {
    ...nseClearing,
    settlement,
    calendar:
      holidays === undefined ? calendar : withHolidays(calendar, holidays, "participants.json"),
  };
}
