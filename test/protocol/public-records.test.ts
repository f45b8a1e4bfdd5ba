import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { MarketEvent, Step } from "../../src/domain/facts/event.ts";
import { topicMessages } from "../../src/protocol/documents/messages.ts";
import type { PublicRecord } from "../../src/protocol/own/public-record.ts";
import { publicRecords, recordsOn } from "../../src/protocol/own/public-records.ts";
import { readSource } from "../../src/protocol/sources.ts";
import { newTradeWays, takeStep } from "../../src/protocol/ways/trade-ways.ts";
import { topicSpecs } from "../../src/protocol/topics.ts";
import {
  marketId,
  steps,
  publish,
  recordsOf,
  messages,
  executions,
  header,
  order,
  answer,
  buy,
  offer,
  flowA,
  flowB,
  everything,
} from "./published-records.ts";

test("a trade is said on sauda.trades, to both sides, and settled with four legs that sum to zero", () => {
  const records = recordsOf(flowB);
  const place = { shard: 3, seq: 2 };
  deepStrictEqual(messages(records, "sauda.trades"), [
    {
      v: 1,
      trade_id: "T-3-11-0-0",
      symbol: "SBIN",
      isin: "INE062A01020",
      quantity: 100,
      price_paise: 88500,
      amount_paise: 8850000,
      buy_order_id: "O-3-11",
      sell_order_id: "O-3-10",
      buyer: "HDFC",
      seller: "SELLER",
      kind: "book",
      aggressor: "BUY",
      executed_at: "2026-01-05T04:45:00.123Z",
      ...place,
    },
  ]);
  const [settlement] = messages(records, "sauda.settlements");
  deepStrictEqual(settlement?.["legs"], [
    { account: "HDFC", asset: "INR", direction: "DEBIT", amount_paise: 8850000 },
    { account: "SELLER", asset: "INR", direction: "CREDIT", amount_paise: 8850000 },
    { account: "SELLER", asset: "SBIN", direction: "DELI", quantity: 100 },
    { account: "HDFC", asset: "SBIN", direction: "RECE", quantity: 100 },
  ]);
  deepStrictEqual(executions(records), [
    "SELLER SELL New New 1000@- cum 0 leaves 1000 last -@- S-1 O-3-10",
    "HDFC BUY New New 100@88500 cum 0 leaves 100 last -@- B-1 O-3-11",
    "HDFC BUY Trade Filled 100@88500 cum 100 leaves 0 last 100@88500 B-1 O-3-11",
    "SELLER SELL Trade PartiallyFilled 1000@- cum 100 leaves 900 last 100@88500 S-1 O-3-10",
  ]);
});

test("a dead letter has the original key and value, and says where it stood and why", () => {
  const source = { topicId: "t", topic: "buy-orders", partition: 0, offset: 77, timestampMs: 5 };
  const key = Buffer.from([0xff, 0]);
  const value = Buffer.from([0xfe, 0x7b]);
  const [record] = recordsOf([readSource("buy-orders", { key, value, source })]);
  deepStrictEqual(record, {
    topic: "sauda.dead-letters",
    partition: 3,
    key,
    value,
    headers: [
      ["sauda-id", "D-3-10-0-0"],
      ["sauda-stamp", "3/1/0"],
      ["x-original-topic", "buy-orders"],
      ["x-original-partition", "0"],
      ["x-original-offset", "77"],
      ["x-original-timestamp", "5"],
      ["x-reason", "NOT_UTF8"],
      ["x-detail", "the value is not UTF-8: send JSON encoded as UTF-8"],
    ],
  });
});

test("a tombstone's dead letter is a tombstone", () => {
  const source = { topicId: "t", topic: "Trade_Order", partition: 0, offset: 0, timestampMs: 5 };
  const [record] = recordsOf([readSource("Trade_Order", { key: null, value: null, source })]);
  deepStrictEqual([record?.key, record?.value], [null, null]);
});

test("the dead letter of a command stood in sauda.commands, at its cause, at an unknown time", () => {
  const original = { keyBase64: null, valueBase64: "e30=" };
  const unreadable = { type: "Unreadable", reason: "UNREADABLE_COMMAND", detail: "no" } as const;
  const [record] = recordsOf([{ ...unreadable, source: null, original }]);
  deepStrictEqual(record?.headers.slice(2), [
    ["x-original-topic", "sauda.commands"],
    ["x-original-partition", "3"],
    ["x-original-offset", "10"],
    ["x-reason", "UNREADABLE_COMMAND"],
    ["x-detail", "no"],
  ]);
});

test("every message is what its schema says, on the topic and partition it belongs to", () => {
  const records = recordsOf(everything);
  const outputs = topicSpecs.filter(({ role }) => role === "output").map(({ name }) => name);
  const published = new Set(records.map(({ topic }) => topic));
  deepStrictEqual(
    [...published].toSorted(),
    outputs.filter((name) => name !== "sauda.published").toSorted(),
  );
  for (const { topic, partition, key, value } of records) {
    const spec = topicSpecs.find(({ name }) => name === topic);
    strictEqual(partition, spec?.partitions === "shards" ? 3 : 0, topic);
    const message = topicMessages.find((one) => one.topic === topic);
    if (message === undefined) continue;
    const fields = JSON.parse(String(value)) as Record<string, unknown>;
    deepStrictEqual(message.schema.parse(fields), fields);
    const keyText = spec?.key === "none" ? null : String(fields[spec?.key ?? ""]);
    strictEqual(key === null ? null : String(key), keyText, topic);
  }
});

test("every public record has an id of its own and a gapless stamp shard/seq/index", () => {
  const list = steps(everything);
  const ids = new Set<string>();
  const ways = newTradeWays();
  for (const [index, step] of list.entries()) {
    const records = publicRecords(takeStep(ways, step), index + 1, { marketId, shard: 3 });
    records.forEach((record, place) => {
      strictEqual(header(record, "sauda-stamp"), `3/${index + 1}/${place}`);
      ids.add(`${record.topic} ${header(record, "sauda-id")}`);
    });
  }
  strictEqual(ids.size, publish(list).length);
});

test("both legs and the settlement of a trade are said by one step", () => {
  for (const step of steps(everything)) {
    const topics = publicRecords({ step, changes: [] }, 1, { marketId, shard: 3 }).map(
      ({ topic }) => topic,
    );
    const count = (names: readonly string[]): number =>
      topics.filter((topic) => names.includes(topic)).length;
    const trades = count(["sauda.trades"]);
    strictEqual(count(["Demat_allocation", "demat-transfers"]), trades);
    strictEqual(count(["Cash_movement", "cash-movements"]), trades);
    strictEqual(count(["sauda.settlements"]), trades);
  }
});

test("a step read back from the log says the same bytes, whoever asks and however often", () => {
  const list = steps(everything);
  const again = JSON.parse(JSON.stringify(list)) as Step[];
  deepStrictEqual(publish(again), publish(list));
});

test("records of some topics are what all records are on these topics", () => {
  const topics = [...new Set(recordsOf(everything).map(({ topic }) => topic))];
  const subset = fc.subarray(topics).map((some) => new Set(some));
  const list = steps(everything).map((step, index) => [step, index + 1] as const);
  fc.assert(
    fc.property(subset, (some) => {
      const own = list.flatMap(([step, seq]) =>
        recordsOn(some, { step, changes: [] }, seq, { marketId, shard: 3 }),
      );
      const all = publish(list.map(([step]) => step)).filter(({ topic }) => some.has(topic));
      const bare = (records: readonly Omit<PublicRecord, "headers">[]): object[] =>
        records.map(({ topic, partition, key, value }) => ({ topic, partition, key, value }));
      deepStrictEqual(bare(own), bare(all));
    }),
  );
});

test("what settles a trade its step does not hold is our bug", () => {
  const [, step] = steps(flowA);
  ok(step);
  const isTrade = (event: MarketEvent): boolean => event.type === "TradeExecuted";
  const broken = { ...step, events: step.events.filter((event) => !isTrade(event)) };
  throws(
    () => publicRecords({ step: broken, changes: [] }, 1, { marketId, shard: 3 }),
    /broken invariant/,
  );
});

test("property: any orders and answers are said within the schemas, with unique ids", () => {
  const input = fc.oneof(
    fc
      .tuple(fc.constantFrom("B-1", "B-2", "B-3"), fc.integer({ min: 1, max: 50 }))
      .map(([id, n]) => buy(id, n, "885.05")),
    fc
      .tuple(fc.constantFrom("S-1", "S-2", "S-3"), fc.integer({ min: 1, max: 50 }))
      .map(([id, n]) => offer(id, n)),
    fc.integer({ min: -1, max: 50 }).map((n) => order(String(n), "985.0")),
    fc.constantFrom("CONFIRM", "REJECT", "x").map((text) => answer(text)),
  );
  fc.assert(
    fc.property(fc.array(input, { maxLength: 25 }), (inputs) => {
      const records = recordsOf(inputs);
      const ids = records.map((record) => `${record.topic} ${header(record, "sauda-id")}`);
      strictEqual(new Set(ids).size, ids.length);
      for (const { topic, value } of records) {
        const message = topicMessages.find((one) => one.topic === topic);
        message?.schema.parse(JSON.parse(String(value)));
      }
    }),
    { numRuns: 200 },
  );
});
