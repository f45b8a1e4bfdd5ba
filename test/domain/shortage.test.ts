import { deepEqual, equal, ok } from "node:assert/strict";
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
  equal(nextDueMs(market), at("03 10:00"));
  start
    .when(tick("03 10:00"))
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
        "AUCTION B-0-10-0-0: M3 SBIN due -250, M1/short SBIN due 250, clearing:ccp INR due -4975000, M3 INR due 4975000",
        "VALUATION_DEBIT L-0-7-0-0: clearing:ccp INR blocked -25000, M1/short INR due 25000, M1 INR due -25000, M1 INR free 25000",
        "AUCTION B-0-10-0-1: M3 SBIN due -750, M1/short SBIN due 750, clearing:ccp INR due -15075000, M3 INR due 15075000, M1 INR transit -75000, clearing:ccp INR blocked 75000, M1/short INR due -75000, M1 INR due 75000",
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

test("receivers of the short member go without first, then the one that is to receive most, then by name", () => {
  const start = given(
    [
      placed("01 10:00", sell("s", 1_000, 200_00, short)),
      placed("01 10:01", buy("b1", 100, 200_00, { participant: "M1", client: "inner" })),
      placed("01 10:02", buy("b2", 400, 200_00, { participant: "M5", client: "b" })),
      placed("01 10:03", buy("b3", 400, 200_00, { participant: "M5", client: "a" })),
      placed("01 10:04", buy("b4", 100, 200_00, buyer)),
      tick("01 15:30"),
      tick("01 21:00"),
      tick("02 08:30"),
    ],
    terms,
  );
  start
    .when(tick("02 10:30"))
    .emitsOf(
      ["SHORT"],
      [
        "SHORT M1/short to M1/inner 100 SBIN debited 2000000 internal",
        "SHORT M1/short to M5/a 400 SBIN debited 8000000",
        "SHORT M1/short to M5/b 400 SBIN debited 8000000",
        "SHORT M1/short to M2/buyer 100 SBIN debited 2000000",
      ],
    );
});

test("an internal shortage is auctioned and closed out too", () => {
  const inner = { participant: "M1", client: "inner" };
  const start = given(
    [
      placed("01 10:00", sell("s", 100, 200_00, short)),
      placed("01 10:01", buy("b", 100, 200_00, inner)),
      tick("01 15:30"),
      tick("01 21:00"),
      tick("02 08:30"),
      tick("02 10:30"),
      placed("02 14:45", offer("M3", "o", 40, 190_00)),
      tick("02 15:00"),
    ],
    terms,
  );
  start
    .when(tick("02 15:30"))
    .emitsOf(["CLOSED OUT"], ["CLOSED OUT 60 SBIN @ 240.00 paid 1440000 of 1440000"]);
  start.when(tick("03 10:00"));
  // The client in debt to nobody has 40 shares and 240.00 for each of the others.
  deepEqual(holdingsOf(start.market, "M1/inner"), {
    "M1/inner INR": `${1_000_000_00 - 100 * 200_00 + 60 * 240_00}/0/0`,
    "M1/inner SBIN": "40/0/0",
  });
});

test("an offer is refused outside the auction, outside the band, off the tick and from a short member", () => {
  const start = given(monday(), terms);
  const offered = (time: string, ...said: Parameters<typeof offer>) =>
    start.when(placed(time, offer(...said)));
  offered("02 10:00", "M3", "early", 10, 200_00).emits(["REFUSED OfferInAuction early NO_AUCTION"]);
  start.when(tick("02 10:30"));
  offered("02 14:29", "M3", "a", 10, 200_00).emits(["REFUSED OfferInAuction a NO_AUCTION"]);
  offered("02 14:30", "M3", "b", 10, 159_95).emits(["REFUSED OfferInAuction b PRICE_OUT_OF_BAND"]);
  offered("02 14:30", "M3", "c", 10, 240_05).emits(["REFUSED OfferInAuction c PRICE_OUT_OF_BAND"]);
  offered("02 14:30", "M3", "d", 10, 200_01).emits(["REFUSED OfferInAuction d PRICE_OFF_TICK"]);
  offered("02 14:30", "M3", "e", 0, 200_00).emits([
    "REFUSED OfferInAuction e QUANTITY_OUT_OF_RANGE",
  ]);
  offered("02 14:30", "M1", "f", 10, 200_00).emits(["REFUSED OfferInAuction f DEFAULTING_MEMBER"]);
  offered("02 14:30", "M2", "g", 1e9, 200_00, { client: "buyer" }).emits([
    "REFUSED OfferInAuction g INSUFFICIENT_HOLDINGS",
  ]);
  offered("02 14:30", "M3", "A-1", 10, 200_00).emits(["REFUSED OfferInAuction A-1 RESERVED_ID"]);
  offered("02 14:30", "M3", "h", 10, 200_00).emits([
    "OFFERED U-0-17 M3 10 SBIN @ 200.00",
    "BLOCK U-0-17: M3 SBIN free -10, M3 SBIN blocked 10",
  ]);
  offered("02 14:31", "M3", "h", 10, 200_00).emits(["REPEATED h of 18"]);
  offered("02 14:31", "M3", "h", 10, 200_05).emits(["REFUSED OfferInAuction h DUPLICATE_ID"]);
  offered("02 15:00", "M3", "late", 10, 200_00).emits(["REFUSED OfferInAuction late NO_AUCTION"]);
});

test("the second settlement of a day has no auction of its own: what lacks joins the next one's", () => {
  const march = (time: string): number => at(time) - 75 * 24 * 3_600_000;
  const tickAt = (time: string): Sent => ({ command: { type: "Tick" }, atMs: march(time) });
  const start = given(
    [
      { command: sell("s", 35, 200_00, short), atMs: march("01 10:00") },
      { command: buy("b", 10, 200_00, buyer), atMs: march("01 10:01") },
      { command: buy("b2", 20, 200_00, buyer), atMs: march("02 10:01") },
      tickAt("02 15:30"),
      tickAt("02 21:00"),
      tickAt("03 08:30"),
      { command: buy("b3", 5, 200_00, buyer), atMs: march("03 10:00") },
      // The price of the day itself: it values no shortage of the day, also not one found after the close.
      { command: sell("x1", 1, 230_00, { participant: "M3" }), atMs: march("03 10:02") },
      { command: buy("x2", 1, 230_00, { participant: "M4" }), atMs: march("03 10:03") },
    ],
    terms,
  );
  const words = ["SHORT", "AUCTION CALLED", "BOUGHT", "OPENED", "CLOSED OUT", "COMPLETED"];
  start
    .when(tickAt("03 10:30"))
    .emitsOf(words, [
      "AUCTION CALLED SBIN 2026-03-20 160.00 to 240.00",
      "SHORT M1/short to M2/buyer 10 SBIN debited 200000",
    ]);
  for (const time of ["03 15:00", "03 15:30"]) start.when(tickAt(time));
  start
    .when(tickAt("03 16:30"))
    .emitsOf(words, [
      "AUCTION CALLED SBIN 2026-03-23 184.00 to 276.00",
      "SHORT M1/short to M2/buyer 20 SBIN debited 400000",
    ]);
  start
    .when(tickAt("03 21:00"))
    .emitsOf(words, ["COMPLETED M2026054: 1 trades, gross 400000, net 400000, saved 0"]);
  start.when(tickAt("06 08:30"));
  start
    .when(tickAt("06 10:30"))
    .emitsOf(words, ["SHORT M1/short to M2/buyer 5 SBIN debited 115000"]);
  start.when({ command: offer("M3", "o", 22, 200_00), atMs: march("06 14:30") });
  start
    .when(tickAt("06 15:00"))
    .emitsOf(words, [
      "OPENED A2026055 traded 2026-03-23 settled 2026-03-24",
      "BOUGHT IN 20 SBIN @ 200.00 from U-0-16 in A2026055",
      "BOUGHT IN 2 SBIN @ 200.00 from U-0-16 in A2026055",
    ]);
  // Its highest price since its own trade date, 20 March, counts: 230.00, below 120 % of the close of 230.00.
  start
    .when(tickAt("06 15:30"))
    .emitsOf(["CLOSED OUT"], ["CLOSED OUT 3 SBIN @ 276.00 paid 82800 of 82800"]);
});

test("T+0 and trade for trade have no auction: what lacks is closed out at pay-in", () => {
  const symbols = new Map([
    ["BETA", { settlement: "T+1" as const, series: "BE" }],
    ["TODAY", { settlement: "T+0" as const, series: "EQ" }],
  ]);
  const start = given(
    [
      placed("01 10:00", sell("s", 10, 100_00, { ...short, symbol: "BETA" })),
      placed("01 10:01", buy("b", 10, 100_00, { ...buyer, symbol: "BETA" })),
      placed("01 10:02", sell("t", 10, 50_00, { ...short, symbol: "TODAY" })),
      placed("01 10:03", buy("t2", 10, 50_00, { ...buyer, symbol: "TODAY" })),
      tick("01 13:30"),
    ],
    clearingTerms({ ...terms.clearing, symbols }),
  );
  start
    .when(tick("01 15:30"))
    .emitsOf(
      ["SHORT", "CLOSED", "AUCTION", "CLOSE_OUT"],
      [
        "SHORT M1/short to M2/buyer 10 TODAY debited 0",
        "CLOSE_OUT L-0-5-0-0: M1/short TODAY due 10, M2/buyer TODAY due -10, M1 INR transit -60000, M1/short INR due -60000, M1 INR due 60000, M2/buyer INR free 60000",
        "CLOSED OUT 10 TODAY @ 60.00 paid 60000 of 60000",
      ],
    );
  start.when(tick("01 16:00"));
  start
    .when(tick("02 10:30"))
    .emitsOf(
      ["TRADE", "CLOSE_OUT", "DVP"],
      [
        "CLOSE_OUT T-0-1-0-0: M2/buyer INR due 100000, M1/short INR due -100000, M1/short BETA due 10, M2/buyer BETA due -10, M2/buyer INR blocked -100000, M2/buyer INR free 100000, M1 INR transit -20000, M1/short INR due -20000, M1 INR due 20000, M2/buyer INR free 20000",
        "TRADE CLOSED OUT T-0-1-0-0 @ 120.00 paid 20000 of 20000",
      ],
    );
  deepEqual(holdingsOf(start.market, "M2/buyer", "M1/short"), {
    "M2/buyer INR": `${1_000_000_00 - 500_00 + 600_00 + 200_00}/0/0`,
    "M2/buyer BETA": "0/0/0",
    "M2/buyer TODAY": "0/0/0",
    "M1/short INR": `${1_000_000_00}/0/-30000`,
    "M1/short BETA": "0/0/0",
    "M1/short TODAY": "0/0/0",
  });
});

test("a tick does a bounded piece of a large settlement, and the next ones the rest", () => {
  const count = 1_500;
  const rich = account("margin", 10_000_000_00);
  const accounts = new Map([
    ["M1/short", rich],
    ["M1", account("full", 10_000_000_00)],
  ]);
  const start = given(
    [placed("01 10:00", sell("s", count, 200_00, short))],
    clearingTerms({ ...terms.clearing, accounts }),
  );
  for (let n = 0; n < count; n += 1)
    start.when(placed("01 10:01", buy(`b${n}`, 1, 200_00, { participant: "M2", client: `c${n}` })));
  const sizes: number[] = [];
  for (let dueMs = nextDueMs(start.market); dueMs !== null; dueMs = nextDueMs(start.market))
    sizes.push(start.when({ command: { type: "Tick" }, atMs: dueMs }).events.length);
  ok(sizes.length > 10 && Math.max(...sizes) < 1_020, `${sizes.length}, ${Math.max(...sizes)}`);
  equal(start.market.clearing.settlements.size + start.market.clearing.shortfalls.lots.size, 0);
  // Every buyer paid 200.00 and was closed out at 240.00.
  equal(holdingsOf(start.market, "M2/c7")["M2/c7 INR"], `${1e13 + 40_00}/0/0`);
});
