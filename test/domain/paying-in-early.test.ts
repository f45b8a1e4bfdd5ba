import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import type { PayInEarly } from "../../src/domain/facts/clearing-command.ts";
import { balances, nextDueMs } from "../../src/domain/market.ts";
import { account, at, clearingTerms, holdingsOf, tick } from "../clearing-given.ts";
import { buy, given, newSource, sell, type Sent } from "../given.ts";

/** Asha has 100 shares, Bela exactly what 100 at 985.00 cost; both are on margin. */
const terms = clearingTerms({
  accounts: new Map([
    ["HDFC/asha", account("margin", 20_000_00, { SBIN: 100 })],
    ["HDFC/bela", account("margin", 98_500_00)],
    ["M1", account("full", 1_000_000_00, { SBIN: 1_000 })],
  ]),
});
const asha = { participant: "HDFC", client: "asha" };
const bela = { participant: "HDFC", client: "bela" };
const full = { participant: "M1", client: null };

function placed(time: string, command: Sent["command"]): Sent {
  return { command, atMs: at(time) };
}

function early(time: string, over: Partial<PayInEarly>): Sent {
  const type = "PayInEarly";
  const source = newSource();
  const fields = {
    clientOrderId: "e",
    settlementNumber: "M2026100",
    symbol: "SBIN",
    quantity: 100,
  };
  return placed(time, { type, ...asha, ...fields, source, ...over });
}

const soldByAsha = [
  placed("01 10:00", buy("b", 100, 985_00, full)),
  placed("01 10:01", sell("s", 100, 985_00, asha)),
];
const boughtByBela = [
  placed("01 10:00", sell("s", 100, 985_00, full)),
  placed("01 10:01", buy("b", 100, 985_00, bela)),
];

test("shares paid in early are blocked for the settlement, and the margin on them goes back", () => {
  const start = given(soldByAsha, terms);
  start
    .when(early("01 10:02", {}))
    .emits([
      "EARLY HDFC/asha M2026100 SBIN 100: 100 SBIN",
      "MARGIN HDFC/asha: HDFC/asha INR free 1970000, HDFC/asha INR blocked -1970000",
      "REQUIRED HDFC/asha: 0 of 0: SBIN 0 by 2000 @ 985.00",
      "BLOCK I-M2026100-HDFC/asha-SBIN: HDFC/asha SBIN free -100, HDFC/asha SBIN blocked 100",
    ]);
  for (const time of ["01 15:30", "01 21:00", "02 08:30"]) start.when(tick(time));
  start
    .when(tick("02 10:30"))
    .emitsOf(
      ["PAY_IN I-M2026100-HDFC/asha", "INSTRUCTION HDFC/asha DELI"],
      [
        "PAY_IN I-M2026100-HDFC/asha-SBIN: HDFC/asha SBIN blocked -100, " +
          "clearing:ccp SBIN transit 100, HDFC/asha SBIN due 100, clearing:ccp SBIN due -100",
        "INSTRUCTION HDFC/asha DELI 100 of 100 SBIN Settled null",
      ],
    );
});

test("money paid in early may be the margin itself, to the last paisa", () => {
  const start = given(boughtByBela, terms);
  const { market } = start.when(early("01 10:02", bela));
  deepEqual(
    balances(market).filter((each) => each.account === "HDFC/bela" && each.asset === "INR"),
    [
      {
        account: "HDFC/bela",
        asset: "INR",
        free: 0,
        blocked: 98_500_00,
        transit: 0,
        due: -98_500_00,
      },
    ],
  );
  equal(market.clearing.margins.accounts.get("HDFC/bela")?.requiredPaise, 0);
  for (const time of ["01 15:30", "01 21:00", "02 08:30", "02 10:30", "02 15:30"])
    start.when(tick(time));
  deepEqual(holdingsOf(market, "HDFC/bela"), {
    "HDFC/bela INR": "0/0/0",
    "HDFC/bela SBIN": "100/0/0",
  });
});

test("a part paid in early lowers the margin by that part", () => {
  const { market } = given(soldByAsha, terms).when(early("01 10:02", { quantity: 40 }));
  equal(market.clearing.margins.accounts.get("HDFC/asha")?.blockedPaise, 60 * 197_00);
});

test("what is paid in early and bought back is free again after the pay-in", () => {
  const start = given(
    [...soldByAsha, early("01 10:02", {}), placed("01 10:03", sell("s2", 100, 985_00, full))],
    terms,
  );
  start.when(placed("01 10:04", buy("back", 100, 985_00, asha)));
  for (const time of ["01 15:30", "01 21:00", "02 08:30", "02 10:30", "02 15:30"])
    start.when(tick(time));
  deepEqual(holdingsOf(start.market, "HDFC/asha"), {
    "HDFC/asha INR": "2000000/0/0",
    "HDFC/asha SBIN": "100/0/0",
  });
});

const refusals: readonly [string, readonly Sent[], Sent, RegExp][] = [
  ["of nothing", [], early("01 10:02", {}), /NOTHING_DUE settlement M2026100: nothing of SBIN/],
  [
    "of a settlement that is not open",
    soldByAsha,
    early("01 10:02", { settlementNumber: "M2026099" }),
    /NOTHING_DUE/,
  ],
  [
    "of more than was sold",
    soldByAsha,
    early("01 10:02", { quantity: 101 }),
    /QUANTITY_OUT_OF_RANGE quantity 101: send 1 to 100/,
  ],
  ["of no shares", soldByAsha, early("01 10:02", { quantity: 0 }), /QUANTITY_OUT_OF_RANGE/],
  [
    "a second time",
    [...soldByAsha, early("01 10:02", {})],
    early("01 10:03", { clientOrderId: "f" }),
    /NOTHING_DUE/,
  ],
  [
    "of shares that are not there",
    [
      placed("01 10:00", buy("b", 10, 985_00, full)),
      placed("01 10:01", sell("s", 10, 985_00, bela)),
    ],
    early("01 10:02", { ...bela, quantity: 10 }),
    /INSUFFICIENT_HOLDINGS quantity 10: 0 shares are free/,
  ],
  [
    "of money that is not there",
    [
      placed("01 10:00", sell("s", 100, 985_00, full)),
      placed("01 10:01", buy("b", 100, 985_00, asha)),
    ],
    early("01 10:02", {}),
    /INSUFFICIENT_FUNDS quantity 100 costs Rs 98,500\.00, and Rs 20,000\.00 is free, with the margin on it/,
  ],
];

for (const [what, before, command, expected] of refusals)
  test(`an early pay-in ${what} is refused`, () => {
    const { events } = given(before, terms).when(command);
    const [refusal] = events;
    match(
      refusal?.type === "ClearingRequestRejected" ? `${refusal.reason} ${refusal.text}` : "",
      expected,
    );
  });

test("the same early pay-in again is a repeat; another with its id is refused", () => {
  const start = given([...soldByAsha, early("01 10:02", { quantity: 40 })], terms);
  start.when(early("01 10:03", { quantity: 40 })).emits(["REPEATED e of 3"]);
  const { events } = start.when(early("01 10:04", { quantity: 41 }));
  const [refusal] = events;
  equal(refusal?.type === "ClearingRequestRejected" && refusal.reason, "DUPLICATE_ID");
});

test("from the pay-in on nothing is paid in early, so nothing stays blocked", () => {
  const richer = clearingTerms({
    accounts: new Map([["HDFC/asha", account("margin", 20_000_00, { SBIN: 200 })]]),
  });
  // So many sellers that their shares are paid in by several ticks: Asha's by the first.
  const sellers = Array.from({ length: 600 }, (_, index) => `S${index}`);
  const start = given(
    [
      placed("01 10:00", buy("b", 700, 985_00, full)),
      placed("01 10:01", sell("s", 100, 985_00, asha)),
      ...sellers.map((participant) => placed("01 10:02", sell("s", 1, 985_00, { participant }))),
    ],
    richer,
  );
  for (const time of ["01 15:30", "01 21:00", "02 08:30"])
    while ((nextDueMs(start.market) ?? Infinity) <= at(time)) start.when(tick(time));
  start
    .when(tick("02 10:30"))
    .emitsOf(
      ["INSTRUCTION HDFC/asha"],
      ["INSTRUCTION HDFC/asha DELI 100 of 100 SBIN Settled null"],
    );
  equal(start.market.clearing.settlements.get("M2026100")?.stage, "PayInShares");
  const { events } = start.when(early("02 10:30", {}));
  equal(events[0]?.type === "ClearingRequestRejected" && events[0].reason, "NOTHING_DUE");
  while (nextDueMs(start.market) !== null) start.when(tick("02 15:30"));
  equal(start.market.clearing.settlements.size, 0);
  equal(holdingsOf(start.market, "HDFC/asha")["HDFC/asha SBIN"], "100/0/0");
});

test("an early pay-in names a settlement, not a side of one", () => {
  const tradeForTrade = clearingTerms({
    accounts: new Map([["HDFC/asha", account("margin", 20_000_00, { SBIN: 100 })]]),
    symbols: new Map([["SBIN", { settlement: "T+1", series: "BE" }]]),
  });
  const { events } = given(soldByAsha, tradeForTrade).when(
    early("01 10:02", { settlementNumber: "Z2026100 SELL" }),
  );
  equal(events[0]?.type === "ClearingRequestRejected" && events[0].reason, "NOTHING_DUE");
});
