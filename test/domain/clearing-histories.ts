import fc from "fast-check";
import { ok } from "node:assert/strict";
import type { Command } from "../../src/domain/facts/command.ts";
import type { MarketEvent } from "../../src/domain/facts/event.ts";
import { nextDueMs, openOrders, type MarketTerms } from "../../src/domain/market.ts";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { account, clearingTerms } from "../clearing-given.ts";
import { paise } from "../../src/domain/facts/units.ts";
import { atDoor, newSource, play, playOne, type Played } from "../given.ts";
import { generatedOrders, orderOf, plain } from "../orders.ts";
/**
 * Wednesday before a bank holiday, 18 March 2026, 09:00 in India; an exchange holiday follows on
 * the 26th.
 */
const startMs = Date.parse("2026-03-18T09:00:00+05:30");

const minuteMs = 60_000;

/**
 * Little cash and few shares, so that everything lacks at times. SBIN is T+1, ZED trade for trade,
 * FAST T+0.
 */
function scarce(fundPaise: number, collateralPaise: number): MarketTerms {
  const terms = clearingTerms({
    symbols: new Map([
      ["ZED", { settlement: "T+1", series: "BE" }],
      ["FAST", { settlement: "T+0", series: "EQ" }],
      ["NOW", { settlement: "instant", series: "EQ" }],
    ]),
    accounts: new Map([
      ["A/x", account("margin", 300, { SBIN: 3, ZED: 2, FAST: 2, NOW: 3 })],
      ["A/y", account("full", 900, { SBIN: 9, ZED: 9, FAST: 9, NOW: 9 })],
      ["B/x", account("margin", 100, { SBIN: 1 })],
      ["B/z", account("margin", 0)],
      ["C/y", account("full", 2_000, { SBIN: 20, ZED: 20, FAST: 20, NOW: 9 })],
      ["A", account("full", 400, { SBIN: 4 })],
      ["B", account("margin", 150, { SBIN: 2 })],
      ["C", account("full", 1_000, { SBIN: 10, ZED: 10, FAST: 10, NOW: 10 })],
    ]),
    collateral: new Map([["B", paise(collateralPaise)]]),
    guaranteeFundPaise: paise(fundPaise),
    shortageRates: [
      {
        ...nseClearing.shortageRates[1],
        auctionBandPercent: 60,
      } as (typeof nseClearing.shortageRates)[0],
    ],
  });
  return { ...terms, confirmationWindowMs: 30 * minuteMs, answerWindowMs: minuteMs };
}

const holder = fc.constantFrom(
  ...(
    [
      ["A", "x"],
      ["A", "y"],
      ["A", null],
      ["B", "x"],
      ["B", "z"],
      ["B", null],
      ["C", "y"],
      ["C", null],
    ] as const
  ).map(([participant, client]) => ({ participant, client })),
);

const symbol = fc.constantFrom("SBIN", "SBIN", "SBIN", "ZED", "FAST", "NOW");

const price = fc.constantFrom(20, 25, 30, 30, 30, 35, 40, 60);

const shares = fc.integer({ min: 1, max: 9 });

const anyOrder = generatedOrders({
  symbol,
  pricePaise: price,
  ...plain,
});

const order = fc
  .tuple(anyOrder, holder)
  .map(([fields, own]) => ({ type: "PlaceOrder" as const, ...fields, ...own }));

const negotiated = fc
  .record({ holder, symbol, counterparty: fc.constantFrom("A", "B", "C"), shares, price })
  .map((fields) => ({ ...fields, type: "Negotiate" as const }));

const action = fc.oneof(
  { weight: 30, arbitrary: order },
  { weight: 3, arbitrary: negotiated },
  { weight: 2, arbitrary: fc.constant({ type: "Cancel" as const }) },
  {
    weight: 6,
    arbitrary: fc
      .record({ holder, shares, price })
      .map((fields) => ({ type: "Offer" as const, ...fields })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ debtor: fc.nat({ max: 9 }), amount: fc.constantFrom(1, 10, 50, 300) })
      .map((fields) => ({ type: "Pay" as const, ...fields })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        holder,
        move: fc.constantFrom("Deposit" as const, "Withdraw" as const, "Withdraw" as const),
        asset: fc.constantFrom("INR", "INR", "SBIN", "ZED"),
        amount: fc.constantFrom(1, 5, 40),
      })
      .map((fields) => ({ type: "Funds" as const, ...fields })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ participant: fc.constantFrom("A", "B", "B", "C") })
      .map((fields) => ({ type: "Lift" as const, ...fields })),
  },
  {
    weight: 1,
    arbitrary: holder.map((of) => ({ type: "CancelAll" as const, of })),
  },
  {
    weight: 6,
    arbitrary: fc
      .array(fc.record({ holder, shares, price }), { maxLength: 4 })
      .map((offers) => ({ type: "Auction" as const, offers })),
  },
  {
    weight: 14,
    arbitrary: fc
      .constantFrom(1, 30, 60, 120, 240, 360, 900, 1_440)
      .map((minutes) => ({ type: "Wait" as const, minutes })),
  },
);

type Action = typeof action extends fc.Arbitrary<infer One> ? One : never;

export const history = fc.record({
  actions: fc.array(action, { minLength: 1, maxLength: 80, size: "max" }),
  fundPaise: fc.constantFrom(0, 50, 400, 5_000),
  collateralPaise: fc.constantFrom(0, 100),
});

type History = typeof history extends fc.Arbitrary<infer One> ? One : never;

export type Run = Played & { readonly terms: MarketTerms; ids: number };

function begin({ fundPaise, collateralPaise }: History): Run {
  const terms = scarce(fundPaise, collateralPaise);
  return { ...play([], terms), nowMs: startMs, terms, ids: 0 };
}

function send(run: Run, command: Command): readonly MarketEvent[] {
  return playOne(run, { command, atMs: run.nowMs }, run.terms);
}

function act(run: Run, action: Action, check: (run: Run) => void): void {
  run.ids += 1;
  const clientOrderId = `c${run.ids}`;
  const source = newSource();
  const door = atDoor({ deadlineMs: Number.MAX_SAFE_INTEGER });
  switch (action.type) {
    case "PlaceOrder":
      send(run, { ...action, clientOrderId, source });
      break;
    case "Negotiate":
      negotiate(run, action, clientOrderId);
      break;
    case "Cancel": {
      const live = openOrders(run.market)[0];
      if (live === undefined) return;
      const { participant, orderId, symbol: name } = live;
      const of = { participant, clientOrderId, origClientOrderId: orderId, symbol: name };
      send(run, { type: "CancelOrder", ...of, source });
      break;
    }
    case "Offer": {
      const { holder: of, shares: quantity, price: pricePaise } = action;
      send(run, {
        type: "OfferInAuction",
        ...of,
        clientOrderId,
        symbol: "SBIN",
        quantity,
        pricePaise,
        source,
      });
      break;
    }
    case "Pay":
      pay(run, action, clientOrderId);
      break;
    case "Funds": {
      const { holder: of, move, asset, amount } = action;
      send(run, { type: move, ...of, clientOrderId, asset, amount, source: door });
      break;
    }
    case "Lift":
      send(run, {
        type: "LiftSuspension",
        participant: action.participant,
        clientOrderId,
        source: door,
      });
      break;
    case "CancelAll":
      send(run, { type: "CancelAll", ...action.of, clientOrderId, symbol: null, source });
      break;
    case "Auction":
      toAuction(run, check);
      for (const each of action.offers) act(run, { type: "Offer", ...each }, check);
      return;
    case "Wait":
      wait(run, action.minutes, check);
      break;
  }
  check(run);
}

type Of<Kind extends Action["type"]> = Extract<Action, { type: Kind }>;

/** A negotiated order that its counterparty confirms at once. */
function negotiate(run: Run, action: Of<"Negotiate">, clientOrderId: string): void {
  const { holder: of, symbol: name, counterparty, shares: quantity, price: pricePaise } = action;
  const own = { ...of, clientOrderId, symbol: name, side: "BUY" } as const;
  send(run, orderOf({ ...own, quantity, pricePaise, counterparty }, newSource()));
  const original = { keyBase64: null, valueBase64: "eA==" };
  const none = { clientOrderId: null, orderId: null, symbol: null };
  const answer = { type: "AnswerOrder", answer: "CONFIRM", participant: counterparty } as const;
  send(run, { ...answer, ...none, source: newSource(), original });
}

function pay(run: Run, action: Of<"Pay">, clientOrderId: string): void {
  const debtors = [...run.market.clearing.shortfalls.debts.keys()].toSorted();
  const debtor = debtors[action.debtor % debtors.length] ?? "A";
  const [participant = "A", client = null] = debtor.split("/");
  const dues = { participant, client, clientOrderId, amountPaise: action.amount };
  send(run, { type: "PayDues", ...dues, source: newSource() });
}

/** Time passes until an auction is open, at most two days. */
function toAuction(run: Run, check: (run: Run) => void): void {
  const untilMs = run.nowMs + 2_880 * minuteMs;
  for (;;) {
    const [auction] = run.market.clearing.shortfalls.auctions.values();
    const dueMs = nextDueMs(run.market);
    const nextMs = auction === undefined || auction.isEnded ? dueMs : auction.opensAtMs;
    if (nextMs === null || nextMs > untilMs) return;
    wait(run, Math.max(0, nextMs - run.nowMs) / minuteMs, check);
    if (nextMs === auction?.opensAtMs) return;
  }
}

/** Time passes, with a tick wherever something is due; sometimes late, as after a stop. */
function wait(run: Run, minutes: number, check: (run: Run) => void): void {
  const untilMs = run.nowMs + minutes * minuteMs;
  for (;;) {
    const dueMs = nextDueMs(run.market);
    if (dueMs === null || dueMs > untilMs) break;
    run.nowMs = minutes === 900 ? untilMs : Math.max(run.nowMs, dueMs);
    const events = send(run, { type: "Tick" });
    ok(events.length > 0, "a tick that is due does something");
    check(run);
  }
  run.nowMs = Math.max(run.nowMs, untilMs);
}

/** Everybody takes its orders back, and all that is due happens. */
function finish(run: Run, check: (run: Run) => void): void {
  for (;;) {
    const before = openOrders(run.market).length;
    act(run, { type: "Cancel" }, check);
    if (openOrders(run.market).length === before) break;
  }
  while (nextDueMs(run.market) !== null) wait(run, 1_440, check);
}

export function runAll(told: History, check: (run: Run) => void): Run {
  const run = begin(told);
  for (const each of told.actions) act(run, each, check);
  finish(run, check);
  return run;
}
