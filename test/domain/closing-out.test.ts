import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { owedBy } from "../../src/domain/state/debt.ts";
import { balances, nextDueMs } from "../../src/domain/market.ts";
import { account, clearingTerms, holdingsOf, tick } from "../clearing-given.ts";
import { buy, given, lineOf, sell, type Sent } from "../given.ts";
import { buyer, monday, placed, short, terms } from "./short-sale.ts";

const penny = { symbol: "PENNY", symbolAsSent: "PENNY" };
const seller = { participant: "B", client: "x", ...penny };

/**
 * Sells forty times as many shares of a paisa as an order may, and then one share trades at Rs
 * 1 crore.
 */
function soldShort(): Sent[] {
  const sold = Array.from({ length: 40 }, (_, index) => [
    placed("01 10:00", buy("b", 1e9, 1, { participant: `R${index}`, ...penny })),
    placed("01 10:00", sell(`s${index}`, 1e9, 1, seller)),
  ]);
  return [
    ...sold.flat(),
    placed("01 15:20", buy("up", 1, 1e9, { participant: "P", ...penny })),
    placed("01 15:20", sell("up", 1, 1e9, { participant: "Q", ...penny })),
  ];
}

for (const series of ["EQ", "BE"])
  test(`close-outs beyond all money in ${series} end, and what is owed stays countable`, () => {
    const terms = clearingTerms({
      accounts: new Map([["B/x", account("margin", 1e13)]]),
      symbols: new Map([["PENNY", { settlement: "T+1", series }]]),
    });
    const start = given(soldShort(), terms);
    const { market } = start;
    while (nextDueMs(market) !== null) start.when(tick("02 15:30"));
    const { debts } = market.clearing.shortfalls;
    equal(market.clearing.settlements.size, 0);
    for (const debtor of ["B/x", "B"]) ok(owedBy(debts, debtor) <= 2 ** 52, debtor);
    const dues = balances(market).filter(({ asset }) => asset === "INR");
    equal(
      dues.reduce((sum, { due }) => sum + BigInt(due), 0n),
      0n,
    );
  });

test("an auction's band of a share of one paisa begins at a paisa, however wide it is", () => {
  const [rates] = nseClearing.shortageRates;
  const wide = rates === undefined ? [] : [{ ...rates, auctionBandPercent: 60 }];
  const terms = clearingTerms({
    accounts: new Map([["B/x", account("margin", 1e13)]]),
    shortageRates: wide,
  });
  const start = given(
    [
      placed("01 10:00", buy("b", 10, 1, { participant: "R", ...penny })),
      placed("01 10:00", sell("s", 10, 1, seller)),
    ],
    terms,
  );
  const { events } = start.when(tick("02 10:30"));
  equal(
    events.map(lineOf).find((line) => line.startsWith("AUCTION")),
    "AUCTION CALLED PENNY 2026-06-02 0.01 to 0.02",
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
        "CLOSE_OUT L-0-5-0-0: M1/short TODAY due 10, M2/buyer TODAY due -10, " +
          "M1 INR transit -60000, M1/short INR due -60000, M1 INR due 60000, " +
          "M2/buyer INR free 60000",
        "CLOSED OUT 10 TODAY @ 60.00 paid 60000 of 60000",
      ],
    );
  start.when(tick("01 16:00"));
  start
    .when(tick("02 10:30"))
    .emitsOf(
      ["TRADE", "CLOSE_OUT", "DVP"],
      [
        "CLOSE_OUT T-0-1-0-0: M2/buyer INR due 100000, M1/short INR due -100000, " +
          "M1/short BETA due 10, M2/buyer BETA due -10, M2/buyer INR blocked -100000, " +
          "M2/buyer INR free 100000, M1 INR transit -20000, M1/short INR due -20000, " +
          "M1 INR due 20000, M2/buyer INR free 20000",
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
