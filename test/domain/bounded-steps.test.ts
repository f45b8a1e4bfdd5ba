import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { cycleSymbolsMax } from "../../src/domain/decide/listing.ts";
import { nextDueMs } from "../../src/domain/market.ts";
import { account, at, clearingTerms, tick } from "../clearing-given.ts";
import { buy, cancel, given, lineOf, sell } from "../given.ts";
import type { Sent } from "../given.ts";

function placed(time: string, command: Sent["command"]): Sent {
  return { command, atMs: at(time) };
}

test("margin that lacks is blocked for a bounded number of accounts by one tick, and for all in the end", () => {
  const clients = Array.from({ length: 1_200 }, (_, index) => `c${index}`);
  const terms = clearingTerms({
    accounts: new Map(clients.map((client) => [`HDFC/${client}`, account("margin", 1_000_00)])),
    symbols: new Map([["NOW", { settlement: "instant", series: "EQ" }]]),
  });
  const now = { symbol: "NOW", symbolAsSent: "NOW" };
  // Each sells a share at 985.00 and ties up the rest of its cash; then the share is worth 1,400.00.
  const start = given(
    [
      placed("01 10:00", buy("all", 1_200, 985_00, { participant: "M1" })),
      ...clients.flatMap((client) => [
        placed("01 10:00", sell(`s${client}`, 1, 985_00, { participant: "HDFC", client })),
        placed("01 10:00", buy(`n${client}`, 1, 800_00, { client, ...now })),
      ]),
      placed("01 15:20", sell("up", 1, 1_400_00)),
      placed("01 15:20", buy("up", 1, 1_400_00)),
    ],
    terms,
  );
  while ((nextDueMs(start.market) ?? Infinity) <= at("01 15:30")) start.when(tick("01 15:30"));
  const { short } = start.market.clearing.margins;
  equal(short.size, 1_200);
  for (const client of clients)
    start.when(placed("01 15:31", cancel(`x${client}`, `n${client}`, { symbol: "NOW" })));
  ok(start.when(tick("01 15:32")).events.length <= 1_000);
  while (short.size > 0) start.when(tick("01 15:33"));
});

test("margins of many securities are counted anew and closed in steps that the log takes", () => {
  const clients = Array.from({ length: 160 }, (_, index) => `c${index}`);
  const symbols = Array.from({ length: 150 }, (_, index) => `WITH-A-LONG-NAME-${100 + index}`);
  const terms = clearingTerms({
    accounts: new Map(clients.map((client) => [`HDFC/${client}`, account("margin", 1e13)])),
  });
  const sent = symbols.flatMap((symbol) => {
    const named = { symbol, symbolAsSent: symbol };
    return [
      placed("01 10:00", sell(`s${symbol}`, clients.length, 985_00, named)),
      ...clients.map((client) =>
        placed("01 10:00", buy(`b${symbol}${client}`, 1, 985_00, { client, ...named })),
      ),
      placed("01 15:20", sell(`t${symbol}`, 1, 1_400_00, named)),
      placed("01 15:20", buy(`u${symbol}`, 1, 1_400_00, named)),
    ];
  });
  const start = given(sent, terms);
  let revalued = 0;
  let closed = 0;
  for (const time of ["01 15:30", "02 08:30", "02 10:30"])
    while ((nextDueMs(start.market) ?? Infinity) <= at(time)) {
      const { events } = start.when(tick(time));
      const bytes = Buffer.byteLength(JSON.stringify(events));
      ok(bytes < 1_500_000, `${bytes} bytes at ${time}`);
      for (const event of events)
        if (event.type === "MarginRequired") revalued += event.securities.length;
        else if (event.type === "MarginPositionsClosed") closed += 1;
    }
  ok(revalued >= 2 * clients.length * symbols.length, "at the close and at the pay-in");
  equal(closed, clients.length);
});

test("no more symbols are listed in a cycle than one day's close may hold", () => {
  const named = (index: number): { symbol: string; symbolAsSent: string } => ({
    symbol: `S${index}`,
    symbolAsSent: `S${index}`,
  });
  const listed = Array.from({ length: cycleSymbolsMax }, (_, index) =>
    placed("01 10:00", sell(`s${index}`, 1, 100, named(index))),
  );
  const start = given(listed, clearingTerms());
  const [refused] = start.when(placed("01 10:01", sell("more", 1, 100, named(-1)))).events;
  equal(refused === undefined ? "" : lineOf(refused), "REJECTED O-0-10000 more UNKNOWN_SYMBOL");
  const [known] = start.when(placed("01 10:02", sell("known", 1, 100, named(7)))).events;
  equal(known?.type, "OrderAccepted");
});
