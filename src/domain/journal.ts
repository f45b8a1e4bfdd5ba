import { broken } from "./units.ts";
import type { Ticker } from "./units.ts";

/** Where an amount lies in an account: free to use, blocked for an order or obligation, on its way. */
export type Bucket = "free" | "blocked" | "transit";

/** What is held: `INR` is rupees, counted in paise; anything else is shares of that symbol. */
export type Asset = Ticker;

/** One movement. `amount` is paise for INR, else shares; negative leaves the account. */
export type Posting = {
  /** `HDFC` (the member's own), `HDFC/<client>`, or `opening:<account>`, where openings come from. */
  readonly account: string;
  readonly asset: Asset;
  readonly bucket: Bucket;
  readonly amount: number;
};

/** Why assets moved. */
export type JournalKind = "OPENING" | "BLOCK" | "RELEASE" | "DVP";

/** Movements that happen together or not at all. `reference` is the order's or the trade's id. */
export type Journal = {
  readonly journalId: string;
  readonly kind: JournalKind;
  readonly reference: string;
  readonly postings: readonly Posting[];
};

/** Breaks unless the postings are safe integers that sum to zero for each asset. */
export function assertBalanced(journal: Journal): void {
  const { postings } = journal;
  for (const { asset, amount } of postings) {
    if (!Number.isSafeInteger(amount)) broken(`${journal.journalId}: ${amount} is not whole`);
    // Two to eight postings: adding each asset once per posting is faster than a map of sums.
    let sum = 0;
    for (const other of postings) if (other.asset === asset) sum += other.amount;
    if (sum !== 0) broken(`${journal.journalId}: ${asset} sums to ${sum}`);
  }
}
