import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { BrokeragePlan } from "../../src/domain/charges/tables.ts";
import { contractNoteHtml } from "../../src/protocol/contract-note/html.ts";
import { contractNoteJson } from "../../src/protocol/contract-note/json.ts";
import { tradeColumns } from "../../src/protocol/contract-note/layout.ts";
import { contractNoteText } from "../../src/protocol/contract-note/text.ts";
import {
  makeContractNote,
  type ClientDetails,
  type ContractNote,
  type MemberDetails,
  type NotedTrade,
} from "../../src/protocol/contract-note/contract-note.ts";
import { groupedRupees } from "../../src/domain/facts/units.ts";
import { bracketedRupees } from "../../src/protocol/contract-note/indian-rupees.ts";
import { bought, charged, sold } from "../domain/charges/charged-trade.ts";

const member: MemberDetails = {
  member: "HDFC",
  name: null,
  address: null,
  sebiRegistration: null,
  complianceOfficer: null,
};
const client: ClientDetails = { client: "C1", name: "Asha Rao", pan: null };
/** 20 November 2026, 10:15:00.250 in India. */
const atMs = Date.UTC(2026, 10, 20, 4, 45, 0, 250);
const settlement = { number: "M2026216", date: "2026-11-23" };
const noted = { orderedAtMs: atMs, tradedAtMs: atMs + 1_000, settlement };

function noteOf(
  trades: readonly NotedTrade[],
  plan: BrokeragePlan,
  about: { readonly member?: MemberDetails; readonly client?: ClientDetails } = {},
): ContractNote {
  const charges = charged(trades, { plan });
  return makeContractNote(about.member ?? member, about.client ?? client, trades, charges);
}

/** The worked example of research/domain.md 3.3 with Rs 20 brokerage, in two fills. */
const example = noteOf(
  [
    { ...bought(60, 98_500, { tradeId: "T-0-7-0-0", orderId: "O-0-7" }), ...noted },
    { ...bought(40, 98_500, { tradeId: "T-0-7-0-1", orderId: "O-0-7" }), ...noted },
  ],
  "flat20",
);

const docs = join(import.meta.dirname, "../../docs");

test("the worked example's contract note as text, JSON and HTML is the one in docs", (t) => {
  const whole = { serializers: [String] };
  t.assert.fileSnapshot(contractNoteText(example), join(docs, "contract-note.txt"), whole);
  t.assert.fileSnapshot(contractNoteHtml(example), join(docs, "contract-note.html"), whole);
  const json = `${JSON.stringify(contractNoteJson(example), null, 2)}\n`;
  t.assert.fileSnapshot(json, join(docs, "contract-note.json"), whole);
});

test("what the client owes stands in brackets, what it gets does not", () => {
  match(contractNoteText(example), /^Net amount payable by client .* \(98,641\.28\)$/m);
  const seller = contractNoteText(noteOf([{ ...sold(100, 98_500), ...noted }], "zero"));
  match(seller, /^Net amount receivable by client .* 98,397\.32$/m);
  ok(!seller.includes("15.34"), "the demat charge is not a contract note's");
});

test("an order's brokerage is spread over its trades to the last paisa", () => {
  const thirds = [1, 1, 1].map((shares, n) => ({
    ...bought(shares, 98_500, { tradeId: `T-${n}` }),
    ...noted,
  }));
  const [security] = noteOf(thirds, "flat20").securities;
  deepEqual(
    security?.rows.map((row) => [row.brokeragePaise, row.brokeragePerShare, row.netRate]),
    [
      [666, "6.6600", "991.6600"],
      [667, "6.6700", "991.6700"],
      [667, "6.6700", "991.6700"],
    ],
  );
});

test("a rate per share has four decimals, a half goes up", () => {
  const rates = [3, 32, 31].map((shares) => {
    const [security] = noteOf([{ ...bought(shares, 100_000), ...noted }], "flat20").securities;
    return security?.rows[0]?.brokeragePerShare;
  });
  deepEqual(rates, ["6.6667", "0.6250", "0.6452"]);
});

test("trades are listed by security and settlement, each with its sums", () => {
  const other = { symbol: "TCS", isin: null };
  const trades = [
    { ...bought(60, 98_500), ...noted },
    { ...sold(1, 300_000, other), ...noted, settlement: null, orderId: null, orderedAtMs: null },
    { ...sold(10, 98_600), ...noted },
  ];
  const note = noteOf(trades, "zero");
  deepEqual(
    note.securities.map((each) => [
      each.symbol,
      each.boughtShares,
      each.soldShares,
      each.netTotalPaise,
    ]),
    [
      ["SBIN", 60, 10, -60 * 98_500 + 10 * 98_600],
      ["TCS", 0, 1, 300_000],
    ],
  );
  const text = contractNoteText(note);
  match(text, /^SBIN, ISIN INE062A01020, settlement M2026216 on 2026-11-23$/m);
  match(text, /^TCS, ISIN not on record, settled at once$/m);
  match(text, /^Net total .* 60 B 10 S .* \(49,240\.00\)$/m);
  match(text, /^none +T-SELL-1-300000 +10:15:01 +S +1 /m);
});

test("property: rows add up to the obligation and the brokerage, the note to its net amount", () => {
  const trade = fc.record({
    of: fc.constantFrom(bought, sold),
    shares: fc.integer({ min: 1, max: 5_000 }),
    price: fc.integer({ min: 1, max: 1_000_000 }),
    order: fc.nat({ max: 2 }),
    symbol: fc.constantFrom("SBIN", "TCS"),
  });
  const plans = fc.constantFrom("zero" as const, "flat20" as const, "capped20" as const);
  fc.assert(
    fc.property(fc.array(trade, { minLength: 1, maxLength: 10 }), plans, (all, plan) => {
      const trades = all.map(({ of, shares, price, order, symbol }, n) => ({
        ...of(shares, price, {
          tradeId: `T-${n}`,
          symbol,
          orderId: `${of.name}-${symbol}-${order}`,
        }),
        ...noted,
      }));
      const note = noteOf(trades, plan);
      const rows = note.securities.flatMap((security) => security.rows);
      const sum = (amounts: readonly number[]): number =>
        amounts.reduce((one, two) => one + two, 0);
      const brokerage = note.charges.find(({ charge }) => charge === "brokerage")?.amountPaise ?? 0;
      equal(rows.length, trades.length);
      equal(sum(rows.map(({ brokeragePaise }) => brokeragePaise)), brokerage);
      equal(sum(rows.map(({ netTotalPaise }) => netTotalPaise)), note.obligationPaise - brokerage);
      equal(
        note.netPaise,
        note.obligationPaise - sum(note.charges.map((line) => line.amountPaise)),
      );
    }),
  );
});

test("charges of other trades break the note instead of making a wrong one", () => {
  const trades = [{ ...bought(1, 98_500), ...noted }];
  throws(() => makeContractNote(member, client, trades, charged([])), /broken invariant: O-BUY/);
});

test("what strangers wrote cannot become a tag, and the page needs nothing from elsewhere", () => {
  const evil = `<script>alert("x")</script>'&`;
  const html = contractNoteHtml(
    noteOf([{ ...bought(1, 98_500, { orderId: evil }), ...noted }], "zero", {
      member: { ...member, name: evil, address: evil },
      client: { client: evil, name: evil, pan: evil },
    }),
  );
  ok(!html.includes("<script") && !html.includes(`"x"`));
  equal(html.split("&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62;&#39;&#38;").length - 1, 8);
  ok(!/\b(src|href)=|url\(|https?:|@import/.test(html));
});

test("every row of the page has a cell for each heading", () => {
  const html = contractNoteHtml(example);
  const [trades = ""] = html.match(/<table>.*?<\/table>/s) ?? [];
  for (const row of trades.match(/<tr.*?<\/tr>/gs) ?? [])
    equal(row.match(/<t[hd][ >]/g)?.length, tradeColumns.length);
  match(html, /thead \{ display: table-header-group; \}/);
});

// Paise, as India writes them, as contract notes write them.
const written = [
  [0, "0.00", "0.00"],
  [-1, "-0.01", "(0.01)"],
  [999_99, "999.99", "999.99"],
  [1_000_00, "1,000.00", "1,000.00"],
  [98_617_68, "98,617.68", "98,617.68"],
  [-98_617_68, "-98,617.68", "(98,617.68)"],
  [1_00_000_00, "1,00,000.00", "1,00,000.00"],
  [12_34_56_789_01, "12,34,56,789.01", "12,34,56,789.01"],
] as const;

for (const [amount, grouped, bracketed] of written)
  test(`${amount} paise are ${grouped}, on a contract note ${bracketed}`, () => {
    deepEqual([groupedRupees(amount), bracketedRupees(amount)], [grouped, bracketed]);
  });
