import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import type { AccountTerms, ClearingTerms } from "../../src/domain/facts/clearing-terms.ts";
import type { AffirmTrade, Command } from "../../src/domain/facts/command.ts";
import {
  balances,
  localTerms,
  nextDueMs,
  type Market,
  type MarketTerms,
} from "../../src/domain/market.ts";
import { paise } from "../../src/domain/facts/units.ts";
import { answer, buy, given, negotiate, newSource, sell, type Sent } from "../given.ts";

/** A fund at the custodian has Rs 100,000 and 150 SBIN. */
const fund: AccountTerms = {
  cover: "full",
  custodian: null,
  cashPaise: paise(10_000_000),
  holdings: new Map([["SBIN", 150]]),
};

const clearing = (over: Partial<ClearingTerms> = {}): MarketTerms => ({
  ...localTerms,
  clearing: { ...nseClearing, accounts: new Map([["CUST/FUND", fund]]), ...over },
});

/** Monday, 1 June 2026, and the days after it, in India. */
function at(time: string): number {
  const [day = "", clock = ""] = time.split(" ");
  return Date.parse(`2026-06-${day}T${clock}:00+05:30`);
}

const tick = (time: string): Sent => ({ command: { type: "Tick" }, atMs: at(time) });
const on = (time: string, command: Command): Sent => ({ command, atMs: at(time) });

const forFund = { client: "FUND", custodian: "CUST" };

function affirm(over: Partial<AffirmTrade> = {}): AffirmTrade {
  return {
    type: "AffirmTrade",
    answer: "AFFIRM",
    participant: "CUST",
    clientOrderId: "w-1",
    tradeId: "T-0-1-0-0",
    side: "BUY",
    symbol: "SBIN",
    reason: null,
    source: newSource(),
    ...over,
  };
}

const reject = (over: Partial<AffirmTrade> = {}): AffirmTrade =>
  affirm({ answer: "REJECT", reason: "not our trade", ...over });

/**
 * HDFC bought 100 SBIN at 985.00 of SELLER for the fund: trade T-0-1-0-0, bought by order O-0-1.
 */
const bought = (terms = clearing()) =>
  given(
    [on("01 10:00", sell("s", 100, 98_500)), on("01 10:01", buy("b", 100, 98_500, forFund))],
    terms,
  );

function amountOf(market: Market, account: string, asset: string) {
  const found = balances(market).find((each) => each.account === account && each.asset === asset);
  return found === undefined ? undefined : [found.free, found.blocked, found.due];
}

test("a trade for a custodian's client is the member's own until it is affirmed", () => {
  given([on("01 10:00", sell("s", 100, 98_500))], clearing())
    .when(on("01 10:01", buy("b", 100, 98_500, forFund)))
    .emitsOf(
      ["BLOCK", "NOVATION", "AWAITED", "DVP", "SETTLED"],
      [
        "BLOCK O-0-1: HDFC INR free -9850000, HDFC INR blocked 9850000",
        "NOVATION T-0-1-0-0: HDFC INR due -9850000, clearing:ccp INR due 9850000, " +
          "clearing:ccp INR due -9850000, SELLER INR due 9850000, SELLER SBIN due -100, " +
          "clearing:ccp SBIN due 100, clearing:ccp SBIN due -100, HDFC SBIN due 100",
        "AWAITED T-0-1-0-0 BUY by CUST for FUND",
      ],
    );
});

test("an affirmed trade moves to the custodian's client, and what it needs is blocked there", () => {
  const start = bought();
  start
    .when(on("01 17:00", affirm()))
    .emits([
      "SAID AFFIRM T-0-1-0-0 BUY by CUST",
      "OPENING CUST/FUND: opening:CUST/FUND INR free -10000000, CUST/FUND INR free 10000000",
      "OPENING CUST/FUND: opening:CUST/FUND SBIN free -150, CUST/FUND SBIN free 150",
      "AFFIRM T-0-1-0-0: HDFC INR due 9850000, CUST/FUND INR due -9850000, " +
        "HDFC SBIN due -100, CUST/FUND SBIN due 100",
      "BLOCK T-0-1-0-0: CUST/FUND INR free -9850000, CUST/FUND INR blocked 9850000",
      "RELEASE T-0-1-0-0: HDFC INR blocked -9850000, HDFC INR free 9850000",
      "AFFIRMED T-0-1-0-0 BUY into CUST/FUND blocked 9850000",
    ]);
  start.when(tick("01 21:00"));
  start
    .when(tick("02 08:30"))
    .emitsOf(
      ["STAGE", "DEVOLVED", "MEMBER"],
      [
        "STAGE M2026100 Final",
        "MEMBER Final CUST: INR -9850000, SBIN 100",
        "MEMBER Final HDFC: INR 0, SBIN 0",
        "MEMBER Final SELLER: INR 9850000, SBIN -100",
      ],
    );
  start.when(tick("02 10:30"));
  const { market } = start.when(tick("02 15:30"));
  equal(nextDueMs(market), null);
  deepEqual(amountOf(market, "CUST/FUND", "INR"), [150_000, 0, 0]);
  deepEqual(amountOf(market, "CUST/FUND", "SBIN"), [250, 0, 0]);
  deepEqual(amountOf(market, "HDFC", "INR"), [1e13, 0, 0]);
  deepEqual(amountOf(market, "HDFC", "SBIN"), [1e9, 0, 0]);
});

test("a custodian's client without the money is refused, and is told what is missing", () => {
  const poor = { ...fund, cashPaise: paise(9_849_999), holdings: new Map() };
  const start = bought(clearing({ accounts: new Map([["CUST/FUND", poor]]) }));
  const first = start.when(on("01 17:00", affirm()));
  first.emits(["REFUSED Affirm w-1 INSUFFICIENT_FUNDS"]);
  const [refusal] = first.events;
  ok(refusal?.type === "RequestRejected");
  match(
    refusal.text,
    /needs Rs 98,500\.00 and Rs 98,499\.99 is free in CUST\/FUND: Rs 0\.01 is missing/,
  );
  start.when(on("01 17:01", affirm())).emits(["REPEATED w-1 of 3"]);
  start
    .when(on("01 17:02", reject({ clientOrderId: "w-2" })))
    .emits(["SAID REJECT T-0-1-0-0 BUY by CUST", "DEVOLVED T-0-1-0-0 BUY on HDFC REJECTED"]);
});

test("a sale is affirmed where the shares are, and refused where they are not", () => {
  const start = given(
    [
      on("01 10:00", buy("b", 200, 98_500)),
      on("01 10:01", sell("s", 200, 98_500, forFund)),
      on("01 10:02", buy("b2", 150, 98_500)),
      on("01 10:03", sell("s2", 150, 98_500, forFund)),
    ],
    clearing(),
  );
  const sale = { side: "SELL" as const };
  const tooMuch = start.when(on("01 17:00", affirm({ ...sale })));
  tooMuch.emits(["REFUSED Affirm w-1 INSUFFICIENT_HOLDINGS"]);
  ok(tooMuch.events[0]?.type === "RequestRejected");
  match(tooMuch.events[0].text, /needs 200 SBIN and 150 are free in CUST\/FUND: 50 are missing/);
  start
    .when(on("01 17:01", affirm({ ...sale, clientOrderId: "w-2", tradeId: "T-0-3-0-0" })))
    .emitsOf(
      ["AFFIRM", "BLOCK", "RELEASE"],
      [
        "AFFIRM T-0-3-0-0: SELLER INR due -14775000, CUST/FUND INR due 14775000, " +
          "SELLER SBIN due 150, CUST/FUND SBIN due -150",
        "BLOCK T-0-3-0-0: CUST/FUND SBIN free -150, CUST/FUND SBIN blocked 150",
        "RELEASE T-0-3-0-0: SELLER SBIN blocked -150, SELLER SBIN free 150",
        "AFFIRMED T-0-3-0-0 SELL into CUST/FUND blocked 150",
      ],
    );
});

test("what a client bought and sold in one settlement needs only its net", () => {
  const none = { ...fund, holdings: new Map() };
  const start = given(
    [
      on("01 10:00", sell("s", 100, 98_500)),
      on("01 10:01", buy("b", 100, 98_500, forFund)),
      on("01 10:02", buy("b2", 100, 98_400)),
      on("01 10:03", sell("s2", 100, 98_400, forFund)),
      on("01 17:00", affirm()),
    ],
    clearing({ accounts: new Map([["CUST/FUND", none]]) }),
  );
  start
    .when(on("01 17:01", affirm({ side: "SELL", clientOrderId: "w-2", tradeId: "T-0-3-0-0" })))
    .emitsOf(["BLOCK", "AFFIRMED"], ["AFFIRMED T-0-3-0-0 SELL into CUST/FUND blocked 0"]);
  start.when(tick("01 21:00"));
  start.when(tick("02 08:30"));
  start.when(tick("02 10:30"));
  const { market } = start.when(tick("02 15:30"));
  deepEqual(amountOf(market, "CUST/FUND", "INR"), [9_990_000, 0, 0]);
  deepEqual(amountOf(market, "CUST/FUND", "SBIN"), [0, 0, 0]);
});

test("each trade of a client blocks what it needs more than those before it", () => {
  const start = given(
    [
      on("01 10:00", sell("s1", 40, 98_500)),
      on("01 10:00", sell("s2", 30, 98_400)),
      on("01 10:01", buy("b", 70, 98_500, forFund)),
      on("01 17:00", affirm({ tradeId: "T-0-2-0-0" })),
    ],
    clearing(),
  );
  start
    .when(on("01 17:01", affirm({ tradeId: "T-0-2-0-1", clientOrderId: "w-2" })))
    .emitsOf(["AFFIRMED"], ["AFFIRMED T-0-2-0-1 BUY into CUST/FUND blocked 3940000"]);
});

test("a rejected trade stays with the trading member, which pays it", () => {
  const start = bought();
  start
    .when(on("01 17:00", reject()))
    .emits(["SAID REJECT T-0-1-0-0 BUY by CUST", "DEVOLVED T-0-1-0-0 BUY on HDFC REJECTED"]);
  start
    .when(on("01 17:01", affirm({ clientOrderId: "w-2" })))
    .emits(["REFUSED Affirm w-2 AFFIRMATION_CLOSED"]);
  start.when(tick("01 21:00"));
  start.when(tick("02 08:30"));
  start.when(tick("02 10:30"));
  const { market } = start.when(tick("02 15:30"));
  deepEqual(amountOf(market, "HDFC", "INR"), [1e13 - 9_850_000, 0, 0]);
  deepEqual(amountOf(market, "HDFC", "SBIN"), [1e9 + 100, 0, 0]);
  equal(amountOf(market, "CUST/FUND", "INR"), undefined);
});

test("silence at the cut-off devolves the trade before obligations are final", () => {
  const start = bought();
  start.when(tick("01 21:00"));
  equal(nextDueMs(start.market), at("02 07:30"));
  start
    .when(tick("02 07:30"))
    .emits([
      "STAGE M2026100 Devolution",
      "DEVOLVED T-0-1-0-0 BUY on HDFC CUT_OFF",
      "DONE M2026100 1",
    ]);
  start
    .when(tick("02 08:30"))
    .emits([
      "STAGE M2026100 Final",
      "OBLIGATION Final HDFC: INR -9850000, SBIN 100",
      "MEMBER Final HDFC: INR -9850000, SBIN 100",
      "OBLIGATION Final SELLER: INR 9850000, SBIN -100",
      "MEMBER Final SELLER: INR 9850000, SBIN -100",
      "DONE M2026100 4",
    ]);
});

test("a word is in time before the cut-off, and late at it, whether or not a tick has come", () => {
  bought()
    .when({ command: affirm(), atMs: at("02 07:30") - 1 })
    .emitsOf(["AFFIRMED"], ["AFFIRMED T-0-1-0-0 BUY into CUST/FUND blocked 9850000"]);
  const late = bought();
  late.when(on("02 07:30", affirm())).emits(["REFUSED Affirm w-1 AFFIRMATION_CLOSED"]);
  late.when(tick("02 07:30")).emitsOf(["DEVOLVED"], ["DEVOLVED T-0-1-0-0 BUY on HDFC CUT_OFF"]);
  late
    .when(on("02 08:31", reject({ clientOrderId: "w-2" })))
    .emits(["REFUSED RejectTrade w-2 AFFIRMATION_CLOSED"]);
});

test("every trade of a partly filled order is affirmed by itself", () => {
  const start = given(
    [
      on("01 10:00", sell("s1", 40, 98_500)),
      on("01 10:00", sell("s2", 30, 98_400)),
      on("01 10:01", buy("b", 100, 98_500, forFund)),
      on("01 10:02", sell("s3", 30, 98_500)),
    ],
    clearing(),
  );
  const yes = affirm({ tradeId: "T-0-2-0-1" });
  start
    .when(on("01 17:00", yes))
    .emitsOf(["AFFIRMED"], ["AFFIRMED T-0-2-0-1 BUY into CUST/FUND blocked 3940000"]);
  start
    .when(on("01 17:01", reject({ tradeId: "T-0-2-0-0", clientOrderId: "w-2" })))
    .emitsOf(["DEVOLVED"], ["DEVOLVED T-0-2-0-0 BUY on HDFC REJECTED"]);
  start.when(tick("01 21:00"));
  start
    .when(tick("02 08:30"))
    .emitsOf(
      ["DEVOLVED", "OBLIGATION"],
      [
        "DEVOLVED T-0-3-0-0 BUY on HDFC CUT_OFF",
        "OBLIGATION Final CUST/FUND: INR -3940000, SBIN 40",
        "OBLIGATION Final HDFC: INR -5907000, SBIN 60",
        "OBLIGATION Final SELLER: INR 9847000, SBIN -100",
      ],
    );
});

test("only the custodian named may answer, and only for a trade and side that wait", () => {
  const refusals: readonly [Partial<AffirmTrade>, string][] = [
    [{ participant: "HDFC" }, "NOT_YOUR_TRADE"],
    [{ participant: "SELLER" }, "NOT_YOUR_TRADE"],
    [{ side: "SELL" }, "UNKNOWN_TRADE"],
    [{ tradeId: "T-0-9-0-0" }, "UNKNOWN_TRADE"],
    [{ symbol: "INFY" }, "UNKNOWN_TRADE"],
    [{ participant: "no/body" }, "UNKNOWN_PARTICIPANT"],
    [{ clientOrderId: "O-0-1" }, "RESERVED_ID"],
  ];
  for (const [over, reason] of refusals) {
    const id = over.clientOrderId ?? "w-1";
    bought()
      .when(on("01 17:00", affirm(over)))
      .emits([`REFUSED Affirm ${id} ${reason}`]);
  }
});

test("the same word again is a repeat; the id with another word is refused", () => {
  const start = bought();
  start.when(on("01 17:00", affirm()));
  start.when(on("01 17:01", affirm())).emits(["REPEATED w-1 of 3"]);
  start.when(on("01 17:02", reject())).emits(["REFUSED RejectTrade w-1 DUPLICATE_ID"]);
  start
    .when(on("01 17:03", affirm({ clientOrderId: "w-2" })))
    .emits(["REFUSED Affirm w-2 AFFIRMATION_CLOSED"]);
  start
    .when(on("01 17:04", affirm({ clientOrderId: "w-3", participant: "HDFC" })))
    .emits(["REFUSED Affirm w-3 NOT_YOUR_TRADE"]);
});

test("an order that names another custodian is another order", () => {
  const order = buy("b", 100, 98_500, forFund);
  const start = given([on("01 10:00", order)], clearing());
  start.when(on("01 10:01", { ...order, source: newSource() })).emits(["REPEATED b of 1"]);
  start
    .when(on("01 10:02", { ...order, custodian: "OTHER", source: newSource() }))
    .emits(["REJECTED O-0-2 b DUPLICATE_ID"]);
});

test("a custodian is refused where there is no time to affirm, and without a client", () => {
  const instant = buy("b", 1, 98_500, forFund);
  given([], localTerms).when(instant).emits(["REJECTED O-0-0 b CUSTODIAN_NOT_ALLOWED"]);
  given([], clearing({ settlement: "T+0" }))
    .when(on("01 10:00", instant))
    .emits(["REJECTED O-0-0 b CUSTODIAN_NOT_ALLOWED"]);
  for (const over of [
    { client: null, custodian: "CUST" },
    { client: "FUND", custodian: "HDFC" },
  ])
    given([], clearing())
      .when(on("01 10:00", buy("b", 1, 98_500, over)))
      .emits(["REJECTED O-0-0 b CUSTODIAN_NOT_ALLOWED"]);
  given([], clearing())
    .when(on("01 10:00", buy("b", 1, 98_500, { client: "FUND", custodian: "a/b" })))
    .emits(["REJECTED O-0-0 b UNKNOWN_PARTICIPANT"]);
});

test("a negotiated trade is affirmed like any other", () => {
  const start = given(
    [on("01 10:00", negotiate("n", 100, 98_500, forFund)), on("01 10:01", answer("CONFIRM"))],
    clearing(),
  );
  start
    .when(on("01 17:00", affirm()))
    .emitsOf(["AFFIRMED"], ["AFFIRMED T-0-1-0-0 BUY into CUST/FUND blocked 9850000"]);
});

test("trade for trade, an affirmed side is delivered to the custodian's client", () => {
  const gross = clearing({ symbols: new Map([["SBIN", { settlement: "T+1", series: "BE" }]]) });
  const start = bought(gross);
  start
    .when(on("01 17:00", affirm()))
    .emitsOf(["AFFIRMED"], ["AFFIRMED T-0-1-0-0 BUY into CUST/FUND blocked 9850000"]);
  const { market } = start.when(tick("02 10:30"));
  deepEqual(amountOf(market, "CUST/FUND", "INR"), [150_000, 0, 0]);
  deepEqual(amountOf(market, "CUST/FUND", "SBIN"), [250, 0, 0]);
  deepEqual(amountOf(market, "HDFC", "INR"), [1e13, 0, 0]);
  const silent = bought(gross);
  silent
    .when(tick("02 08:30"))
    .emits([
      "DAY CLOSED 2026-06-01: SBIN 985.00 high 985.00",
      "STAGE Z2026100 Devolution",
      "DEVOLVED T-0-1-0-0 BUY on HDFC CUT_OFF",
      "DONE Z2026100 1",
    ]);
  const delivered = silent.when(tick("02 10:30"));
  deepEqual(amountOf(delivered.market, "HDFC", "SBIN"), [1e9 + 100, 0, 0]);
});
