import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { booksTile, exactText } from "../../web/src/clearing/books-tile.ts";
import { accountRows, memberRows } from "../../web/src/clearing/obligation-rows.ts";
import { settlementTiles } from "../../web/src/clearing/settlement-tiles.ts";
import { percentText, savingsOf } from "../../web/src/clearing/settlement-words.ts";
import type { ObligationJson, OpenSettlementJson, TrialBalanceJson } from "../../web/src/wire.ts";

function settlement(over: Partial<OpenSettlementJson>): OpenSettlementJson {
  return {
    settlement_number: "M2026100",
    settlement_type: "M",
    trade_date: "2026-06-01",
    settlement_date: "2026-06-02",
    stage: "PayInShares",
    next_at: "2026-06-02T05:00:00.000Z",
    trades: 2,
    gross_paise: 3_000,
    net_paise: 1_000,
    ...over,
  };
}

function owed(account: string, asset: string, net: number, over: Partial<ObligationJson> = {}) {
  const [participant = "", client = null] = account.split("/");
  return { account, participant, client, asset, net, settled: 0, short: 0, ...over };
}

function balance(...totals: readonly (readonly [string, string])[]): TrialBalanceJson {
  const assets = totals.map(([asset, total]) => ({ asset, total, amounts: [] }));
  return { seq: 7, is_zero: totals.every(([, total]) => total === "0"), assets };
}

test("books that balance are green and say zero; else the asset is named, with how much", () => {
  const even = booksTile(balance(["INR", "0"], ["SBIN", "0"]));
  deepEqual([even.value, even.tone, even.note], ["✓ zero", "buy-text", "2 assets, at step 7"]);
  const uneven = booksTile(balance(["INR", "-98500"], ["SBIN", "0"], ["TCS", "5"]));
  deepEqual([uneven.value, uneven.tone], ["✕ INR \u2212985.00, TCS 5", "sell-text"]);
  equal(booksTile(null).value, "–");
});

test("an amount beyond the safe integers keeps every paisa", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (amount) => {
      const digits = exactText("INR", String(amount)).replace(/[,.]/g, "").replace("\u2212", "-");
      equal(BigInt(digits), amount);
    }),
  );
});

test("netting has saved nothing that anybody knows of until obligations are final", () => {
  for (const stage of ["Trading", "Provisional", "Devolution", "Final"])
    equal(savingsOf([settlement({ stage, net_paise: 0 })]).savedBasisPoints, null);
  equal(savingsOf([settlement({})]).savedBasisPoints, 6_666);
  equal(
    savingsOf([settlement({ settlement_type: "Z", stage: "Delivery" })]).savedBasisPoints,
    null,
  );
  equal(percentText(6_666), "66.66 %");
});

test("a settlement whose net is unknown counts in the gross amount, not in what was saved", () => {
  const open = settlement({ stage: "Trading", gross_paise: 50_000, net_paise: 0, trades: 3 });
  deepEqual(savingsOf([settlement({}), open]), {
    trades: 5,
    grossPaise: 53_000,
    savedPaise: 2_000,
    savedBasisPoints: 6_666,
  });
});

test("no figure of the settlements is a zero before the gateway has said which are open", () => {
  const valuesOf = (tiles: ReturnType<typeof settlementTiles>) => tiles.map(({ value }) => value);
  deepEqual(valuesOf(settlementTiles(null)), ["–", "–", "–", "–"]);
  deepEqual(valuesOf(settlementTiles([])), ["0", "0", "₹0.00", "–"]);
  deepEqual(valuesOf(settlementTiles([settlement({})])), ["1", "2", "₹30.00", "66.66 %"]);
});

test("a member's obligation is that of all its accounts together", () => {
  const rows = memberRows([
    owed("HDFC/asha", "INR", -10_000, { settled: 10_000 }),
    owed("HDFC/ravi", "INR", 6_000),
    owed("HDFC", "SBIN", 100),
    owed("AXIS", "INR", 4_000),
  ]);
  deepEqual(
    rows.map(({ name, asset, net, moved, word }) => ({ name, asset, net, moved, word })),
    [
      { name: "AXIS", asset: "INR", net: 4_000, moved: 0, word: "open" },
      { name: "HDFC", asset: "INR", net: -4_000, moved: -10_000, word: "partly" },
      { name: "HDFC", asset: "SBIN", net: 100, moved: 0, word: "open" },
    ],
  );
});

test("nobody's obligations together are anything: members sum to zero as accounts do", () => {
  const accounts = ["A", "A/x", "A/y", "B", "B/x", "C"];
  const trade = fc.record({
    from: fc.constantFrom(...accounts),
    to: fc.constantFrom(...accounts),
    amount: fc.integer({ min: 1, max: 1_000 }),
  });
  fc.assert(
    fc.property(fc.array(trade, { minLength: 1 }), (trades) => {
      const nets = accounts.map((account) =>
        owed(
          account,
          "INR",
          trades.reduce(
            (sum, { from, to, amount }) =>
              sum + (to === account ? amount : 0) - (from === account ? amount : 0),
            0,
          ),
        ),
      );
      const sum = (rows: readonly { readonly net: number }[]) =>
        rows.reduce((total, { net }) => total + net, 0);
      equal(sum(memberRows(nets)), 0);
      equal(sum(accountRows(nets)), 0);
      equal(memberRows(nets).length, 3);
    }),
  );
});

test("what is done says how: all of it moved, or a part was short", () => {
  const words = accountRows([
    owed("A", "SBIN", -100, { settled: 100 }),
    owed("B", "SBIN", 100, { settled: 60, short: 40 }),
    owed("C", "SBIN", 100, { settled: 60 }),
    owed("D", "SBIN", 0),
  ]).map(({ word }) => word);
  deepEqual(words, ["settled", "short", "partly", "even"]);
});
