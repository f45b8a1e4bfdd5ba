import { account, at, clearingTerms, tick } from "../clearing-given.ts";
import { buy, sell, type Sent } from "../given.ts";

/** M1's client short has no shares and much cash; buyers and offerers are covered in full. */
export const terms = clearingTerms({
  shortageRates: [
    {
      from: "2026-01-01",
      source: "test",
      isVerified: false,
      valuationPercent: 100,
      closeOutPercent: 120,
      auctionBandPercent: 20,
    },
  ],
  accounts: new Map([
    ["M1/short", account("margin", 1_000_000_00)],
    ["M1", account("full", 1_000_000_00)],
    ["M1/inner", account("full", 1_000_000_00)],
    ["M2/buyer", account("full", 1_000_000_00)],
    ["M3", account("full", 0, { SBIN: 10_000 })],
    ["M4", account("full", 10_000_00, { SBIN: 10_000 })],
  ]),
});

/** Who sells what it does not have. */
export const short = { participant: "M1", client: "short" };

/** Who buys it. */
export const buyer = { participant: "M2", client: "buyer" };

/** An order at a time of June 2026, as `at` reads it. */
export function placed(time: string, command: Sent["command"]): Sent {
  return { command, atMs: at(time) };
}

/** On Monday the short client sells 1000 at 200.00; the day's highest is 204.00. */
export function monday(): Sent[] {
  return [
    placed("01 10:00", sell("h1", 10, 204_00, { participant: "M3" })),
    placed("01 10:01", buy("h2", 10, 204_00, { participant: "M4" })),
    placed("01 10:02", sell("s", 1_000, 200_00, short)),
    placed("01 10:03", buy("b", 1_000, 200_00, buyer)),
    tick("01 15:30"),
    tick("01 21:00"),
    tick("02 08:30"),
  ];
}

/** The lines of a shortage, from its finding to its end. */
export const buyIns = [
  "SHORT",
  "AUCTION",
  "VALUATION",
  "BOUGHT",
  "CLOSED",
  "CLOSE_OUT",
  "OFFER",
  "DEBT",
];
