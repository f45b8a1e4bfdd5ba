import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { postJournal } from "../../src/domain/state/balances.ts";
import type { Posting } from "../../src/domain/facts/journal.ts";
import { balances, describeMarket, initialMarket, localTerms } from "../../src/domain/market.ts";
import { buy, given, newSource, play, sell } from "../given.ts";

const opened = (account: string) => [
  `OPENING ${account}: opening:${account} INR free -10000000000000, ` +
    `${account} INR free 10000000000000`,
  `OPENING ${account}: opening:${account} SBIN free -1000000000, ${account} SBIN free 1000000000`,
];

test("the first order of a symbol lists it, opens its account, is accepted and covered", () => {
  given([])
    .when(buy("b", 100, 98_500))
    .emits([
      "LISTED SBIN",
      ...opened("HDFC"),
      "ACCEPTED O-0-0 b BUY 100 SBIN",
      "BLOCK O-0-0: HDFC INR free -9850000, HDFC INR blocked 9850000",
    ]);
});

test("a trade settles by one journal of four postings; the buyer's better price goes back in a second", () => {
  given([sell("s", 100, 98_500)])
    .when(buy("b", 100, 98_600))
    .emits([
      ...opened("HDFC"),
      "ACCEPTED O-0-1 b BUY 100 SBIN",
      "BLOCK O-0-1: HDFC INR free -9860000, HDFC INR blocked 9860000",
      "TRADE T-0-1-0-0 100 @ 985.00 O-0-1 O-0-0",
      "DVP T-0-1-0-0: HDFC INR blocked -9850000, SELLER INR free 9850000, " +
        "SELLER SBIN blocked -100, HDFC SBIN free 100",
      "SETTLED S-0-1-0-0 T-0-1-0-0 J-0-1-0-3",
      "RELEASE O-0-1: HDFC INR blocked -10000, HDFC INR free 10000",
    ]);
});

test("a client's account is its own, and opens like its member's", () => {
  given([buy("b", 1, 98_500)])
    .when(buy("b2", 1, 98_500, { client: "X1" }))
    .emits([
      ...opened("HDFC/X1"),
      "ACCEPTED O-0-1 b2 BUY 1 SBIN",
      "BLOCK O-0-1: HDFC/X1 INR free -98500, HDFC/X1 INR blocked 98500",
    ]);
});

test("a second symbol opens its shares only, and lists it with the smallest tick", () => {
  const { events } = given([buy("b", 1, 98_500)]).when(buy("z", 1, 7, { symbol: "ZED" }));
  const [listed, journal] = events;
  deepEqual(listed, {
    type: "InstrumentListed",
    instrument: {
      symbol: "ZED",
      series: "EQ",
      isin: null,
      faceValuePaise: 100,
      lot: 1,
      referenceClosePaise: null,
      tickPaise: 1,
    },
  });
  equal(journal?.type === "JournalPosted" && journal.journal.postings[1]?.asset, "ZED");
  equal(events.filter((e) => e.type === "JournalPosted").length, 2);
});

test("every event carries what its readers need", () => {
  const start = given([sell("s", 60, null)]);
  const source = newSource();
  const { events } = start.when(buy("b", 100, 98_500, { source }));
  const outcomes = events.filter(({ type }) => type !== "JournalPosted");
  deepEqual(outcomes, [
    {
      type: "OrderAccepted",
      participant: "HDFC",
      client: null,
      clientOrderId: "b",
      symbol: "SBIN",
      symbolAsSent: "SBI",
      side: "BUY",
      quantity: 100,
      pricePaise: 98_500,
      counterparty: null,
      custodian: null,
      product: "CNC",
      unfit: null,
      orderId: "O-0-1",
      expiresAtMs: null,
      source,
    },
    {
      type: "TradeExecuted",
      tradeId: "T-0-1-0-0",
      kind: "book",
      symbol: "SBIN",
      isin: "INE062A01020",
      quantity: 60,
      pricePaise: 98_500,
      amountPaise: 5_910_000,
      buy: {
        orderId: "O-0-1",
        clientOrderId: "b",
        participant: "HDFC",
        client: null,
        symbolAsSent: "SBI",
        orderQuantity: 100,
        orderPricePaise: 98_500,
        cumQuantity: 60,
        leavesQuantity: 40,
      },
      sell: {
        orderId: "O-0-0",
        clientOrderId: "s",
        participant: "SELLER",
        client: null,
        symbolAsSent: "SBI",
        orderQuantity: 60,
        orderPricePaise: null,
        cumQuantity: 60,
        leavesQuantity: 0,
      },
      aggressor: "BUY",
    },
    {
      type: "TradeSettled",
      settlementId: "S-0-1-0-0",
      tradeId: "T-0-1-0-0",
      journalId: "J-0-1-0-3",
    },
  ]);
});

test("balances list every account and asset", () => {
  const { market } = play([sell("s", 100, null), buy("b", 100, 98_500)], localTerms);
  deepEqual(
    balances(market).filter(({ account }) => account === "HDFC"),
    [
      { account: "HDFC", asset: "INR", free: 1e13 - 9_850_000, blocked: 0, transit: 0, due: 0 },
      { account: "HDFC", asset: "SBIN", free: 1e9 + 100, blocked: 0, transit: 0, due: 0 },
    ],
  );
});

test("the market's time and number follow the steps, and time never goes back", () => {
  const start = given([{ command: buy("b", 1, 500), atMs: 50 }]);
  const { market } = start.when({ command: { type: "Tick" }, atMs: 20 });
  deepEqual([market.clockMs, market.seq], [50, 2]);
  equal(describeMarket(market).split("\n")[0], "clock 50 seq 2");
});

const wrong: readonly [string, readonly Posting[]][] = [
  ["does not sum to zero", [move("A", "INR", -5), move("B", "INR", 4)]],
  ["mixes assets", [move("A", "INR", -5), move("B", "SBIN", 5)]],
  ["has a part of a paisa", [move("A", "INR", -0.5), move("B", "INR", 0.5)]],
  ["overdraws", [move("A", "INR", -11), move("B", "INR", 11)]],
];

for (const [what, postings] of wrong)
  test(`a journal that ${what} breaks the market`, () => {
    const { accounts } = initialMarket();
    const kind = "OPENING";
    const first = [move("opening:A", "INR", -10), move("A", "INR", 10)];
    postJournal(accounts, { journalId: "J-1", kind, reference: "A", postings: first });
    throws(
      () => postJournal(accounts, { journalId: "J-2", kind, reference: "A", postings }),
      /broken invariant: J-2/,
    );
  });

function move(account: string, asset: string, amount: number): Posting {
  return { account, asset, bucket: "free", amount };
}
