import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import type { PlaceOrder } from "../../src/domain/facts/command.ts";
import type { RejectReason } from "../../src/domain/facts/reject-reason.ts";
import {
  describeMarket,
  localTerms,
  openOrders,
  type MarketTerms,
} from "../../src/domain/market.ts";
import { paise } from "../../src/domain/facts/units.ts";
import { answer, buy, given, lineOf, negotiate, sell } from "../given.ts";

const strict: MarketTerms = { ...localTerms, mode: "strict" };
const crore = 1e9;

const refusals: readonly [RejectReason, PlaceOrder, RegExp, MarketTerms?][] = [
  ["RESERVED_ID", buy("A-1", 1, 98_500), /A-1.*send another/],
  ["RESERVED_ID", buy("O-0-0", 1, 98_500), /O-0-0/],
  [
    "UNKNOWN_PARTICIPANT",
    buy("x", 1, 98_500, { participant: "ICICI" }),
    /participant ICICI/,
    strict,
  ],
  [
    "UNKNOWN_PARTICIPANT",
    negotiate("x", 1, 98_500, { counterparty: "ICICI" }),
    /counterparty ICICI/,
    strict,
  ],
  ["UNKNOWN_PARTICIPANT", buy("x", 1, 98_500, { participant: "opening:HDFC" }), /opening:HDFC/],
  ["UNKNOWN_PARTICIPANT", buy("x", 1, 98_500, { participant: "HDFC/c" }), /HDFC/],
  ["UNKNOWN_PARTICIPANT", negotiate("x", 1, 98_500, { counterparty: "" }), /counterparty/],
  ["UNKNOWN_SYMBOL", buy("x", 1, 98_500, { symbol: "ZED", symbolAsSent: "ZED" }), /ZED/, strict],
  ["UNKNOWN_SYMBOL", buy("x", 1, 98_500, { symbol: "zed", symbolAsSent: "zed" }), /zed/],
  ["UNKNOWN_SYMBOL", buy("x", 1, 98_500, { symbol: "", symbolAsSent: "" }), /1 to 20/],
  ["UNKNOWN_SYMBOL", buy("x", 1, 98_500, { symbol: "A".repeat(21) }), /1 to 20/],
  ["UNKNOWN_SYMBOL", buy("x", 1, 98_500, { symbol: "INR", symbolAsSent: "INR" }), /INR/],
  ["QUANTITY_OUT_OF_RANGE", buy("x", 0, 98_500), /quantity 0: send 1 to 1000000000/],
  ["QUANTITY_OUT_OF_RANGE", buy("x", -5, 98_500), /quantity -5/],
  ["QUANTITY_OUT_OF_RANGE", sell("x", crore + 1, null), /quantity 1000000001/],
  [
    "QUANTITY_OUT_OF_RANGE",
    buy("x", 0, 98_500, unfit("quantity", "QUANTITY_OUT_OF_RANGE", "9e99")),
    /9e99/,
  ],
  ["PRICE_MISSING", buy("x", 1, null), /a buy needs one/],
  ["PRICE_MISSING", negotiate("x", 1, null), /price is missing/],
  ["PRICE_MISSING", sell("x", 1, null, { counterparty: "HDFC" }), /a negotiated order needs one/],
  [
    "PRICE_DECIMALS",
    buy("x", 1, null, unfit("price", "PRICE_DECIMALS", "985.005")),
    /985.005.*two decimals/,
  ],
  ["PRICE_OUT_OF_RANGE", buy("x", 1, 0), /price Rs 0.00: send Rs 0.01/],
  ["PRICE_OUT_OF_RANGE", buy("x", 1, -5), /price Rs -0.05/],
  ["PRICE_OUT_OF_RANGE", buy("x", 1, crore + 5), /price Rs 10000000.05/],
  ["PRICE_OUT_OF_RANGE", buy("x", 1, null, unfit("price", "PRICE_OUT_OF_RANGE", "1e300")), /1e300/],
  ["PRICE_OFF_TICK", buy("x", 1, 98_503), /tick of Rs 0.05: send Rs 985.00 or Rs 985.05/],
  ["PRICE_OFF_TICK", buy("x", 1, 3), /send Rs 0.05$/],
  ["VALUE_OUT_OF_RANGE", buy("x", crore, crore), /times quantity/],
  ["COUNTERPARTY_NOT_ALLOWED", sell("x", 1, 98_500, { counterparty: "HDFC" }), /only a buy/],
  [
    "INSUFFICIENT_FUNDS",
    buy("x", 1e6, crore),
    /needs Rs 1,00,00,00,00,00,000.00 and Rs 1,00,00,00,00,000.00 is free/,
  ],
  ["INSUFFICIENT_FUNDS", negotiate("x", 1e6, crore), /is free/],
  [
    "INSUFFICIENT_HOLDINGS",
    sell("x", 6, null),
    /6: 5 shares are free/,
    { ...strict, participants: poor() },
  ],
];

for (const [index, [reason, order, text, terms = localTerms]] of refusals.entries()) {
  test(`${reason} (${index}): the order is refused and changes nothing else`, () => {
    const start = given([], terms);
    const { market } = start;
    const before = describeMarket(market).split("\n");
    const { events } = start.when(order);
    const [event] = events;
    deepEqual(events.length, 1);
    deepEqual(event?.type === "OrderRejected" ? event.reason : event, reason);
    match(event?.type === "OrderRejected" ? event.text : "", text);
    const added = describeMarket(market)
      .split("\n")
      .filter((line) => !before.includes(line));
    const kinds = added.map((line) => line.split(" ")[0]);
    deepEqual(
      kinds.filter((kind) => kind !== "ended"),
      ["clock", "source"],
    );
    deepEqual(openOrders(market), []);
  });
}

test("the first fault in the order of reasons is the one that is said", () => {
  const all = { participant: "I/I", symbol: "zed", counterparty: "HDFC" };
  given([])
    .when(sell("x", 0, 3, all))
    .emits(["REJECTED O-0-0 x UNKNOWN_PARTICIPANT"]);
  given([])
    .when(sell("x", 0, 3, { ...all, participant: "I" }))
    .emits(["REJECTED O-0-0 x UNKNOWN_SYMBOL"]);
  const listed = { counterparty: "HDFC" };
  given([])
    .when(sell("x", 0, 3, listed))
    .emits(["REJECTED O-0-0 x QUANTITY_OUT_OF_RANGE"]);
  given([])
    .when(sell("x", 1, 3, listed))
    .emits(["REJECTED O-0-0 x PRICE_OFF_TICK"]);
  given([])
    .when(sell("x", crore, crore, listed))
    .emits(["REJECTED O-0-0 x VALUE_OUT_OF_RANGE"]);
  given([])
    .when(sell("x", 1, 5, listed))
    .emits(["REJECTED O-0-0 x COUNTERPARTY_NOT_ALLOWED"]);
});

test("the largest order and the highest price are taken", () => {
  given([])
    .when(sell("x", crore, null))
    .emitsOf(["ACCEPTED"], ["ACCEPTED O-0-0 x SELL 1000000000 SBIN"]);
  given([])
    .when(buy("x", 9, crore))
    .emitsOf(["ACCEPTED"], ["ACCEPTED O-0-0 x BUY 9 SBIN"]);
});

test("the last paisa and the last share can be used, and not one more", () => {
  const exact: MarketTerms = {
    ...localTerms,
    participants: [{ participant: "HDFC", cashPaise: paise(500), sharesEach: 7 }],
  };
  const zed = { symbol: "ZED", participant: "HDFC" };
  given([], exact)
    .when(buy("b", 1, 501, zed))
    .emits(["REJECTED O-0-0 b INSUFFICIENT_FUNDS"]);
  given([], exact)
    .when(sell("s", 8, 1, zed))
    .emits(["REJECTED O-0-0 s INSUFFICIENT_HOLDINGS"]);
  const start = given([buy("b", 4, 100, zed), sell("s", 7, 200, zed)], exact);
  equal(openOrders(start.market).length, 2);
  start.when(buy("b2", 1, 101, zed)).emits(["REJECTED O-0-2 b2 INSUFFICIENT_FUNDS"]);
  start.when(sell("s2", 1, 200, zed)).emits(["REJECTED O-0-3 s2 INSUFFICIENT_HOLDINGS"]);
  start.when(buy("b3", 1, 100, zed)).emitsOf(["ACCEPTED"], ["ACCEPTED O-0-4 b3 BUY 1 ZED"]);
});

test("a trade that would lift a balance out of the exact numbers is refused before it happens", () => {
  const full = 9e15;
  const rich: MarketTerms = {
    ...localTerms,
    participants: [{ participant: "HDFC", cashPaise: paise(full), sharesEach: 10 }],
    openingCashPaise: paise(full),
  };
  given([sell("s", 5, crore)], rich)
    .when(buy("b", 7_200, crore))
    .emitsOf(["REJECTED", "TRADE"], ["TRADE T-0-1-0-0 5 @ 10000000.00 O-0-1 O-0-0"]);
  given([], rich)
    .when(sell("s", 7_200, crore))
    .emits(["REJECTED O-0-0 s VALUE_OUT_OF_RANGE"]);
  const confirmed = negotiate("n", 7_200, crore);
  given([confirmed], rich)
    .when(answer("CONFIRM", "n"))
    .emitsOf(["DECLINED", "TRADE"], ["DECLINED O-0-0 VALUE_OUT_OF_RANGE"]);
});

/**
 * SELLER, HDFC and A to Z open with so much cash that Rs 7,199 crore more is all that can
 * be counted.
 */
const nearlyFull: MarketTerms = { ...localTerms, participants: [], openingCashPaise: paise(9e15) };
const by = (participant: string) => ({ participant });

test("who comes to the book is not refused for a stranger's full account: that order leaves, its owner is told", () => {
  const start = given(
    [
      sell("full", 4_000, crore, by("A")),
      sell("full-2", 3_000, crore, by("A")),
      sell("next", 4_000, crore, by("B")),
    ],
    nearlyFull,
  );
  // Each of A's fits by itself; with the money of another sale the second one would not.
  start
    .when(buy("x", 1_000, crore, by("C")))
    .emitsOf(["TRADE"], ["TRADE T-0-3-0-0 1000 @ 10000000.00 O-0-3 O-0-0"]);
  start
    .when(sell("more", 1_500, crore - 5, by("A")))
    .emitsOf(["ACCEPTED"], ["ACCEPTED O-0-4 more SELL 1500 SBIN"]);
  const { events } = start.when(buy("b", 7_000, crore, by("D")));
  deepEqual(
    events
      .map(lineOf)
      .filter((line) => /^(EXPIRED|ACCEPTED|TRADE|REJECTED|RELEASE O-0-1)/.test(line)),
    [
      "EXPIRED O-0-1",
      "RELEASE O-0-1: A SBIN blocked -3000, A SBIN free 3000",
      "ACCEPTED O-0-5 b BUY 7000 SBIN",
      "TRADE T-0-5-0-0 1500 @ 9999999.95 O-0-5 O-0-4",
      "TRADE T-0-5-0-1 3000 @ 10000000.00 O-0-5 O-0-0",
      "TRADE T-0-5-0-2 2500 @ 10000000.00 O-0-5 O-0-2",
    ],
  );
  const ended = events.find((event) => event.type === "OrderExpired");
  equal(ended?.participant, "A");
  equal(ended?.reason, "VALUE_OUT_OF_RANGE");
});

/**
 * Accounts that each offer a share in the book, and then have sold so much of another that they can
 * take no crore.
 */
function fullAccounts(length: number): PlaceOrder[] {
  const tcs = { symbol: "TCS", symbolAsSent: "TCS" };
  return Array.from({ length }, (_, n) => [
    sell(`s${n}`, 1, crore, by(`P${n}`)),
    sell(`t${n}`, 7_199, crore, { ...by(`P${n}`), ...tcs }),
    buy(`t${n}`, 7_199, crore, { ...by(`Q${n}`), ...tcs }),
  ]).flat();
}

test("a book under any number of full accounts frees itself by the first order, part by part, and it trades", () => {
  const start = given([...fullAccounts(2_500), sell("able", 1, crore, by("Z"))], nearlyFull);
  const { steps } = start;
  const before = steps.length;
  start.when(buy("b", 1, crore, by("C")));
  const ended = steps
    .slice(before)
    .map(({ events }) => events.filter(({ type }) => type === "OrderExpired").length);
  deepEqual(ended, [1_000, 1_000, 500]);
  deepEqual(
    steps
      .at(-1)
      ?.events.flatMap((event) => ("orderId" in event ? [] : [event.type]))
      .slice(-3),
    ["TradeExecuted", "JournalPosted", "TradeSettled"],
  );
  equal(openOrders(start.market).length, 0);
});

test("who leaves because its account is full is told why, and who met it hears nothing of it", () => {
  const { events } = given(fullAccounts(1_001), nearlyFull).when(buy("b", 1, crore, by("C")));
  const ended = events.filter((event) => event.type === "OrderExpired");
  deepEqual(
    [ended.length, ended[0]?.participant, ended[0]?.reason],
    [1_001, "P0", "VALUE_OUT_OF_RANGE"],
  );
  equal(events.filter(({ type }) => type === "OrderAccepted").length, 1);
});

test("a seller, a buyer and who meets the book are each refused for their own account only, by its name", () => {
  const start = given([sell("s", 1_000, 5, by("A"))], nearlyFull);
  const { events } = start.when(sell("own", 7_200, crore, by("B")));
  match(events[0]?.type === "OrderRejected" ? events[0].text : "", /cash of B above/);
  start
    .when(buy("b", 1_000, 5, by("B")))
    .emitsOf(["REJECTED", "TRADE"], ["TRADE T-0-2-0-0 1000 @ 0.05 O-0-2 O-0-0"]);
});

test("any account keeps its opening, however many a member has", () => {
  const clients = Array.from({ length: 1_200 }, (_, n) => buy(`b${n}`, 1, 5, { client: `c${n}` }));
  deepEqual(openOrders(given(clients).market).length, 1_200);
});

function unfit(
  field: "quantity" | "price",
  reason: "QUANTITY_OUT_OF_RANGE" | "PRICE_DECIMALS" | "PRICE_OUT_OF_RANGE",
  text: string,
): Partial<PlaceOrder> {
  return { unfit: { field, reason, text } };
}

function poor() {
  return [{ participant: "SELLER", cashPaise: paise(0), sharesEach: 5 }];
}

test("an id of the client's own may begin like ours as long as it cannot be one of ours", () => {
  for (const id of ["O-1000", "O-", "order-1", "O-1-2-3"]) {
    const events = given([]).when(buy(id, 1, 98_500)).events;
    equal(events.at(-1)?.type, "JournalPosted", id);
  }
});
