import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { balances, nextDueMs } from "../../src/domain/market.ts";
import { paise } from "../../src/domain/facts/units.ts";
import { account, at, clearingTerms, holdingsOf, tick } from "../clearing-given.ts";
import { answer, buy, given, negotiate, sell, type Sent } from "../given.ts";

const words = ["PAY_IN", "PAY_OUT", "RELEASE", "INSTRUCTION", "COMPLETED"];

test("a trade in a cycle is novated: eight postings in what is due, and blocks stay", () => {
  given([{ command: sell("s", 100, 98_500), atMs: at("01 10:00") }], clearingTerms())
    .when({ command: buy("b", 100, 98_600), atMs: at("01 10:01") })
    .emitsOf(
      ["TRADE", "OPENED", "NOVATION", "NOVATED", "DAY", "RELEASE", "DVP", "SETTLED"],
      [
        "TRADE T-0-1-0-0 100 @ 985.00 O-0-1 O-0-0",
        "OPENED M2026100 traded 2026-06-01 settled 2026-06-02",
        "DAY 2026-06-01",
        "NOVATION T-0-1-0-0: HDFC INR due -9850000, clearing:ccp INR due 9850000, " +
          "clearing:ccp INR due -9850000, SELLER INR due 9850000, SELLER SBIN due -100, " +
          "clearing:ccp SBIN due 100, clearing:ccp SBIN due -100, HDFC SBIN due 100",
        "NOVATED T-0-1-0-0 in M2026100 by J-0-1-0-3",
        "RELEASE O-0-1: HDFC INR blocked -10000, HDFC INR free 10000",
      ],
    );
});

test("a trade of Monday is paid in and out on Tuesday, each at its time", () => {
  const start = given(
    [
      { command: sell("s", 100, 98_500), atMs: at("01 10:00") },
      { command: buy("b", 100, 98_500), atMs: at("01 10:01") },
    ],
    clearingTerms(),
  );
  equal(nextDueMs(start.market), at("01 15:30"));
  start.when(tick("01 15:30")).emits(["DAY CLOSED 2026-06-01: SBIN 985.00 high 985.00"]);
  start
    .when(tick("01 21:00"))
    .emits([
      "STAGE M2026100 Provisional",
      "OBLIGATION Provisional HDFC: INR -9850000, SBIN 100",
      "MEMBER Provisional HDFC: INR -9850000, SBIN 100",
      "OBLIGATION Provisional SELLER: INR 9850000, SBIN -100",
      "MEMBER Provisional SELLER: INR 9850000, SBIN -100",
      "DONE M2026100 4",
    ]);
  equal(nextDueMs(start.market), at("02 08:30"));
  start
    .when(tick("02 08:30"))
    .emitsOf(
      ["MEMBER"],
      ["MEMBER Final HDFC: INR -9850000, SBIN 100", "MEMBER Final SELLER: INR 9850000, SBIN -100"],
    );
  start
    .when(tick("02 10:30"))
    .emitsOf(words, [
      "PAY_IN I-M2026100-SELLER-SBIN: SELLER SBIN blocked -100, " +
        "clearing:ccp SBIN transit 100, SELLER SBIN due 100, clearing:ccp SBIN due -100",
      "INSTRUCTION SELLER DELI 100 of 100 SBIN Settled null",
      "PAY_IN I-M2026100-HDFC-INR: HDFC INR blocked -9850000, HDFC INR transit 9850000",
      "INSTRUCTION HDFC DELI 9850000 of 9850000 INR Settled null",
      "PAY_IN M2026100-HDFC: HDFC INR transit -9850000, clearing:ccp INR transit 9850000, " +
        "HDFC INR due 9850000, clearing:ccp INR due -9850000",
    ]);
  equal(nextDueMs(start.market), at("02 15:30"));
  const { market } = start.when(tick("02 15:30"));
  equal(nextDueMs(market), null);
  deepEqual(
    balances(market).filter(({ account }) => !account.startsWith("opening:")),
    [
      holding("HDFC", "INR", 1e13 - 9_850_000),
      holding("HDFC", "SBIN", 1e9 + 100),
      holding("SELLER", "INR", 1e13 + 9_850_000),
      holding("SELLER", "SBIN", 1e9 - 100),
      holding("clearing:ccp", "INR", 0),
      holding("clearing:ccp", "SBIN", 0),
    ],
  );
});

test("what a client bought and sold nets to nothing, and its blocks go back at pay-in", () => {
  const terms = clearingTerms({
    accounts: new Map([["M1/day", account("full", 1_000_00, { SBIN: 10 })]]),
  });
  const day = { participant: "M1", client: "day" };
  const start = given(
    [
      placed("01 10:00", sell("s", 10, 100_00, day)),
      placed("01 10:01", buy("b", 10, 100_00)),
      placed("01 10:02", sell("s2", 10, 99_00)),
      placed("01 10:03", buy("b2", 10, 99_00, day)),
      tick("01 15:30"),
      tick("01 21:00"),
    ],
    terms,
  );
  deepEqual(holdingsOf(start.market, "M1/day"), {
    "M1/day INR": "1000/99000/1000",
    "M1/day SBIN": "0/10/0",
  });
  start
    .when(tick("02 08:30"))
    .emitsOf(
      ["OBLIGATION Final M1", "MEMBER Final M1"],
      ["OBLIGATION Final M1/day: INR 1000, SBIN 0", "MEMBER Final M1: INR 1000, SBIN 0"],
    );
  start
    .when(tick("02 10:30"))
    .emitsOf(
      ["RELEASE"],
      [
        "RELEASE I-M2026100-M1/day-SBIN: M1/day SBIN blocked -10, M1/day SBIN free 10",
        "RELEASE I-M2026100-M1/day-INR: M1/day INR blocked -99000, M1/day INR free 99000",
      ],
    );
  start
    .when(tick("02 15:30"))
    .emitsOf(["COMPLETED"], ["COMPLETED M2026100: 2 trades, gross 199000, net 100000, saved 4974"]);
  deepEqual(holdingsOf(start.market, "M1/day"), {
    "M1/day INR": "101000/0/0",
    "M1/day SBIN": "10/0/0",
  });
});

test("cash nets over a member's clients, shares are delivered client by client", () => {
  const one = { participant: "M1", client: "one" };
  const two = { participant: "M1", client: "two" };
  const start = given(
    [
      placed("01 10:00", sell("s", 10, 100_00, one)),
      placed("01 10:01", buy("b", 10, 100_00, two)),
      tick("01 15:30"),
      tick("01 21:00"),
      tick("02 08:30"),
    ],
    clearingTerms(),
  );
  start
    .when(tick("02 10:30"))
    .emitsOf(
      ["PAY_IN"],
      [
        "PAY_IN I-M2026100-M1/one-SBIN: M1/one SBIN blocked -10, " +
          "clearing:ccp SBIN transit 10, M1/one SBIN due 10, clearing:ccp SBIN due -10",
        "PAY_IN I-M2026100-M1/two-INR: M1/two INR blocked -100000, M1 INR transit 100000, " +
          "M1/two INR due 100000, M1 INR due -100000",
      ],
    );
  start
    .when(tick("02 15:30"))
    .emitsOf(
      ["PAY_OUT", "COMPLETED"],
      [
        "PAY_OUT I-M2026100-M1/one-INR: M1 INR transit -100000, M1/one INR due -100000, " +
          "M1 INR due 100000, M1/one INR free 100000",
        "PAY_OUT I-M2026100-M1/two-SBIN: clearing:ccp SBIN transit -10, M1/two SBIN free 10, " +
          "M1/two SBIN due -10, clearing:ccp SBIN due 10",
        "COMPLETED M2026100: 1 trades, gross 100000, net 0, saved 10000",
      ],
    );
});

test("a trade at 21:00 belongs to the next day's settlement, one a moment earlier does not", () => {
  const start = given([placed("01 20:00", sell("s", 20, 100_00))], clearingTerms());
  start
    .when({ command: buy("b", 10, 100_00), atMs: at("01 21:00") - 1 })
    .emitsOf(["NOVATED"], ["NOVATED T-0-1-0-0 in M2026100 by J-0-1-0-3"]);
  start
    .when({ command: buy("b2", 10, 100_00), atMs: at("01 21:00") })
    .emitsOf(
      ["OPENED", "NOVATED"],
      [
        "OPENED M2026101 traded 2026-06-02 settled 2026-06-03",
        "NOVATED T-0-2-0-0 in M2026101 by J-0-2-0-1",
      ],
    );
});

test("the trades of a bank holiday settle with those of the day before, as two settlements", () => {
  const march = (time: string): number => at(time) - 75 * 24 * 3_600_000;
  const start = given(
    [
      { command: sell("s", 20, 100_00), atMs: march("01 10:00") },
      { command: buy("b", 10, 100_00), atMs: march("01 10:01") },
      { command: buy("b2", 10, 100_00), atMs: march("02 10:01") },
    ],
    clearingTerms(),
  );
  const opened = start.steps.flatMap(({ events }) =>
    events.flatMap((event) =>
      event.type === "SettlementOpened"
        ? [[event.settlementNumber, event.tradeDate, event.settlementDate]]
        : [],
    ),
  );
  deepEqual(opened, [
    ["M2026053", "2026-03-18", "2026-03-20"],
    ["M2026054", "2026-03-19", "2026-03-20"],
  ]);
  // The second is paid in after the first is paid out.
  const dues = ["03 10:30", "03 15:30", "03 16:30", "03 21:00"];
  for (const time of dues) {
    start.when({ command: { type: "Tick" }, atMs: march(time) - 1 });
    equal(nextDueMs(start.market), march(time), time);
    start.when({ command: { type: "Tick" }, atMs: march(time) });
  }
  const { market } = start;
  equal(nextDueMs(market), null);
  equal(holdingsOf(market, "HDFC")["HDFC SBIN"], "1000000020/0/0");
});

test("what is bought before a day without settlement and sold on it arrives in time, netted and trade for trade", () => {
  const pairs = [
    ["2025-10-20", "2025-10-21"],
    ["2026-01-30", "2026-02-01"],
    ["2026-02-18", "2026-02-19"],
    ["2026-03-18", "2026-03-19"],
    ["2026-03-30", "2026-04-01"],
    ["2026-08-25", "2026-08-26"],
    ["2026-11-06", "2026-11-08"],
  ] as const;
  const cash = account("full", 10_000_00);
  const accounts = new Map([
    ["M1/has", account("full", 0, { SBIN: 10 })],
    ["M2/between", account("margin", 100_000_00)],
    ["M3/buys", cash],
  ]);
  for (const series of ["EQ", "BE"])
    for (const [first, second] of pairs) {
      const symbols = new Map([["SBIN", { settlement: "T+1" as const, series }]]);
      const on = (date: string, clock: string): number => Date.parse(`${date}T${clock}:00+05:30`);
      const of = (participant: string, client: string) => ({ participant, client });
      const start = given(
        [
          { command: sell("s1", 10, 100_00, of("M1", "has")), atMs: on(first, "14:00") },
          { command: buy("b1", 10, 100_00, of("M2", "between")), atMs: on(first, "14:01") },
          { command: sell("s2", 10, 100_00, of("M2", "between")), atMs: on(second, "14:00") },
          { command: buy("b2", 10, 100_00, of("M3", "buys")), atMs: on(second, "14:01") },
        ],
        clearingTerms({ symbols, accounts }),
      );
      for (let dueMs = nextDueMs(start.market); dueMs !== null; dueMs = nextDueMs(start.market))
        start.when({ command: { type: "Tick" }, atMs: dueMs });
      const all = start.steps.flatMap(({ events }) => events.map(({ type }) => type));
      const lacks = all.filter((type) =>
        /^(ShortageFound|TradeClosedOut|MemberLacked)$/.test(type),
      );
      deepEqual(lacks, [], `${series} ${second}`);
      equal(holdingsOf(start.market, "M3/buys")["M3/buys SBIN"], "10/0/0", `${series} ${second}`);
    }
});

test("series BE settles each trade by itself at pay-in, T+0 on the day by its own net", () => {
  const symbols = new Map([
    ["BETA", { settlement: "T+1" as const, series: "BE" }],
    ["TODAY", { settlement: "T+0" as const, series: "EQ" }],
  ]);
  const start = given(
    [
      placed("01 10:00", sell("s", 20, 100_00, { symbol: "BETA" })),
      placed("01 10:01", buy("b", 10, 100_00, { symbol: "BETA" })),
      placed("01 10:02", buy("b2", 10, 100_00, { symbol: "BETA" })),
      placed("01 13:29", sell("t", 20, 50_00, { symbol: "TODAY" })),
      placed("01 13:29", buy("t2", 10, 50_00, { symbol: "TODAY" })),
      placed("01 13:30", buy("t3", 10, 50_00, { symbol: "TODAY" })),
    ],
    clearingTerms({ symbols }),
  );
  const numbers = start.steps.flatMap(({ events }) =>
    events.flatMap((event) => (event.type === "SettlementOpened" ? [event.settlementNumber] : [])),
  );
  deepEqual(numbers, ["Z2026100", "52026597", "52026598"]);
  start
    .when(tick("01 13:30"))
    .emitsOf(["STAGE"], ["STAGE 52026597 Provisional", "STAGE 52026597 Final"]);
  start
    .when(tick("01 15:30"))
    .emitsOf(
      ["STAGE"],
      ["STAGE 52026597 PayInShares", "STAGE 52026597 PayInCash", "STAGE 52026597 Shortages"],
    );
  start
    .when(tick("01 16:00"))
    .emitsOf(["COMPLETED"], ["COMPLETED 52026597: 1 trades, gross 50000, net 50000, saved 0"]);
  start
    .when(tick("02 10:30"))
    .emitsOf(
      ["DVP", "DELIVERED", "COMPLETED"],
      [
        "DVP T-0-1-0-0: HDFC INR blocked -100000, HDFC INR due 100000, " +
          "SELLER BETA blocked -10, HDFC BETA free 10, SELLER INR due -100000, " +
          "SELLER BETA due 10, HDFC BETA due -10, SELLER INR free 100000",
        "DELIVERED T-0-1-0-0 by J-0-9-0-0",
        "DVP T-0-2-0-0: HDFC INR blocked -100000, HDFC INR due 100000, " +
          "SELLER BETA blocked -10, HDFC BETA free 10, SELLER INR due -100000, " +
          "SELLER BETA due 10, HDFC BETA due -10, SELLER INR free 100000",
        "DELIVERED T-0-2-0-0 by J-0-9-0-1",
        "COMPLETED Z2026100: 2 trades, gross 200000, net 200000, saved 0",
      ],
    );
});

test("a negotiated trade is cleared too: the counterparty's shares are blocked when it confirms", () => {
  given([placed("01 10:00", negotiate("n", 10, 100_00))], clearingTerms())
    .when(placed("01 10:01", answer("CONFIRM", "n")))
    .emitsOf(
      ["BLOCK", "NOVATION", "DAY", "DVP"],
      [
        "BLOCK T-0-1-0-0: COUNTERPARTY SBIN free -10, COUNTERPARTY SBIN blocked 10",
        "NOVATION T-0-1-0-0: HDFC INR due -100000, clearing:ccp INR due 100000, " +
          "clearing:ccp INR due -100000, COUNTERPARTY INR due 100000, " +
          "COUNTERPARTY SBIN due -10, clearing:ccp SBIN due 10, clearing:ccp SBIN due -10, " +
          "HDFC SBIN due 10",
      ],
    );
});

test("a settlement takes no more than can be counted exactly", () => {
  const start = given(
    [
      placed("01 10:00", sell("s", 1_000_000, 10_000_000_00, { participant: "M1" })),
      placed("01 10:00", sell("s2", 1_000_000, 10_000_000_00, { participant: "M2" })),
    ],
    { ...clearingTerms(), openingCashPaise: paise(2e15) },
  );
  const who = (participant: string) => ({ participant });
  start
    .when(placed("01 10:01", buy("b", 562_949, 10_000_000_00, who("M3"))))
    .emitsOf(["REJECTED", "NOVATED"], ["NOVATED T-0-2-0-0 in M2026100 by J-0-2-0-3"]);
  start
    .when(placed("01 10:02", buy("b2", 1, 10_000_000_00, who("M4"))))
    .emitsOf(["REJECTED", "NOVATED"], ["REJECTED O-0-3 b2 VALUE_OUT_OF_RANGE"]);
});

function placed(time: string, command: Sent["command"]): Sent {
  return { command, atMs: at(time) };
}

function holding(account: string, asset: string, free: number) {
  return { account, asset, free, blocked: 0, transit: 0, due: 0 };
}
