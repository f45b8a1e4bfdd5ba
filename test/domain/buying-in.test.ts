import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { nextDueMs } from "../../src/domain/market.ts";
import { at, clearingTerms, holdingsOf, offer, tick } from "../clearing-given.ts";
import { buy, given, sell } from "../given.ts";
import { buyer, monday, placed, short, terms } from "./short-sale.ts";

test("the lowest offers are bought, the oldest of equal ones first, and delivered the next day", () => {
  const start = given(monday(), terms);
  start.when(tick("02 10:30"));
  const offers: [string, string, number, number][] = [
    ["M3", "a", 500, 203_00],
    ["M4", "b", 500, 202_00],
    ["M4", "c", 500, 203_00],
    ["M3", "d", 500, 239_00],
  ];
  for (const [who, id, shares, price] of offers)
    start.when(placed("02 14:40", offer(who, id, shares, price)));
  start
    .when(tick("02 15:00"))
    .emitsOf(
      ["BOUGHT", "OPENED", "OFFER", "AUCTION ENDED"],
      [
        "OPENED A2026100 traded 2026-06-02 settled 2026-06-03",
        "BOUGHT IN 500 SBIN @ 202.00 from U-0-9 in A2026100",
        "BOUGHT IN 500 SBIN @ 203.00 from U-0-8 in A2026100",
        "OFFER ENDED U-0-10 500",
        "OFFER ENDED U-0-11 500",
        "AUCTION ENDED SBIN",
      ],
    );
  const { market } = start.when(tick("02 15:30"));
  equal(holdingsOf(market, "M2/buyer")["M2/buyer SBIN"], "0/0/1000");
  equal(nextDueMs(market), at("03 10:00"));
  start
    .when(tick("03 10:00"))
    .emitsOf(
      ["DVP", "DELIVERED", "COMPLETED"],
      [
        "DVP B-0-12-0-0: clearing:ccp INR blocked -10100000, clearing:ccp INR due 10100000, " +
          "M4 SBIN blocked -500, M2/buyer SBIN free 500, M4 INR due -10100000, M4 SBIN due 500, " +
          "M2/buyer SBIN due -500, M4 INR free 10100000",
        "DELIVERED B-0-12-0-0 by J-0-14-0-0",
        "DVP B-0-12-0-1: clearing:ccp INR blocked -10150000, clearing:ccp INR due 10150000, " +
          "M3 SBIN blocked -500, M2/buyer SBIN free 500, M3 INR due -10150000, M3 SBIN due 500, " +
          "M2/buyer SBIN due -500, M3 INR free 10150000",
        "DELIVERED B-0-12-0-1 by J-0-14-0-1",
        "COMPLETED A2026100: 2 trades, gross 20250000, net 20250000, saved 0",
      ],
    );
  // The short client sold for 200,000 and owes its member the 2,500 that the shares cost more.
  deepEqual(holdingsOf(market, "M2/buyer", "M1", "M1/short", "clearing:ccp"), {
    "M2/buyer INR": `${1_000_000_00 - 200_000_00}/0/0`,
    "M2/buyer SBIN": "1000/0/0",
    "M1 INR": `${1_000_000_00 - 2_500_00}/0/${2_500_00}`,
    "M1/short INR": `${1_000_000_00}/0/${0 - 2_500_00}`,
    "M1/short SBIN": "0/0/0",
    "clearing:ccp INR": "0/0/0",
    "clearing:ccp SBIN": "0/0/0",
  });
});

test("each part of a lot uses its part of the debit, and costs its member what is missing", () => {
  const start = given(
    [
      ...monday(),
      tick("02 10:30"),
      placed("02 14:40", offer("M3", "a", 250, 199_00)),
      placed("02 14:40", offer("M3", "b", 750, 201_00)),
    ],
    terms,
  );
  start
    .when(tick("02 15:00"))
    .emitsOf(
      ["AUCTION B", "VALUATION"],
      [
        "AUCTION B-0-10-0-0: M3 SBIN due -250, M1/short SBIN due 250, " +
          "clearing:ccp INR due -4975000, M3 INR due 4975000",
        "VALUATION_DEBIT L-0-7-0-0: clearing:ccp INR blocked -25000, M1/short INR due 25000, " +
          "M1 INR due -25000, M1 INR free 25000",
        "AUCTION B-0-10-0-1: M3 SBIN due -750, M1/short SBIN due 750, " +
          "clearing:ccp INR due -15075000, M3 INR due 15075000, M1 INR transit -75000, " +
          "clearing:ccp INR blocked 75000, M1/short INR due -75000, M1 INR due 75000",
      ],
    );
});

test("the price of the morning counts where it is higher than 120 % of the last close", () => {
  const symbols = new Map([["BETA", { settlement: "T+1" as const, series: "BE" }]]);
  const start = given(
    [
      placed("01 10:00", sell("s", 10, 100_00, { ...short, symbol: "BETA" })),
      placed("01 10:01", buy("b", 10, 100_00, { ...buyer, symbol: "BETA" })),
      tick("01 15:30"),
      placed("02 09:30", sell("x", 1, 130_00, { participant: "M6", symbol: "BETA" })),
      placed("02 09:31", buy("y", 1, 130_00, { ...buyer, symbol: "BETA" })),
    ],
    clearingTerms({ ...terms.clearing, symbols }),
  );
  start
    .when(tick("02 10:30"))
    .emitsOf(["TRADE CLOSED"], ["TRADE CLOSED OUT T-0-1-0-0 @ 130.00 paid 30000 of 30000"]);
});
