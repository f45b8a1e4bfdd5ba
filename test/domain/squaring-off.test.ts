import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import type { PlaceOrder } from "../../src/domain/facts/command.ts";
import { describeMarket, evolveStep, initialMarket, nextDueMs } from "../../src/domain/market.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import { account, at, clearingTerms, holdingsOf, tick } from "../clearing-given.ts";
import { buy, cancel, given, negotiate, sell, type Sent } from "../given.ts";

const terms = clearingTerms({
  accounts: new Map([
    ["HDFC/asha", account("margin", 100_000_00)],
    ["HDFC/full", account("full", 100_000_00)],
    ["M1", account("full", 1_000_000_00, { SBIN: 1_000, TCS: 1_000, ITC: 1_000 })],
  ]),
  symbols: new Map([
    ["TCS", { settlement: "instant", series: "EQ" }],
    ["ITC", { settlement: "T+1", series: "BE" }],
  ]),
});
const asha = { participant: "HDFC", client: "asha" };
const mis = { ...asha, product: "MIS" } as const;
const full = { participant: "M1", client: null };

function placed(time: string, command: Sent["command"]): Sent {
  return { command, atMs: at(time) };
}

/** At the cut-off one tick takes orders out, the next turns a position round. */
const words = ["EXPIRED", "ACCEPTED", "TRADE", "SQUARED"];

test("an MIS buy is sold at the cut-off to whoever buys, by an order of the market", () => {
  const start = given(
    [
      placed("01 10:00", sell("s", 100, 985_00, full)),
      placed("01 10:01", buy("b", 100, 985_00, mis)),
      placed("01 10:02", buy("c", 60, 980_00, full)),
      placed("01 10:03", buy("d", 60, 970_00, full)),
    ],
    terms,
  );
  equal(nextDueMs(start.market), at("01 15:20"));
  start
    .when(tick("01 15:20"))
    .emitsOf(words, [
      "ACCEPTED O-0-4 A-0-4 SELL 100 SBIN",
      "TRADE T-0-4-0-0 60 @ 980.00 O-0-2 O-0-4",
      "TRADE T-0-4-0-1 40 @ 970.00 O-0-3 O-0-4",
      "SQUARED OFF HDFC/asha SELL 100 of 100 SBIN by O-0-4",
    ]);
  equal(nextDueMs(start.market), at("01 15:30"));
});

test("a cut-off after a stop squares off within the trade date, and delivers once that is over", () => {
  const day = [
    placed("01 10:00", sell("s", 100, 985_00, full)),
    placed("01 10:01", buy("b", 100, 985_00, mis)),
    placed("01 10:02", buy("c", 100, 980_00, full)),
  ];
  const kinds = ["TRADE", "SQUARED", "OPENED"];
  given(day, terms)
    .when(tick("01 20:59"))
    .emitsOf(kinds, [
      "TRADE T-0-3-0-0 100 @ 980.00 O-0-2 O-0-3",
      "SQUARED OFF HDFC/asha SELL 100 of 100 SBIN by O-0-3",
    ]);
  given(day, terms)
    .when(tick("01 21:00"))
    .emitsOf(kinds, ["SQUARED OFF HDFC/asha SELL 0 of 100 SBIN by O-0-3"]);
});

test("an MIS sale is bought back, at most 20 % above the last price", () => {
  const start = given(
    [
      placed("01 10:00", buy("b", 50, 985_00, full)),
      placed("01 10:01", sell("s", 50, 985_00, mis)),
      placed("01 10:02", sell("t", 30, 1_182_00, full)),
      placed("01 10:03", sell("u", 20, 1_182_05, full)),
    ],
    terms,
  );
  start
    .when(tick("01 15:20"))
    .emitsOf(words, [
      "ACCEPTED O-0-4 A-0-4 BUY 50 SBIN",
      "TRADE T-0-4-0-0 30 @ 1182.00 O-0-4 O-0-2",
      "EXPIRED O-0-4",
      "SQUARED OFF HDFC/asha BUY 30 of 50 SBIN by O-0-4",
    ]);
});

test("what finds nobody stays: it is delivered the next day", () => {
  const start = given(
    [
      placed("01 10:00", sell("s", 100, 985_00, full)),
      placed("01 10:01", buy("b", 100, 985_00, mis)),
    ],
    terms,
  );
  start
    .when(tick("01 15:20"))
    .emitsOf(words, [
      "ACCEPTED O-0-2 A-0-2 SELL 100 SBIN",
      "EXPIRED O-0-2",
      "SQUARED OFF HDFC/asha SELL 0 of 100 SBIN by O-0-2",
    ]);
  for (const time of ["01 15:30", "01 21:00", "02 08:30", "02 10:30", "02 15:30"])
    start.when(tick(time));
  deepEqual(holdingsOf(start.market, "HDFC/asha"), {
    "HDFC/asha INR": "150000/0/0",
    "HDFC/asha SBIN": "100/0/0",
  });
});

test("MIS orders in the book leave it at the cut-off, and their margin goes back", () => {
  const start = given([placed("01 10:00", buy("b", 100, 985_00, mis))], terms);
  start
    .when(tick("01 15:20"))
    .emitsOf(
      [...words, "MARGIN"],
      [
        "EXPIRED O-0-0",
        "MARGIN HDFC/asha: HDFC/asha INR free 1970000, HDFC/asha INR blocked -1970000",
      ],
    );
  equal(nextDueMs(start.market), null);
});

test("what is turned round or canceled before the cut-off is not squared off", () => {
  const start = given(
    [
      placed("01 10:00", sell("s", 100, 985_00, full)),
      placed("01 10:01", buy("b", 100, 985_00, mis)),
      placed("01 10:02", buy("c", 100, 985_00, full)),
      placed("01 10:03", sell("t", 100, 985_00, mis)),
      placed("01 10:04", buy("e", 1, 985_00, mis)),
      placed("01 10:05", cancel("x", "e")),
    ],
    terms,
  );
  equal(nextDueMs(start.market), at("01 15:30"));
  start.when(tick("01 15:30")).emitsOf(words, []);
});

test("a best bid whose account can take no more shares does not keep a position from being squared off", () => {
  const brim = { participant: "M2", client: null };
  const accounts = new Map([
    ["HDFC/asha", account("margin", 100_000_00)],
    ["M1", account("full", 1_000_000_00, { SBIN: 1_000 })],
    ["M2", account("full", 1_000_000_00, { SBIN: Number.MAX_SAFE_INTEGER - 60 })],
  ]);
  const start = given(
    [
      placed("01 10:00", sell("s", 110, 985_00, full)),
      placed("01 10:01", buy("b", 100, 985_00, mis)),
      placed("01 10:02", buy("best", 60, 980_00, brim)),
      placed("01 10:03", buy("d", 60, 970_00, full)),
      placed("01 10:04", buy("more", 10, 985_00, brim)),
    ],
    clearingTerms({ accounts }),
  );
  start
    .when(tick("01 15:20"))
    .emitsOf(words, [
      "EXPIRED O-0-2",
      "ACCEPTED O-0-5 A-0-5 SELL 100 SBIN",
      "TRADE T-0-5-0-0 60 @ 970.00 O-0-3 O-0-5",
      "EXPIRED O-0-5",
      "SQUARED OFF HDFC/asha SELL 60 of 100 SBIN by O-0-5",
    ]);
});

test("CNC shares of the same account are left alone", () => {
  const start = given(
    [
      placed("01 10:00", sell("s", 100, 985_00, full)),
      placed("01 10:01", buy("b", 60, 985_00, mis)),
      placed("01 10:02", buy("c", 40, 985_00, asha)),
      placed("01 10:03", buy("d", 100, 985_00, full)),
    ],
    terms,
  );
  start
    .when(tick("01 15:20"))
    .emitsOf(["SQUARED"], ["SQUARED OFF HDFC/asha SELL 60 of 60 SBIN by O-0-4"]);
});

const refusals: readonly [string, PlaceOrder, RegExp][] = [
  [
    "where trades settle at once",
    buy("b", 1, 985_00, { ...mis, symbol: "TCS" }),
    /TCS is not settled net/,
  ],
  ["in trade for trade", buy("b", 1, 985_00, { ...mis, symbol: "ITC" }), /ITC is not settled net/],
  ["negotiated", negotiate("b", 1, 985_00, mis), /a negotiated order is delivered/],
  [
    "of an account covered in full",
    buy("b", 1, 985_00, { ...mis, client: "full" }),
    /not on margin/,
  ],
];

for (const [what, command, expected] of refusals)
  test(`MIS ${what} is refused`, () => {
    const [refusal] = given([], terms).when(placed("01 10:00", command)).events;
    match(refusal?.type === "OrderRejected" ? `${refusal.reason} ${refusal.text}` : "", expected);
  });

test("after the cut-off MIS is refused until the trade date ends: what trades then has the next one", () => {
  for (const time of ["01 15:20", "01 15:31", "01 20:59"]) {
    const late = given([], terms).when(placed(time, buy("b", 1, 985_00, mis)));
    late.emitsOf(["REJECTED"], ["REJECTED O-0-0 b PRODUCT_NOT_ALLOWED"]);
  }
  const start = given([placed("01 21:00", buy("b", 1, 985_00, mis))], terms);
  equal(nextDueMs(start.market), at("02 15:20"));
});

test("one id with another product said something else", () => {
  const start = given([placed("01 10:00", buy("b", 1, 985_00, mis))], terms);
  start.when(placed("01 10:01", buy("b", 1, 985_00, mis))).emits(["REPEATED b of 1"]);
  start
    .when(placed("01 10:02", buy("b", 1, 985_00, asha)))
    .emits(["REJECTED O-0-2 b DUPLICATE_ID"]);
});

test("an MIS order refused for its custodian is a repeat when it is sent again, and another without it is not", () => {
  const both = { ...mis, custodian: "M1" };
  const start = given([placed("01 10:00", buy("b", 1, 985_00, both))], terms);
  const [refused] = start.steps[0]?.events ?? [];
  equal(refused?.type === "OrderRejected" ? refused.reason : "", "PRODUCT_NOT_ALLOWED");
  start.when(placed("01 10:01", buy("b", 1, 985_00, both))).emits(["REPEATED b of 1"]);
  start.when(placed("01 10:02", buy("b", 1, 985_00, mis))).emits(["REJECTED O-0-2 b DUPLICATE_ID"]);
});

test("two positions take two ticks, oldest first, and the log read back gives the same", () => {
  const other = { symbol: "INFY", symbolAsSent: "INFY" };
  const start = given(
    [
      placed("01 10:00", buy("b", 5, 985_00, full)),
      placed("01 10:01", sell("s", 5, 985_00, mis)),
      placed("01 10:02", buy("c", 5, 1_545_00, { ...full, ...other })),
      placed("01 10:03", sell("t", 5, 1_545_00, { ...mis, ...other })),
      placed("01 10:04", sell("u", 5, 985_00, full)),
    ],
    terms,
  );
  start
    .when(tick("01 15:20"))
    .emitsOf(["SQUARED"], ["SQUARED OFF HDFC/asha BUY 5 of 5 SBIN by O-0-5"]);
  start
    .when(tick("01 15:20"))
    .emitsOf(["SQUARED"], ["SQUARED OFF HDFC/asha BUY 0 of 5 INFY by O-0-6"]);
  const folded = initialMarket();
  const read = JSON.parse(JSON.stringify(start.steps)) as Step[];
  for (const [index, step] of read.entries()) evolveStep(folded, step, index + 1);
  equal(describeMarket(folded), describeMarket(start.market));
});
