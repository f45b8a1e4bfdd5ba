import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { owedBy } from "../../src/domain/state/debt.ts";
import { balances, nextDueMs } from "../../src/domain/market.ts";
import { account, at, clearingTerms, tick } from "../clearing-given.ts";
import { buy, given, lineOf, sell } from "../given.ts";
import type { Sent } from "../given.ts";

const penny = { symbol: "PENNY", symbolAsSent: "PENNY" };
const seller = { participant: "B", client: "x", ...penny };

function placed(time: string, command: Sent["command"]): Sent {
  return { command, atMs: at(time) };
}

/** Sells forty times as many shares of a paisa as an order may, and then one share trades at Rs 1 crore. */
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
