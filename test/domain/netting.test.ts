import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { nseClearing } from "../../src/domain/clearing-terms.ts";
import type { ClearingTerms } from "../../src/domain/clearing-terms.ts";
import { balances, localTerms, nextDueMs } from "../../src/domain/market.ts";
import type { MarketTerms } from "../../src/domain/market.ts";
import { buy, given, sell } from "../given.ts";
import type { Sent } from "../given.ts";

const clearing = (over: Partial<ClearingTerms> = {}): MarketTerms => ({
  ...localTerms,
  clearing: { ...nseClearing, ...over },
});

/** Monday, 1 June 2026, and the days after it, in India. */
function at(time: string): number {
  const [day = "", clock = ""] = time.split(" ");
  return Date.parse(`2026-06-${day}T${clock}:00+05:30`);
}

const tick = (time: string): Sent => ({ command: { type: "Tick" }, atMs: at(time) });
const words = ["PAY_IN", "PAY_OUT", "RELEASE", "INSTRUCTION", "COMPLETED"];

test("a trade in a cycle is novated: eight postings in what is due, and blocks stay", () => {
  given([{ command: sell("s", 100, 98_500), atMs: at("01 10:00") }], clearing())
    .when({ command: buy("b", 100, 98_600), atMs: at("01 10:01") })
    .emitsOf(
      ["TRADE", "OPENED", "NOVATION", "NOVATED", "DAY", "RELEASE", "DVP", "SETTLED"],
      [
        "TRADE T-0-1-0-0 100 @ 985.00 O-0-1 O-0-0",
        "OPENED M2026100 traded 2026-06-01 settled 2026-06-02",
        "DAY 2026-06-01",
        "NOVATION T-0-1-0-0: HDFC INR due -9850000, clearing:ccp INR due 9850000, clearing:ccp INR due -9850000, SELLER INR due 9850000, SELLER SBIN due -100, clearing:ccp SBIN due 100, clearing:ccp SBIN due -100, HDFC SBIN due 100",
        "NOVATED T-0-1-0-0 in M2026100 by J-0-1-0-3",
        "RELEASE O-0-1: HDFC INR blocked -10000, HDFC INR free 10000",
      ],
    );
});

test("a trade of Monday is paid in and out on Tuesday, each at its time", () => {
  const start = given(
    [
      { command: sell("s", 100, 98_500), atMs: at("01 10:00") },
      { command: buy("b", 100, 98_500), atMs: at("01 10:01") },
    ],
    clearing(),
  );
  equal(nextDueMs(start.market), at("01 15:30"));
  start.when(tick("01 15:30")).emits(["DAY CLOSED 2026-06-01: SBIN 985.00 high 985.00"]);
  start
    .when(tick("01 21:00"))
    .emits([
      "STAGE M2026100 Provisional",
      "OBLIGATION Provisional HDFC: INR -9850000, SBIN 100",
      "MEMBER Provisional HDFC: INR -9850000, SBIN 100",
      "OBLIGATION Provisional SELLER: INR 9850000, SBIN -100",
      "MEMBER Provisional SELLER: INR 9850000, SBIN -100",
      "DONE M2026100 4",
    ]);
  equal(nextDueMs(start.market), at("02 08:30"));
  start
    .when(tick("02 08:30"))
    .emitsOf(
      ["MEMBER"],
      ["MEMBER Final HDFC: INR -9850000, SBIN 100", "MEMBER Final SELLER: INR 9850000, SBIN -100"],
    );
  start
    .when(tick("02 10:30"))
    .emitsOf(words, [
      "PAY_IN I-M2026100-SELLER-SBIN: SELLER SBIN blocked -100, clearing:ccp SBIN transit 100, SELLER SBIN due 100, clearing:ccp SBIN due -100",
      "INSTRUCTION SELLER DELI 100 of 100 SBIN Settled null",
      "PAY_IN I-M2026100-HDFC-INR: HDFC INR blocked -9850000, HDFC INR transit 9850000",
      "INSTRUCTION HDFC DELI 9850000 of 9850000 INR Settled null",
      "PAY_IN M2026100-HDFC: HDFC INR transit -9850000, clearing:ccp INR transit 9850000, HDFC INR due 9850000, clearing:ccp INR due -9850000",
    ]);
  equal(nextDueMs(start.market), at("02 15:30"));
  const { market } = start.when(tick("02 15:30"));
  equal(nextDueMs(market), null);
  deepEqual(
    balances(market).filter(({ account }) => !account.startsWith("opening:")),
    [
      holding("HDFC", "INR", 1e13 - 9_850_000),
      holding("HDFC", "SBIN", 1e9 + 100),
      holding("SELLER", "INR", 1e13 + 9_850_000),
      holding("SELLER", "SBIN", 1e9 - 100),
      holding("clearing:ccp", "INR", 0),
      holding("clearing:ccp", "SBIN", 0),
    ],
  );
});

function holding(account: string, asset: string, free: number) {
  return { account, asset, free, blocked: 0, transit: 0, due: 0 };
}
