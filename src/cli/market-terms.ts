import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { nseInstruments } from "../domain/nse-instruments.ts";
import { localTerms } from "../domain/terms.ts";
import type { MarketTerms } from "../domain/terms.ts";
import { paise } from "../domain/units.ts";
import { Failure, exitCode } from "./output.ts";

const amount = z.int().min(0);
const holdings = { cash_paise: amount, shares_each: amount };

/** `participants.json`: who takes part, and with what each account opens. Money in paise. */
const participantsFile = z.strictObject({
  mode: z.enum(["open", "strict"]),
  participants: z.array(z.strictObject({ participant: z.string().min(1), ...holdings })),
  unknown: z.strictObject(holdings),
});

/** The market's terms, and the digest of all that must be the same for every writer of one log (R2). */
export type ReadTerms = { readonly terms: MarketTerms; readonly termsDigest: string };

/** Reads the terms from a participants file. `mode`, when given, wins over the file's. */
export async function readTerms(file: string, mode?: "open" | "strict"): Promise<ReadTerms> {
  const parsed = participantsFile.safeParse(await readJson(file));
  if (!parsed.success) throw new Failure(`${file}: ${describe(parsed.error)}`, exitCode.usage);
  const said = { ...parsed.data, mode: mode ?? parsed.data.mode };
  const terms: MarketTerms = {
    ...localTerms,
    instruments: nseInstruments,
    mode: said.mode,
    participants: said.participants.map(({ participant, cash_paise, shares_each }) => ({
      participant,
      cashPaise: paise(cash_paise),
      sharesEach: shares_each,
    })),
    openingCashPaise: paise(said.unknown.cash_paise),
    openingShares: said.unknown.shares_each,
  };
  return { terms, termsDigest: hash("sha256", JSON.stringify(said)) };
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`cannot read ${file}: ${why}`, exitCode.usage);
  }
}

function describe(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => `${path.join(".") || "file"}: ${message}`)
    .join("; ");
}
