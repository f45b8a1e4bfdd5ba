import { assert } from "./units.ts";
import type { Ticker } from "./units.ts";

/** Where an amount lies in an account: free to use, blocked for an order or obligation, on its way. */
export type Bucket = "free" | "blocked" | "transit";

/** What is held: rupees, counted in paise, or shares of a symbol. */
export type Asset = "INR" | Ticker;

/** One movement. `amount` is paise for INR, else shares; negative leaves the account. */
export type Posting = {
  /** `HDFC` (the member's own), `HDFC/<client>`, or `opening:HDFC`, where openings come from. */
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
  const sums = new Map<Asset, number>();
  for (const { asset, amount } of journal.postings) {
    assert(Number.isSafeInteger(amount), `${journal.journalId}: ${amount} is not a whole amount`);
    sums.set(asset, (sums.get(asset) ?? 0) + amount);
  }
  for (const [asset, sum] of sums)
    assert(sum === 0, `${journal.journalId}: ${asset} sums to ${sum}`);
}
