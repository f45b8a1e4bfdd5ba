import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import type { AccountTerms, ClearingTerms } from "../../src/domain/facts/clearing-terms.ts";
import type { PlaceOrder } from "../../src/domain/facts/command.ts";
import {
  balances,
  localTerms,
  nextDueMs,
  type Market,
  type MarketTerms,
} from "../../src/domain/market.ts";
import { paise } from "../../src/domain/facts/units.ts";
import { buy, cancel, given, negotiate, answer, sell, type Sent } from "../given.ts";

const onMargin = (cashPaise: number, shares = 0): AccountTerms => ({
  cover: "margin",
  custodian: null,
  cashPaise: paise(cashPaise),
  holdings: new Map([["SBIN", shares]]),
});

/** Asha and Bela are HDFC's clients on margin, with Rs 30,000 each and no shares. */
const terms = (over: Partial<ClearingTerms> = {}): MarketTerms => ({
  ...localTerms,
  clearing: {
    ...nseClearing,
    accounts: new Map([
      ["HDFC/asha", onMargin(3_000_000)],
      ["HDFC/bela", onMargin(3_000_000)],
    ]),
    ...over,
  },
});

function at(time: string): number {
  const [day = "", clock = ""] = time.split(" ");
  return Date.parse(`2026-06-${day}T${clock}:00+05:30`);
}

/** Asha's order in SBIN, whose mark is its reference close, Rs 985. */
const asha = (order: PlaceOrder, time = "01 10:00"): Sent => ({
  command: { ...order, participant: "HDFC", client: "asha" },
  atMs: at(time),
});
const full = (order: PlaceOrder, time = "01 10:00"): Sent => ({ command: order, atMs: at(time) });
const tick = (time: string): Sent => ({ command: { type: "Tick" }, atMs: at(time) });
const words = ["MARGIN", "REQUIRED", "LACKS", "BLOCK", "RELEASE", "REJECTED", "PAY_IN"];

test("a buy on margin blocks a fifth of its value, not all of it", () => {
  given([], terms())
    .when(asha(buy("b", 100, 98_500)))
    .emitsOf(words, [
      "MARGIN HDFC/asha: HDFC/asha INR free -1970000, HDFC/asha INR blocked 1970000",
      "REQUIRED HDFC/asha: 1970000 of 1970000: SBIN 1970000 by 2000 @ 985.00",
    ]);
});

test("an order that needs more margin than is free is refused, and says all three", () => {
  const { events } = given([asha(buy("b", 100, 98_500))], terms()).when(asha(buy("c", 53, 98_500)));
  const [refusal] = events;
  equal(refusal?.type === "OrderRejected" && refusal.reason, "INSUFFICIENT_MARGIN");
  match(
    refusal?.type === "OrderRejected" ? refusal.text : "",
    /to Rs 30,141\.00; Rs 19,700\.00 is blocked for it and Rs 10,300\.00 is free; send less/,
  );
});

test("buys and sells are not added up: the side that asks for more counts", () => {
  const start = given([asha(buy("b", 100, 98_400))], terms());
  start.when(asha(sell("s", 100, 98_600))).emitsOf(words, []);
  start
    .when(asha(sell("t", 50, 98_600)))
    .emitsOf(
      ["REQUIRED"],
      ["REQUIRED HDFC/asha: 2955000 of 2955000: SBIN 2955000 by 2000 @ 985.00"],
    );
});

test("a cancel gives the margin back, and nothing of the account stays", () => {
  const { market } = given([asha(buy("b", 100, 98_500))], terms()).when({
    command: cancel("x", "b"),
    atMs: at("01 10:01"),
  });
  deepEqual([...market.clearing.margins.accounts], []);
  equal(blockedOf(market, "HDFC/asha"), 0);
});

test("a buy above the mark blocks what it would lose against it, too", () => {
  given([], terms())
    .when(asha(buy("b", 100, 98_700)))
    .emitsOf(
      ["REQUIRED"],
      ["REQUIRED HDFC/asha: 1990000 of 1990000: SBIN 1990000 by 2000 @ 985.00"],
    );
});

test("an account without shares may sell, and what it sells and buys again nets to nothing", () => {
  const start = given(
    [full(buy("b", 100, 98_500)), asha(sell("s", 100, 98_500), "01 10:01")],
    terms(),
  );
  equal(blockedOf(start.market, "HDFC/asha"), 1_970_000);
  start.when(full(sell("s", 100, 98_500), "01 10:02"));
  const { market } = start.when(asha(buy("back", 100, 98_500), "01 10:03"));
  equal(blockedOf(market, "HDFC/asha"), 0);
});

test("a member's margin is the sum over its clients: long and short do not net", () => {
  const start = given([asha(buy("b", 100, 98_500))], terms());
  const { market } = start.when({
    command: sell("s", 100, 98_500, { participant: "HDFC", client: "bela" }),
    atMs: at("01 10:01"),
  });
  deepEqual(
    ["HDFC/asha", "HDFC/bela"].map((account) => blockedOf(market, account)),
    [1_970_000, 1_970_000],
  );
});

test("the margin goes back before the pay-in, which may need it", () => {
  const poor = terms({ accounts: new Map([["HDFC/asha", onMargin(9_850_000)]]) });
  const start = given(
    [full(sell("s", 100, 98_500)), asha(buy("b", 100, 98_500), "01 10:01")],
    poor,
  );
  for (const time of ["01 15:30", "01 21:00", "02 08:30"]) start.when(tick(time));
  equal(blockedOf(start.market, "HDFC/asha"), 1_970_000);
  start
    .when(tick("02 10:30"))
    .emitsOf(
      ["MARGIN", "REQUIRED", "INSTRUCTION HDFC/asha"],
      [
        "MARGIN CLOSED HDFC/asha M2026100",
        "MARGIN HDFC/asha: HDFC/asha INR free 1970000, HDFC/asha INR blocked -1970000",
        "REQUIRED HDFC/asha: 0 of 0: SBIN 0 by 2000 @ 985.00",
        "INSTRUCTION HDFC/asha DELI 9850000 of 9850000 INR Settled null",
      ],
    );
  deepEqual([...start.market.clearing.margins.accounts], []);
});

test("two settlements do not net: bought on Monday and sold on Tuesday is margined twice", () => {
  const start = given(
    [full(sell("s", 50, 98_500)), asha(buy("b", 50, 98_500), "01 10:01")],
    terms(),
  );
  for (const time of ["01 15:30", "01 21:00", "02 08:30"]) start.when(tick(time));
  const { market } = start.when(asha(sell("t", 50, 98_500), "02 09:30"));
  equal(blockedOf(market, "HDFC/asha"), 2 * 985_000);
});

test("the close of the day is the new mark: a loss blocks more, and where it lacks it is said", () => {
  const start = given(
    [
      full(sell("s", 150, 98_500)),
      asha(buy("b", 150, 98_500), "01 10:01"),
      full(sell("t", 1, 97_000), "01 15:10"),
      full(buy("c", 1, 97_000), "01 15:10"),
    ],
    terms(),
  );
  equal(blockedOf(start.market, "HDFC/asha"), 2_955_000);
  start
    .when(tick("01 15:30"))
    .emits([
      "DAY CLOSED 2026-06-01: SBIN 970.00 high 985.00",
      "MARGIN HDFC/asha: HDFC/asha INR free -45000, HDFC/asha INR blocked 45000",
      "REQUIRED HDFC/asha: 3000000 of 3135000: SBIN 3135000 by 2000 @ 970.00",
      "LACKS HDFC/asha: 135000 of 3135000",
      "REVALUED 1",
    ]);
  equal(nextDueMs(start.market), at("01 21:00"));
  start
    .when(asha(buy("more", 1, 97_000), "01 16:00"))
    .emitsOf(["REJECTED"], ["REJECTED O-0-5 more INSUFFICIENT_MARGIN"]);
  start.when(asha(sell("less", 100, 97_000), "01 16:01")).emitsOf(["REJECTED", "LACKS"], []);
  start
    .when(full(buy("d", 100, 97_000), "01 16:02"))
    .emitsOf(
      ["MARGIN", "REQUIRED"],
      [
        "MARGIN HDFC/asha: HDFC/asha INR free 1805000, HDFC/asha INR blocked -1805000",
        "REQUIRED HDFC/asha: 1195000 of 1195000: SBIN 1195000 by 2000 @ 970.00",
      ],
    );
});

test("what lacks is blocked as soon as a pay-out brings it", () => {
  const start = given(
    [
      full(buy("a", 50, 98_500)),
      asha(sell("own", 50, 98_500), "01 10:01"),
      tick("01 15:30"),
      tick("01 21:00"),
      tick("02 08:30"),
      tick("02 10:30"),
      full(sell("s", 150, 98_500), "02 11:00"),
      asha(buy("b", 150, 98_500), "02 11:01"),
      full(sell("t", 1, 97_000), "02 15:10"),
      full(buy("c", 1, 97_000), "02 15:10"),
    ],
    terms({ accounts: new Map([["HDFC/asha", onMargin(3_000_000, 50)]]) }),
  );
  // The close asks for more than there is; what Monday's sale brought is paid out at the same time.
  start
    .when(tick("02 15:30"))
    .emitsOf(
      ["LACKS", "REQUIRED"],
      [
        "REQUIRED HDFC/asha: 3000000 of 3135000: SBIN 3135000 by 2000 @ 970.00",
        "LACKS HDFC/asha: 135000 of 3135000",
        "REQUIRED HDFC/asha: 3135000 of 3135000: ",
      ],
    );
  equal(blockedOf(start.market, "HDFC/asha"), 3_135_000);
});

test("where trades settle at once a margin does not do, and the refusal says so", () => {
  const { events } = given([], terms({ settlement: "instant" })).when(asha(buy("b", 100, 98_500)));
  const [refusal] = events;
  match(
    refusal?.type === "OrderRejected" ? `${refusal.reason} ${refusal.text}` : "",
    /INSUFFICIENT_FUNDS .*; SBIN settles at once, so a margin does not do/,
  );
});

test("an unpriced sell needs a price to count by", () => {
  const unknown = { symbol: "ZED", symbolAsSent: "ZED" };
  const start = given([], terms());
  start
    .when(asha(sell("s", 10, null, unknown)))
    .emitsOf(["REJECTED"], ["REJECTED O-0-0 s PRICE_MISSING"]);
  // Group III, where nothing is known of a security: 50 % and 3.5 %.
  start
    .when(asha(sell("t", 10, 1_000, unknown)))
    .emitsOf(["REQUIRED"], ["REQUIRED HDFC/asha: 5350 of 5350: ZED 5350 by 5350 @ 10.00"]);
});

test("a margin is counted by the first price of the book, by a negotiated one only until there is that", () => {
  const unknown = { symbol: "ZED", symbolAsSent: "ZED" };
  const start = given(
    [
      asha(negotiate("n", 10, 900_00, unknown)),
      { command: answer("CONFIRM", "n"), atMs: at("01 10:01") },
    ],
    terms(),
  );
  const marks = (): unknown => start.market.clearing.margins.marks.get("ZED");
  deepEqual(marks(), { pricePaise: 900_00, isOfBook: false });
  start.when(asha(buy("b", 1, 400_00, unknown)));
  deepEqual(marks(), { pricePaise: 400_00, isOfBook: true });
  start
    .when({ command: { type: "Tick" }, atMs: at("01 10:03") })
    .emitsOf(["REVALUED"], ["REVALUED 1"]);
  start.when(asha(negotiate("m", 1, 700_00, unknown)));
  deepEqual(marks(), { pricePaise: 400_00, isOfBook: true });
});

test("a counterparty on margin that lacks it cannot confirm", () => {
  const poor = terms({ accounts: new Map([["COUNTERPARTY", onMargin(1_000_000)]]) });
  const start = given([full(negotiate("n", 100, 98_500))], poor);
  start
    .when({ command: answer("CONFIRM", "n"), atMs: at("01 10:01") })
    .emitsOf(["DECLINED"], ["DECLINED O-0-0 INSUFFICIENT_MARGIN"]);
});

function blockedOf(market: Market, account: string): number | undefined {
  return balances(market).find((each) => each.account === account && each.asset === "INR")?.blocked;
}
