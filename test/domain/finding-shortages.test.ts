import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { nextDueMs } from "../../src/domain/market.ts";
import { account, at, clearingTerms, holdingsOf, offer, tick } from "../clearing-given.ts";
import { buy, given, sell, type Sent } from "../given.ts";
import { buyer, buyIns, monday, placed, short, terms } from "./short-sale.ts";

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
        "VALUATION_DEBIT L-0-7-0-0: M1 INR transit -20000000, " +
          "clearing:ccp INR blocked 20000000, M1/short INR due -20000000, M1 INR due 20000000",
        "DEBT M1/short owes M1 20000000 LACK",
        "SHORT M1/short to M2/buyer 1000 SBIN debited 20000000",
      ],
    );
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
      // The price of the day itself: it values no shortage of the day, also not one found after
      // the close.
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
  // Its highest price since its own trade date, 20 March, counts: 230.00, below 120 % of the close
  // of 230.00.
  start
    .when(tickAt("06 15:30"))
    .emitsOf(["CLOSED OUT"], ["CLOSED OUT 3 SBIN @ 276.00 paid 82800 of 82800"]);
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
