import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chargeJournals } from "../../../src/domain/charges/journal.ts";
import type { DayCharges } from "../../../src/domain/charges/day.ts";
import type { ChargedTrade } from "../../../src/domain/charges/security.ts";
import { amounts, bought, charged, sold } from "./charged-trade.ts";
import { naiveCharges, naiveDays } from "./naive-charges.ts";

const plans = ["zero", "flat20", "capped20"] as const;
const taxes = ["sgst", "utgst", "igst"] as const;
const isins = { SBIN: "INE062A01020", TCS: "INE467B01029", INFY: "INE009A01021" } as const;

const trade: fc.Arbitrary<ChargedTrade> = fc
  .record({
    side: fc.constantFrom("BUY", "SELL"),
    symbol: fc.constantFrom("SBIN", "TCS", "INFY"),
    order: fc.nat({ max: 4 }),
    shares: fc.integer({ min: 1, max: 12 }),
    price: fc.oneof(
      fc.integer({ min: 1, max: 20_000 }),
      fc.integer({ min: 1, max: 200 }).map((n) => n * 50_000),
      fc.integer({ min: 1, max: 1_000_000_000 }),
    ),
  })
  .map(({ side, symbol, order, shares, price }) => {
    // An order is of one side and one security, as in the market.
    const over = { symbol, isin: isins[symbol], orderId: `O-${side}-${symbol}-${order}` };
    return side === "BUY" ? bought(shares, price, over) : sold(shares, price, over);
  });

const day = fc.record({
  trades: fc.array(trade, { minLength: 1, maxLength: 8 }),
  plan: fc.constantFrom(...plans),
  gst: fc.constantFrom(...taxes),
  date: fc.constantFrom(...naiveDays),
});

test("property: every amount is the naive sum's, share by share in fractions", () => {
  const met = { intraday: 0, delivered: 0, both: 0 };
  fc.assert(
    fc.property(day, ({ trades, plan, gst, date }) => {
      const charges = charged(trades, { plan, gst, date });
      const naive = naiveCharges(
        date,
        trades.map(({ orderId, symbol, side, quantity, pricePaise }) => ({
          order: orderId ?? "",
          symbol,
          side,
          quantity,
          price: pricePaise,
        })),
        (value) => naivePlans[plan](value),
        gst === "igst" ? 1 : 2,
      );
      const sum = (...names: Parameters<typeof amounts>[1][]): bigint =>
        names
          .flatMap((name) => amounts({ ...charges, ledgerLines: [] }, name))
          .reduce((total, each) => total + BigInt(each), 0n);
      deepEqual(
        {
          brokerage: sum("brokerage"),
          transaction: sum("transaction"),
          ipft: sum("ipft"),
          sebi: sum("sebi"),
          stamp: sum("stamp"),
          gst: sum("cgst", "sgst", "utgst", "igst"),
          demat: BigInt(charges.ledgerPaise),
          stt: sttOf(charges),
        },
        naive,
      );
      const taxed = charges.lines.filter(({ charge }) => charge === "stt");
      for (const { parts } of taxed) {
        const isIntraday = parts.some(({ what }) => what.includes("intraday"));
        met[parts.length > 1 ? "both" : isIntraday ? "intraday" : "delivered"] += 1;
      }
    }),
    { numRuns: 500 },
  );
  ok(met.intraday > 0 && met.delivered > 50 && met.both > 50, JSON.stringify(met));
});

test("property: lines are never below zero, and the totals are the lines' sums", () => {
  fc.assert(
    fc.property(day, ({ trades, plan, gst }) => {
      const charges = charged(trades, { plan, gst });
      for (const { amountPaise } of [...charges.lines, ...charges.ledgerLines])
        ok(amountPaise >= 0);
      const total = charges.lines.reduce((sum, { amountPaise }) => sum + amountPaise, 0);
      const ledger = charges.ledgerLines.reduce((sum, { amountPaise }) => sum + amountPaise, 0);
      const value = trades.reduce(
        (sum, { side, pricePaise, quantity }) =>
          sum + (side === "SELL" ? 1 : -1) * pricePaise * quantity,
        0,
      );
      deepEqual([charges.chargesPaise, charges.ledgerPaise], [total, ledger]);
      equal(charges.soldPaise - charges.boughtPaise, value);
      deepEqual(
        [charges.netPaise, charges.netAfterLedgerPaise],
        [value - total, value - total - ledger],
      );
    }),
  );
});

test("property: a larger trade of the same side costs no less", () => {
  const sides = fc.constantFrom(bought, sold);
  const shares = fc.integer({ min: 1, max: 1_000 });
  const price = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(
      sides,
      shares,
      price,
      shares,
      price,
      fc.constantFrom(...plans),
      (of, n, p, m, q, plan) => {
        const small = charged([of(n, p)], { plan });
        const large = charged([of(n + m, p + q)], { plan });
        ok(small.chargesPaise <= large.chargesPaise);
      },
    ),
  );
});

test("property: a day in one fill or in many of the same average costs the same", () => {
  const spread = fc.array(
    fc.record({ pairs: fc.integer({ min: 1, max: 50 }), off: fc.nat({ max: 999 }) }),
    {
      minLength: 1,
      maxLength: 20,
    },
  );
  fc.assert(
    fc.property(
      spread,
      fc.integer({ min: 1_000, max: 500_000 }),
      fc.constantFrom(bought, sold),
      (fills, price, of) => {
        // Each pair of fills lies as far above the average as below it.
        const many = fills.flatMap(({ pairs, off }) => [
          of(pairs, price - off),
          of(pairs, price + off),
        ]);
        const shares = many.reduce((sum, { quantity }) => sum + quantity, 0);
        const amounts = ({ lines }: DayCharges) =>
          lines.map(({ charge, amountPaise }) => [charge, amountPaise]);
        deepEqual(
          amounts(charged(many, { plan: "flat20" })),
          amounts(charged([of(shares, price)], { plan: "flat20" })),
        );
      },
    ),
  );
});

test("property: the order in which a day's trades happened changes no amount", () => {
  fc.assert(
    fc.property(day, ({ trades, plan, gst }) => {
      const forwards = charged(trades, { plan, gst });
      const backwards = charged(trades.toReversed(), { plan, gst });
      equal(backwards.netPaise, forwards.netPaise);
      deepEqual(sttOf(backwards), sttOf(forwards));
    }),
  );
});

test("property: bought and sold the same day in like number, nothing is delivered", () => {
  const leg = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(leg, fc.integer({ min: 1, max: 100 }), (prices, shares) => {
      const trades = prices.flatMap((price) => [bought(shares, price), sold(shares, price)]);
      const { lines, ledgerLines } = charged(trades);
      deepEqual(ledgerLines, []);
      const whats = lines.flatMap(({ parts }) => parts.map(({ what }) => what));
      ok(
        whats.every((what) => !what.includes("delivered")),
        whats.join(),
      );
    }),
  );
});

test("property: every journal sums to zero and takes from the client what the lines say", () => {
  fc.assert(
    fc.property(day, ({ trades, plan, gst }) => {
      const charges = charged(trades, { plan, gst });
      const journals = chargeJournals(
        { member: "HDFC", client: "C1", date: charges.date },
        charges,
      );
      const taken = { CHARGES: 0, DEMAT_CHARGES: 0 };
      for (const { kind, postings } of journals) {
        equal(
          postings.reduce((sum, { amount }) => sum + amount, 0),
          0,
        );
        equal(new Set(postings.map(({ account }) => account)).size, postings.length);
        taken[kind] -= postings.find(({ account }) => account === "ledger:HDFC/C1")?.amount ?? 0;
      }
      deepEqual(taken, { CHARGES: charges.chargesPaise, DEMAT_CHARGES: charges.ledgerPaise });
    }),
  );
});

type Fraction = readonly [numerator: bigint, denominator: bigint];

const naivePlans: Readonly<Record<(typeof plans)[number], (value: bigint) => Fraction>> = {
  zero: () => [0n, 1n],
  flat20: (value) => (value * 25n > 2_000_000n ? [2_000n, 1n] : [value * 25n, 1_000n]),
  capped20: (value) => (value * 3n > 20_000_000n ? [2_000n, 1n] : [value * 3n, 10_000n]),
};

function sttOf({ lines }: DayCharges): Map<string | null, bigint> {
  const stt = lines.filter(({ charge }) => charge === "stt");
  return new Map(stt.map(({ symbol, amountPaise }) => [symbol, BigInt(amountPaise)]));
}
