import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { nextDueMs, type MarketTerms } from "../../src/domain/market.ts";
import { paise } from "../../src/domain/facts/units.ts";
import {
  account,
  at,
  clearingTerms,
  holdingsOf,
  noMargin,
  payDues,
  tick,
} from "../clearing-given.ts";
import { buy, given, sell, type Sent } from "../given.ts";

/** M1's client poor buys 100 at 985.00 with 1,000.00; SELLER has the shares. */
function poor(memberPaise: number, collateralPaise = 0, fundPaise = 0): MarketTerms {
  return clearingTerms({
    accounts: new Map([
      ["M1/poor", account("margin", 1_000_00)],
      ["M1/rich", account("full", 0, { SBIN: 100 })],
      ["M1", account("full", memberPaise)],
      ["SELLER", account("full", 0, { SBIN: 1_000 })],
      ["M3", account("full", 200_000_00)],
    ]),
    collateral: new Map([["M1", paise(collateralPaise)]]),
    guaranteeFundPaise: paise(fundPaise),
    marginRates: noMargin,
  });
}

const client = { participant: "M1", client: "poor" };
const words = ["PAY_IN", "DEFAULT", "COVERED", "DEBT", "INSTRUCTION M1/poor", "SUSPENDED", "HELD"];

function placed(time: string, command: Sent["command"]): Sent {
  return { command, atMs: at(time) };
}

function monday(): Sent[] {
  return [
    placed("01 10:00", sell("s", 100, 985_00)),
    placed("01 10:01", buy("b", 100, 985_00, client)),
    tick("01 15:30"),
    tick("01 21:00"),
    tick("02 08:30"),
  ];
}

test("what a client lacks its member adds, and the client's shares are blocked until it has paid", () => {
  const start = given(monday(), poor(100_000_00));
  start
    .when(tick("02 10:30"))
    .emitsOf(words, [
      "PAY_IN I-M2026100-SELLER-SBIN: SELLER SBIN blocked -100, " +
        "clearing:ccp SBIN transit 100, SELLER SBIN due 100, clearing:ccp SBIN due -100",
      "PAY_IN I-M2026100-M1/poor-INR: M1/poor INR free -100000, M1 INR transit 100000, " +
        "M1/poor INR due 100000, M1 INR due -100000",
      "INSTRUCTION M1/poor DELI 100000 of 9850000 INR PartiallySettled MONY",
      "DEBT M1/poor owes M1 9750000 MONY",
      "PAY_IN M2026100-M1: M1 INR free -9750000, M1 INR transit 9750000",
      "COVERED M1 9750000 of 9750000",
      "PAY_IN M2026100-M1: M1 INR transit -9850000, clearing:ccp INR transit 9850000, " +
        "M1 INR due 9850000, clearing:ccp INR due -9850000",
    ]);
  const { market } = start.when(tick("02 15:30"));
  deepEqual(holdingsOf(market, "M1", "M1/poor"), {
    "M1 INR": "250000/0/9750000",
    "M1/poor INR": "0/0/-9750000",
    "M1/poor SBIN": "0/100/0",
  });
});

test("a client that sells its unpaid shares has paid by the proceeds", () => {
  const start = given(monday(), poor(100_000_00));
  start.when(tick("02 10:30"));
  start.when(tick("02 15:30"));
  start.when(placed("03 10:00", sell("s2", 100, 990_00, client)));
  start
    .when(placed("03 10:01", buy("b2", 100, 990_00, { participant: "M3" })))
    .emitsOf(["NOVATED"], ["NOVATED T-0-8-0-0 in M2026102 by J-0-8-0-3"]);
  for (const time of ["03 15:30", "03 21:00", "04 08:30"]) start.when(tick(time));
  start.when(tick("04 10:30")).emitsOf(["FREED"], ["FREED 100 SBIN of M1/poor by Account"]);
  start
    .when(tick("04 15:30"))
    .emitsOf(
      ["PAY_OUT I-M2026102-M1/poor", "DEBT"],
      [
        "PAY_OUT I-M2026102-M1/poor-INR: M1 INR transit -9900000, M1/poor INR due -9900000, " +
          "M1 INR due 9900000, M1/poor INR due 9750000, M1 INR due -9750000, " +
          "M1/poor INR free 150000, M1 INR free 9750000",
        "DEBT PAID M1/poor to M1 9750000",
      ],
    );
  deepEqual(holdingsOf(start.market, "M1", "M1/poor"), {
    "M1 INR": "10000000/0/0",
    "M1/poor INR": "150000/0/0",
    "M1/poor SBIN": "0/0/0",
  });
});

test("a payment of dues is refused without the cash, under a used id, and where nothing is due", () => {
  const terms = poor(100_000_00);
  const start = given([...monday(), tick("02 10:30"), tick("02 15:30")], terms);
  const pay = (id: string, amount: number) =>
    start.when(placed("03 11:00", payDues("M1", "poor", id, amount)));
  pay("p1", 1).emits(["REFUSED PayDues p1 INSUFFICIENT_FUNDS"]);
  pay("p1", 2).emits(["REFUSED PayDues p1 DUPLICATE_ID"]);
  start
    .when(placed("03 11:01", payDues("M1", "rich", "p2", 100)))
    .emits(["REFUSED PayDues p2 NOTHING_DUE"]);
});

test("dues are paid from free cash, a repeat pays nothing, and the last paisa frees the shares", () => {
  const start = given(
    [
      placed("01 09:00", sell("t", 98, 1_000_00, { ...client, symbol: "NOW" })),
      ...monday(),
      tick("02 10:30"),
      tick("02 15:30"),
    ],
    withInstant(poor(100_000_00)),
  );
  start.when(placed("03 10:00", buy("t2", 98, 1_000_00, { participant: "M3", symbol: "NOW" })));
  const first = payDues("M1", "poor", "p1", 97_000_00);
  start
    .when(placed("03 11:00", first))
    .emits([
      "DUES PAID M1/poor 9700000 of 9700000",
      "DUES D-0-9: M1/poor INR free -9700000, M1/poor INR due 9700000, M1 INR due -9700000, " +
        "M1 INR free 9700000",
      "DEBT PAID M1/poor to M1 9700000",
    ]);
  start
    .when(placed("03 11:01", { ...first, source: payDues("M1", "poor", "p1", 1).source }))
    .emits(["REPEATED p1 of 10"]);
  start
    .when(placed("03 11:02", payDues("M1", "poor", "p2", 1_000_00)))
    .emits([
      "DUES PAID M1/poor 50000 of 100000",
      "DUES D-0-11: M1/poor INR free -50000, M1/poor INR due 50000, M1 INR due -50000, " +
        "M1 INR free 50000",
      "DEBT PAID M1/poor to M1 50000",
      "RELEASE M1/poor: M1/poor SBIN blocked -100, M1/poor SBIN free 100",
      "FREED 100 SBIN of M1/poor by Account",
    ]);
});

test("what the member lacks comes from its collateral, then from the fund, which withholds the shares", () => {
  const start = given(monday(), poor(7_500_00, 20_000_00, 500_000_00));
  start
    .when(tick("02 10:30"))
    .emitsOf(
      ["PAY_IN M2026100-M1", "OPENING", "DEFAULT", "COVERED", "DEBT", "SUSPENDED"],
      [
        "OPENING M1: opening:M1 INR free -750000, M1 INR free 750000",
        "DEBT M1/poor owes M1 9750000 MONY",
        "PAY_IN M2026100-M1: M1 INR free -750000, M1 INR transit 750000",
        "DEFAULTED M1 9000000",
        "OPENING collateral:M1: opening:collateral:M1 INR free -2000000, " +
          "collateral:M1 INR free 2000000",
        "DEFAULT M2026100-M1: collateral:M1 INR free -2000000, M1 INR transit 2000000",
        "OPENING clearing:guarantee-fund: opening:clearing:guarantee-fund INR free -50000000, " +
          "clearing:guarantee-fund INR free 50000000",
        "DEFAULT M2026100-M1: clearing:guarantee-fund INR free -7000000, " +
          "M1 INR transit 7000000, M1 INR due -7000000, clearing:guarantee-fund INR due 7000000",
        "DEBT M1 owes clearing:guarantee-fund 7000000 FUND",
        "COVERED M1 9750000 of 9750000",
        "PAY_IN M2026100-M1: M1 INR transit -9850000, clearing:ccp INR transit 9850000, " +
          "M1 INR due 9850000, clearing:ccp INR due -9850000",
        "SUSPENDED M1",
      ],
    );
  const { market } = start.when(tick("02 15:30"));
  deepEqual(holdingsOf(market, "M1", "M1/poor", "SELLER", "clearing:guarantee-fund"), {
    "M1 INR": "0/0/2750000",
    "M1/poor INR": "0/0/-9750000",
    "M1/poor SBIN": "0/0/0",
    "SELLER INR": "9850000/0/0",
    "SELLER SBIN": "900/0/0",
    "clearing:guarantee-fund INR": "43000000/0/7000000",
    "clearing:guarantee-fund SBIN": "0/100/0",
  });
  start
    .when(placed("03 10:00", buy("b3", 1, 985_00, { participant: "M1", client: "rich" })))
    .emitsOf(["REJECTED"], ["REJECTED O-0-7 b3 MEMBER_SUSPENDED"]);
});

test("a suspended member's orders leave the book with their blocks", () => {
  const rests = placed("01 09:00", sell("r", 100, 1_500_00, { participant: "M1", client: "rich" }));
  given([rests, ...monday()], poor(0, 0, 500_000_00))
    .when(tick("02 10:30"))
    .emitsOf(
      ["EXPIRED", "RELEASE O", "SUSPENDED"],
      [
        "EXPIRED O-0-0",
        "RELEASE O-0-0: M1/rich SBIN blocked -100, M1/rich SBIN free 100",
        "SUSPENDED M1",
      ],
    );
});

test("what even the fund lacks is said: the receiver fails for its counterparty's money, and is owed it", () => {
  const start = given(monday(), poor(7_500_00, 0, 40_000_00));
  start.when(tick("02 10:30"));
  const { market } = start.when(tick("02 15:30"));
  const updates = start.steps
    .at(-1)
    ?.events.flatMap((e) => (e.type === "InstructionUpdated" ? [e] : []));
  deepEqual(
    updates?.map(({ participant, asset, settledAmount, status, reason }) => ({
      to: `${participant} ${asset}`,
      settledAmount,
      status,
      reason,
    })),
    [
      {
        to: "SELLER INR",
        settledAmount: 1_000_00 + 7_500_00 + 40_000_00,
        status: "PartiallySettled",
        reason: "CMON",
      },
      { to: "M1 SBIN", settledAmount: 100, status: "Settled", reason: null },
    ],
  );
  equal(market.clearing.shortfalls.debts.get("M1")?.get("SELLER"), 50_000_00);
  deepEqual(holdingsOf(market, "SELLER", "clearing:ccp", "clearing:guarantee-fund"), {
    "SELLER INR": "4850000/0/5000000",
    "SELLER SBIN": "900/0/0",
    "clearing:ccp INR": "0/0/0",
    "clearing:ccp SBIN": "0/0/0",
    "clearing:guarantee-fund INR": "0/0/4000000",
    "clearing:guarantee-fund SBIN": "0/100/0",
  });
});

test("what a member is to receive itself stands in for its clients before its cash does", () => {
  const terms = poor(0);
  const accounts = new Map(terms.clearing?.accounts);
  accounts.set("M1", account("full", 0, { SBIN: 100 }));
  const start = given(
    [
      placed("01 10:00", sell("s", 100, 985_00, { participant: "M1" })),
      placed("01 10:01", buy("b", 100, 985_00, client)),
      tick("01 15:30"),
      tick("01 21:00"),
      tick("02 08:30"),
    ],
    clearingTerms({ ...terms.clearing, accounts }),
  );
  start
    .when(tick("02 10:30"))
    .emitsOf(
      ["COVERED", "DEFAULTED", "INSTRUCTION M1 "],
      [
        "INSTRUCTION M1 DELI 100 of 100 SBIN Settled null",
        "COVERED M1 9750000 of 9750000",
        "INSTRUCTION M1 RECE 9750000 of 9850000 INR PartiallySettled null",
      ],
    );
  const { market } = start.when(tick("02 15:30"));
  deepEqual(holdingsOf(market, "M1", "M1/poor"), {
    "M1 INR": "100000/0/9750000",
    "M1 SBIN": "0/0/0",
    "M1/poor INR": "0/0/-9750000",
    "M1/poor SBIN": "0/100/0",
  });
});

/** NOW settles at once; the poor client has 98 of it. */
function withInstant(terms: MarketTerms): MarketTerms {
  const accounts = new Map(terms.clearing?.accounts);
  accounts.set("M1/poor", account("margin", 1_000_00, { NOW: 98 }));
  const symbols = new Map([["NOW", { settlement: "instant" as const, series: "EQ" }]]);
  return clearingTerms({ ...terms.clearing, accounts, symbols });
}

test("a payment of dues says what was paid where there are more creditors than one journal takes", () => {
  const short = clearingTerms({
    accounts: new Map([["M1", account("margin", 0)]]),
    marginRates: noMargin,
  });
  const start = given(
    [
      ...Array.from({ length: 40 }, (_, index) =>
        placed("01 10:00", buy("b", 1, 985_00, { participant: `R${index}` })),
      ),
      placed("01 10:01", sell("s", 40, 985_00, { participant: "M1" })),
    ],
    short,
  );
  while (nextDueMs(start.market) !== null) start.when(tick("02 15:30"));
  // Each of the 40 is owed 1,182.00; the proceeds of 39,400.00 have paid 16 of them.
  start
    .when(placed("03 10:00", payDues("M1", null, "p", 20_000_00)))
    .emitsOf(["DUES PAID"], ["DUES PAID M1 1891200 of 2000000"]);
  deepEqual(holdingsOf(start.market, "M1")["M1 INR"], `157600/0/${0 - 8 * 1_182_00}`);
});

test("a member that lacks less than Rs 5 lakh on a day goes on trading, and is suspended from there on", () => {
  const { withdrawalRules } = nseClearing;
  const start = (shares: number) =>
    given(
      [
        placed("01 10:00", sell("s", shares, 985_00)),
        placed("01 10:01", buy("b", shares, 985_00, client)),
        ...["01 15:30", "01 21:00", "02 08:30"].map(tick),
      ],
      clearingTerms({ ...poor(0, 0, 1_000_000_00).clearing, withdrawalRules }),
    );
  const says = ["LACKED", "DEFAULTED", "SUSPENDED", "REJECTED", "ACCEPTED"];
  const rich = { participant: "M1", client: "rich" };
  // 508 at 985.00 less the client's 1,000.00 are 499,380.00.
  const short = start(508);
  short.when(tick("02 10:30")).emitsOf(says, ["LACKED M1 49938000"]);
  short
    .when(placed("02 11:00", sell("x", 1, 1_000_00, rich)))
    .emitsOf(says, ["ACCEPTED O-0-6 x SELL 1 SBIN"]);
  const more = start(509);
  more.when(tick("02 10:30")).emitsOf(says, ["DEFAULTED M1 50036500", "SUSPENDED M1"]);
  more
    .when(placed("02 11:00", sell("x", 1, 1_000_00, rich)))
    .emitsOf(says, ["REJECTED O-0-6 x MEMBER_SUSPENDED"]);
});

test("what a member lacks on one day is added up, what it lacks on another is not", () => {
  const { withdrawalRules } = nseClearing;
  const accounts = new Map([
    ["M1/a", account("margin", 0)],
    ["M1/b", account("margin", 0)],
    ["M1", account("full", 0)],
    ["M2", account("full", 10_000_000_00)],
  ]);
  const m1 = (of: string) => ({ participant: "M1", client: of });
  const m2 = { participant: "M2" };
  const end = (when: string, first: "a" | "b", later: "01" | "02") =>
    given(
      [
        placed("01 10:00", sell("s", 300, 985_00, m1(first))),
        placed("01 10:01", buy("b", 300, 985_00, m2)),
        placed(`${later} 10:02`, sell("s2", 150, 1_545_00, { ...m1("b"), symbol: "INFY" })),
        placed(`${later} 10:03`, buy("b2", 150, 1_545_00, { ...m2, symbol: "INFY" })),
        ...["02 10:30", "02 15:00", "02 15:30", "03 10:30", "03 15:00", "03 15:30"].map(tick),
      ].toSorted((one, other) => (one.atMs ?? 0) - (other.atMs ?? 0)),
      clearingTerms({
        accounts,
        withdrawalRules,
        marginRates: noMargin,
        shortageRates: nseClearing.shortageRates.slice(0, 1),
        guaranteeFundPaise: paise(1e12),
      }),
    ).steps.flatMap(({ events }) =>
      events.flatMap((event) =>
        /^Member(Lacked|Defaulted)$/.test(event.type) ? [`${when} ${event.type}`] : [],
      ),
    );
  // Debits of Rs 295,500 and 231,750; on two days also what each close-out costs more.
  deepEqual(end("one day", "a", "01"), ["one day MemberLacked", "one day MemberDefaulted"]);
  deepEqual(
    end("two days", "a", "02"),
    Array.from({ length: 4 }, () => "two days MemberLacked"),
  );
});
