import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { nextDueMs } from "../../src/domain/market.ts";
import { account, at, clearingTerms, holdingsOf, offer, tick } from "../clearing-given.ts";
import { buy, given, sell } from "../given.ts";
import type { Sent } from "../given.ts";

/** M1's client short has no shares and much cash; buyers and offerers are covered in full. */
const terms = clearingTerms({
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

const short = { participant: "M1", client: "short" };
const buyer = { participant: "M2", client: "buyer" };

function placed(time: string, command: Sent["command"]): Sent {
  return { command, atMs: at(time) };
}

/** On Monday the short client sells 1000 at 200.00; the day's highest is 204.00. */
function monday(): Sent[] {
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

const buyIns = ["SHORT", "AUCTION", "VALUATION", "BOUGHT", "CLOSED", "CLOSE_OUT", "OFFER", "DEBT"];

test("an account on margin may sell what it does not have; one covered in full may not", () => {
  const start = given([placed("01 10:00", sell("s", 1, 200_00, short))], terms);
  deepEqual(
    start.steps[0]?.events.flatMap((event) => ("cover" in event ? [event.cover] : [])),
    ["margin"],
  );
  start
    .when(placed("01 10:01", sell("s2", 1, 200_00, { participant: "M1" })))
    .emitsOf(["REJECTED"], ["REJECTED O-0-1 s2 INSUFFICIENT_HOLDINGS"]);
});

test("a short seller's member is debited at pay-in, and an auction is called", () => {
  given(monday(), terms)
    .when(tick("02 10:30"))
    .emitsOf(
      [...buyIns, "INSTRUCTION M1/short"],
      [
        "INSTRUCTION M1/short DELI 0 of 1000 SBIN Failing LACK",
        "AUCTION CALLED SBIN 2026-06-02 160.00 to 240.00",
        "VALUATION_DEBIT L-0-7-0-0: M1 INR transit -20000000, clearing:ccp INR blocked 20000000, M1/short INR due -20000000, M1 INR due 20000000",
        "DEBT M1/short owes M1 20000000 LACK",
        "SHORT M1/short to M2/buyer 1000 SBIN debited 20000000",
      ],
    );
});

test("what nobody offers is closed out: highs 204 and 210, close 209 make 250.80", () => {
  const start = given(monday(), terms);
  start.when(tick("02 10:30"));
  for (const [time, price, id] of [
    ["02 11:00", 210_00, "x"],
    ["02 15:10", 209_00, "y"],
  ] as const) {
    start.when(placed(time, sell(`${id}1`, 10, price, { participant: "M3" })));
    start.when(placed(time, buy(`${id}2`, 10, price, { ...buyer })));
  }
  const { market } = start.when(tick("02 15:30"));
  const events = start.steps.at(-1)?.events ?? [];
  const closed = events.find((event) => event.type === "ClosedOut");
  deepEqual(
    [closed?.quantity, closed?.pricePaise, closed?.amountPaise, closed?.paidPaise],
    [1_000, 250_80, 250_800_00, 250_800_00],
  );
  // The buyer paid 200,000 and got 250,800; its Tuesday's purchases are still blocked.
  const tuesdays = 10 * 210_00 + 10 * 209_00;
  deepEqual(
    holdingsOf(market, "M2/buyer")["M2/buyer INR"],
    `${1_000_000_00 + 50_800_00 - tuesdays}/${tuesdays}/${0 - tuesdays}`,
  );
  deepEqual(holdingsOf(market, "M1", "M1/short"), {
    "M1 INR": `${1_000_000_00 - 50_800_00}/0/${50_800_00}`,
    "M1/short INR": `${1_000_000_00}/0/${0 - 50_800_00}`,
    "M1/short SBIN": "0/0/0",
  });
});

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
  equal(nextDueMs(market), at("03 08:00"));
  start
    .when(tick("03 08:00"))
    .emitsOf(
      ["DVP", "DELIVERED", "COMPLETED"],
      [
        "DVP B-0-12-0-0: clearing:ccp INR blocked -10100000, clearing:ccp INR due 10100000, M4 SBIN blocked -500, M2/buyer SBIN free 500, M4 INR due -10100000, M4 SBIN due 500, M2/buyer SBIN due -500, M4 INR free 10100000",
        "DELIVERED B-0-12-0-0 by J-0-14-0-0",
        "DVP B-0-12-0-1: clearing:ccp INR blocked -10150000, clearing:ccp INR due 10150000, M3 SBIN blocked -500, M2/buyer SBIN free 500, M3 INR due -10150000, M3 SBIN due 500, M2/buyer SBIN due -500, M3 INR free 10150000",
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
