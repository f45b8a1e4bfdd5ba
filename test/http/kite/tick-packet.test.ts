import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { pricePaise } from "../../../src/domain/facts/units.ts";
import type { QuoteFacts } from "../../../src/http/kite/quote-facts.ts";
import { tickMessage, tickPacket } from "../../../src/http/kite/ticker/tick-packet.ts";
import { readTicks } from "./tick-reader.ts";

const level = (paise: number, quantity: number, orders: number) => ({
  pricePaise: pricePaise(paise),
  quantity,
  orders,
});

const facts: QuoteFacts = {
  token: 172_416_769,
  lastPaise: 985_05,
  lastQuantity: 4,
  lastAtMs: 1_767_586_500_999,
  averagePaise: 984_51,
  volume: 70_000,
  openPaise: 980_00,
  highPaise: 990_00,
  lowPaise: 979_95,
  closePaise: 985_00,
  atMs: 1_767_586_501_000,
  depth: {
    bids: [level(985_00, 10, 2), level(984_95, 70_000, 300)],
    asks: [level(985_10, 20, 1)],
    unpricedQuantity: 7,
    totalBuyQuantity: 70_010,
    totalSellQuantity: 27,
  },
};

const quote = [985_05, 4, 984_51, 70_000, 70_010, 27, 980_00, 990_00, 979_95, 985_00];

test("ltp, quote and full as an independent reader understands them", () => {
  const packets = (["ltp", "quote", "full"] as const).map((mode) => tickPacket(mode, facts));
  const [ltp, quoted, full] = readTicks(tickMessage(packets));
  deepEqual(ltp, { bytes: 8, token: facts.token, numbers: [985_05], buy: [], sell: [] });
  deepEqual(quoted, { bytes: 44, token: facts.token, numbers: quote, buy: [], sell: [] });
  deepEqual(full?.numbers, [...quote, 1_767_586_500, 0, 0, 0, 1_767_586_501]);
  equal(full?.bytes, 184);
  const none = { quantity: 0, paise: 0, orders: 0 };
  deepEqual(full?.buy, [
    { quantity: 10, paise: 985_00, orders: 2 },
    { quantity: 70_000, paise: 984_95, orders: 300 },
    none,
    none,
    none,
  ]);
  deepEqual(full?.sell, [{ quantity: 20, paise: 985_10, orders: 1 }, none, none, none, none]);
});

test("what does not fit in 32 bits is told as the largest that does", () => {
  const [tick] = readTicks(tickMessage([tickPacket("quote", { ...facts, volume: 2 ** 40 })]));
  equal(tick?.numbers[3], 2 ** 31 - 1);
});

test("a message of no packets, and one of three thousand", () => {
  deepEqual(readTicks(tickMessage([])), []);
  const packets = Array.from({ length: 3_000 }, () => tickPacket("full", facts));
  equal(readTicks(tickMessage(packets)).length, 3_000);
});
