import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PrintMessage } from "../../src/protocol/own/trade-message.ts";
import { addToBars } from "../../web/src/market/bars.ts";
import type { BarJson } from "../../web/src/wire.ts";
import { newTape, noteTrades } from "../../web/src/market/tape.ts";

function trade(seq: number, index = 0, more: Partial<PrintMessage> = {}): PrintMessage {
  return {
    v: 1,
    trade_id: `T-0-${seq}-0-${index}`,
    symbol: "SBIN",
    isin: null,
    quantity: 10,
    price_paise: 98_500 + seq,
    amount_paise: 985_000,
    kind: "book",
    aggressor: "BUY",
    executed_at: new Date(seq * 1_000).toISOString(),
    shard: 0,
    seq,
    ...more,
  };
}

test("stream and snapshots may overlap in any way: every print once, newest first", () => {
  const all = Array.from({ length: 30 }, (_, index) => trade(Math.floor(index / 3) + 1, index % 3));
  const part = fc
    .subarray(all)
    .chain((some) => fc.shuffledSubarray(some, { minLength: some.length }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const tape = newTape(1_000);
      const fresh = [...parts, all].flatMap((told) => noteTrades(tape, told));
      assert.equal(fresh.length, all.length);
      assert.deepEqual(tape.trades, all.toReversed());
    }),
  );
});

test("old prints are let go of from the bottom, and forgotten", () => {
  const tape = newTape(3);
  for (const seq of [1, 2, 3, 4, 5]) noteTrades(tape, [trade(seq)]);
  assert.deepEqual(
    tape.trades.map(({ seq }) => seq),
    [5, 4, 3],
  );
  assert.equal(tape.known.size, 3);
});

test("bars open, widen and close by trades of the book alone", () => {
  const bars: BarJson[] = [];
  addToBars(bars, 5_000, trade(1, 0, { price_paise: 100 }));
  addToBars(bars, 5_000, trade(2, 0, { price_paise: 104 }));
  addToBars(bars, 5_000, trade(3, 0, { price_paise: 98 }));
  assert.equal(addToBars(bars, 5_000, trade(4, 0, { kind: "negotiated" })), null);
  addToBars(bars, 5_000, trade(6, 0, { price_paise: 99 }));
  assert.equal(addToBars(bars, 5_000, trade(2)), null, "older than the last bar");
  const [first, second] = bars;
  assert.deepEqual(
    [first?.open_paise, first?.high_paise, first?.low_paise, first?.close_paise, first?.quantity],
    [100, 104, 98, 98, 30],
  );
  assert.deepEqual([second?.start_ms, second?.trades], [5_000, 1]);
  for (let seq = 7; seq < 20_000; seq += 1) addToBars(bars, 1_000, trade(seq));
  assert.ok(bars.length <= 3_000, `${bars.length} bars of a page that stayed open`);
  assert.equal(bars.at(-1)?.start_ms, 19_999_000);
});
