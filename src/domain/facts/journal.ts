import { failInvariant, type Ticker } from "./units.ts";

/**
 * Where an amount lies in an account: free to use, blocked for an order or obligation, on its way;
 * or not there yet, but due. Only what is due may be negative: then the account owes it.
 */
export type Bucket = "free" | "blocked" | "transit" | "due";

/** What is held: `INR` is rupees, counted in paise; anything else is shares of that symbol. */
export type Asset = Ticker;

/** One movement. `amount` is paise for INR, else shares; negative leaves the account. */
export type Posting = {
  /**
   * `HDFC` (the member's own), `HDFC/<client>`, one of clearing's, or `opening:` or
   * `external:<account>`.
   */
  readonly account: string;
  readonly asset: Asset;
  readonly bucket: Bucket;
  readonly amount: number;
};

/**
 * Why assets moved. MARGIN blocks more or less of it. In a cycle: the clearing corporation between
 * both sides, what a custodian took over from a member, what went to the corporation and came from
 * it, what a shortage cost, what stood in for a member that did not pay, and what was paid later.
 * DEPOSIT and WITHDRAWAL: to and from what is outside the market.
 */
export type JournalKind =
  | "OPENING"
  | "BLOCK"
  | "RELEASE"
  | "MARGIN"
  | "DVP"
  | "NOVATION"
  | "AFFIRM"
  | "PAY_IN"
  | "PAY_OUT"
  | "VALUATION_DEBIT"
  | "AUCTION"
  | "CLOSE_OUT"
  | "DEFAULT"
  | "DUES"
  | "DEPOSIT"
  | "WITHDRAWAL";

/**
 * Movements that happen together or not at all. `reference`: the id of the order, trade,
 * instruction or lot.
 */
export type Journal = {
  readonly journalId: string;
  readonly kind: JournalKind;
  readonly reference: string;
  readonly postings: readonly Posting[];
};

/**
 * The two postings that move an amount between the buckets of one account: first it leaves, then
 * it arrives.
 */
export function moveBucket({
  account,
  asset,
  from,
  to,
  amount,
}: Omit<Posting, "bucket"> & { readonly from: Bucket; readonly to: Bucket }): readonly [
  Posting,
  Posting,
] {
  return [
    { account, asset, bucket: from, amount: 0 - amount },
    { account, asset, bucket: to, amount },
  ];
}

/**
 * The two postings that move an amount of a bucket from one account to another: first it leaves,
 * then it arrives.
 */
export function moveAccount({
  asset,
  bucket,
  from,
  to,
  amount,
}: Omit<Posting, "account"> & { readonly from: string; readonly to: string }): readonly [
  Posting,
  Posting,
] {
  return [
    { account: from, asset, bucket, amount: 0 - amount },
    { account: to, asset, bucket, amount },
  ];
}

/** Breaks unless the postings are safe integers that sum to zero for each asset. */
export function assertBalanced(journal: Journal): void {
  const { postings } = journal;
  for (const { asset, amount } of postings) {
    if (!Number.isSafeInteger(amount))
      failInvariant(`${journal.journalId}: ${amount} is not whole`);
    // Two to eight postings: adding each asset once per posting is faster than a map of sums.
    let sum = 0;
    for (const other of postings) if (other.asset === asset) sum += other.amount;
    if (sum !== 0) failInvariant(`${journal.journalId}: ${asset} sums to ${sum}`);
  }
}
