import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openOrders } from "../../src/domain/market.ts";
import { readGood, runScenarioText, type Ran } from "./run-text.ts";

type Crowd = {
  readonly seed: number;
  readonly members: number;
  readonly clients: number;
  readonly marginEvery: number;
  readonly cash: number;
  readonly shares: number;
  readonly settlement: string;
  readonly series: string;
  readonly trades: number;
  /**
   * What the house account of each settlement day offers in auctions, and what a client pays of
   * its dues.
   */
  readonly offers: readonly { readonly shares: number; readonly price: number }[];
  readonly pays: number;
  /** Shares that two clients pay in early, or the money for them. */
  readonly early: number;
  readonly answer: "affirm" | "refuse" | null;
};

/**
 * Two days of a crowd around NSE's bank holiday of 26 August 2026, and time enough to
 * settle everything.
 */
function crowdText(crowd: Crowd): string {
  const { seed, members, clients, marginEvery, cash, shares, settlement, series, trades } = crowd;
  const { offers, pays, early, answer } = crowd;
  return [
    "name: A crowd",
    "teaches: nothing",
    `market: { settlement: ${settlement}, guarantee_fund: 100000.00, ` +
      `symbols: { ITC: { series: ${series} } } }`,
    `flow: { seed: ${seed}, members: ${members}, clients: ${clients}, ` +
      `margin_every: ${marginEvery}, symbols: [ITC, SBIN], cash: ${cash}.00, shares: ${shares} }`,
    "accounts: { HOUSE: { holdings: { ITC: 500, SBIN: 500 }, cash: 500000.00 }, " +
      "HOUSE/fund: { custodian: BANK }, BANK/fund: { cash: 4040.00 } }",
    "days:",
    `  - date: 2026-08-25`,
    `    trades: ${trades}`,
    "    steps:",
    "      - { at: 15:16, account: HOUSE, sell: 20 ITC @ 404.00, as: h1 }",
    "      - { at: 15:17, account: HOUSE/fund, buy: 10 ITC @ 404.00, as: b1 }",
    "      - { at: 15:18, account: HOUSE/fund, buy: 10 ITC @ 404.00, as: b2 }",
    ...(answer === null ? [] : [`      - { at: 15:19, ${answer}: b1 }`]),
    ...["M1/C1", "M2/C2"]
      .slice(0, members)
      .flatMap((account) =>
        ["ITC", "SBIN"].map(
          (symbol) =>
            `      - { at: 15:19, account: ${account}, pay_in_early: ${early} ${symbol}, ` +
            "in: M2026160 }",
        ),
      ),
    ...["h1", "b1", "b2"].map((name) => `      - { at: 15:20, cancel: ${name} }`),
    `  - { date: 2026-08-26, trades: ${trades} }`,
    ...["27", "28", "31"].flatMap((day) => [
      `  - date: 2026-08-${day}`,
      "    steps:",
      ...offers.map(
        ({ shares: quantity, price }) =>
          `      - { at: 14:40, account: HOUSE, offer: ${quantity} ITC @ ${price}.00 }`,
      ),
      `      - { at: 15:20, account: M1/C1, pay: ${pays}.00 }`,
    ]),
  ].join("\n");
}

/** So few shares and so little cash that margin accounts go short of both. */
const crowds: fc.Arbitrary<Crowd> = fc.record({
  seed: fc.nat({ max: 1_000_000 }),
  members: fc.integer({ min: 1, max: 4 }),
  // At most nine: so the first is named C1.
  clients: fc.integer({ min: 2, max: 9 }),
  marginEvery: fc.integer({ min: 1, max: 3 }),
  cash: fc.constantFrom(20_000, 100_000, 1_000_000),
  shares: fc.constantFrom(0, 20, 500),
  settlement: fc.constantFrom("T+1", "T+1", "T+0", "instant"),
  series: fc.constantFrom("EQ", "EQ", "BE"),
  // Enough of them now and then for a shortage of Rs 5 lakh, at which trading is withdrawn.
  trades: fc.constantFrom(5, 40, 300, 300),
  offers: fc.array(
    fc.record({
      shares: fc.integer({ min: 1, max: 60 }),
      price: fc.integer({ min: 380, max: 430 }),
    }),
    { maxLength: 3 },
  ),
  pays: fc.constantFrom(1, 500, 100_000),
  early: fc.integer({ min: 1, max: 20 }),
  answer: fc.constantFrom("affirm", "refuse", null),
});

test("property: whatever a crowd lacks, all of it settles, is bought in or closed out, or is owed", () => {
  const seen = {
    shortages: 0,
    boughtIn: 0,
    closedOut: 0,
    defaults: 0,
    debts: 0,
    dues: 0,
    early: 0,
  };
  fc.assert(
    fc.property(crowds, (crowd) => {
      const ran = runScenarioText(crowdText(crowd));
      for (const { asset, total } of ran.balances) equal(total, 0n, asset);
      deepEqual(openOrders(ran.market), []);
      equal(ran.market.clearing.settlements.size, 0, "every settlement is completed");
      deepEqual(duesOf(ran), debtsOf(ran));
      count(ran, seen);
    }),
    { numRuns: 150 },
  );
  for (const [what, times] of Object.entries(seen)) ok(times > 0, `no ${what} in any run`);
});

test("property: nobody but openings is ever below zero in what it holds", () => {
  fc.assert(
    fc.property(crowds, (crowd) => {
      const { market } = runScenarioText(crowdText(crowd));
      for (const [account, assets] of market.accounts)
        for (const [asset, { free, blocked, transit }] of assets)
          ok(
            /^(opening|external):/.test(account) || Math.min(free, blocked, transit) >= 0,
            `${account} ${asset}`,
          );
    }),
    { numRuns: 50 },
  );
});

test("the same seed trades the same, another seed otherwise", () => {
  const crowd: Crowd = {
    seed: 7,
    members: 2,
    clients: 6,
    marginEvery: 3,
    cash: 1_000_000,
    shares: 500,
    settlement: "T+1",
    series: "EQ",
    trades: 20,
    offers: [],
    pays: 1,
    early: 1,
    answer: null,
  };
  const [one, again, other] = [7, 7, 8].map((seed) =>
    JSON.stringify(runScenarioText(crowdText({ ...crowd, seed })).taken),
  );
  ok(one === again, "the same seed");
  ok(one !== other, "another seed");
});

test("a crowd's clients are dealt out to its members, and an account that the file describes is not of the crowd", () => {
  const { accounts } = readGood(
    [
      "name: A crowd",
      "teaches: nothing",
      "flow: { seed: 1, members: 2, clients: 5, margin_every: 2, symbols: [ITC], cash: 10.00, " +
        "shares: 3 }",
      "accounts: { M1/C3: { cash: 7.00 } }",
      "days: [{ date: 2026-06-01, trades: 1 }]",
    ].join("\n"),
  );
  deepEqual(
    accounts.map(({ participant, client, cover, cashPaise, holdings, isOfFlow }) =>
      [participant, client, cover, cashPaise, holdings.get("ITC") ?? 0, isOfFlow].join(" "),
    ),
    [
      "M1 C3 full 700 0 false",
      "M1  full 0 0 true",
      "M2  full 0 0 true",
      "M1 C1 margin 1000 3 true",
      "M2 C2 full 1000 3 true",
      "M2 C4 full 1000 3 true",
      "M1 C5 margin 1000 3 true",
    ],
  );
});

test("a crowd that cannot make its trades in time is said, at the line of its day", () => {
  const { unmet } = runScenarioText(
    [
      "name: A crowd",
      "teaches: nothing",
      "flow: { seed: 1, members: 1, clients: 2, symbols: [ITC], cash: 0.00, shares: 0 }",
      "accounts: {}",
      "days:",
      "  - { date: 2026-06-01, trades: 3 }",
    ].join("\n"),
  );
  deepEqual(unmet, [
    { line: 6, expected: "3 trades by the flow on 2026-06-01", was: "0 by 15:15" },
  ]);
});

/** What is due at the end, by account. */
function duesOf({ open }: Ran): Record<string, number> {
  return Object.fromEntries(
    open.map(({ account, asset, amount }) => [`${account} ${asset}`, amount]),
  );
}

/** What the debts that were told come to. */
function debtsOf({ taken }: Ran): Record<string, number> {
  const owed = new Map<string, number>();
  for (const event of taken.flatMap(({ events }) => events)) {
    if (event.type !== "DebtIncurred" && event.type !== "DebtPaid") continue;
    const paise = event.type === "DebtIncurred" ? event.paise : -event.paise;
    for (const [account, amount] of [
      [event.debtor, -paise],
      [event.creditor, paise],
    ] as const)
      owed.set(`${account} INR`, (owed.get(`${account} INR`) ?? 0) + amount);
  }
  return Object.fromEntries(
    [...owed]
      .filter(([, amount]) => amount !== 0)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function count(
  { taken }: Ran,
  seen: Record<
    "shortages" | "boughtIn" | "closedOut" | "defaults" | "debts" | "dues" | "early",
    number
  >,
): void {
  for (const { type } of taken.flatMap(({ events }) => events)) {
    if (type === "ShortageFound") seen.shortages += 1;
    if (type === "ClosedOut" || type === "TradeClosedOut") seen.closedOut += 1;
    if (type === "BoughtIn") seen.boughtIn += 1;
    if (type === "DuesPaid") seen.dues += 1;
    if (type === "EarlyPaidIn") seen.early += 1;
    if (type === "MemberDefaulted") seen.defaults += 1;
    if (type === "DebtIncurred") seen.debts += 1;
  }
}
