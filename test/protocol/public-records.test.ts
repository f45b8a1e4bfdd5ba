import { createHash } from "node:crypto";
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { MarketEvent, Step } from "../../src/domain/facts/event.ts";
import { localTerms } from "../../src/domain/market.ts";
import { legTopics, readLegLine } from "../../src/protocol/seeds/leg-line.ts";
import { topicMessages } from "../../src/protocol/documents/messages.ts";
import type { PublicRecord } from "../../src/protocol/own/public-record.ts";
import { publicRecords, recordsOn } from "../../src/protocol/own/public-records.ts";
import { readSource } from "../../src/protocol/sources.ts";
import { newTradeWays, takeStep } from "../../src/protocol/ways/trade-ways.ts";
import { topicSpecs } from "../../src/protocol/topics.ts";
import { saudaNamespace, uuidV5 } from "../../src/protocol/uuid.ts";
import {
  marketId,
  steps,
  publish,
  said,
  texts,
  messages,
  header,
  order,
  answer,
  buy,
  offer,
  ours,
  flowA,
  flowB,
  everything,
} from "./said.ts";
import type { Input } from "./said.ts";
const dematA = uuidV5(`${marketId}/T-3-11-0-0/DEMAT`);
const cashA = uuidV5(`${marketId}/T-3-11-0-0/CASH`);

test("flow A's records begin with the seeds' fields, byte for byte, then ours", () => {
  const records = said(flowA);
  const tail = `"trade_id":"T-3-11-0-0","account":"HDFC","order_id":"A-3-10","timestamp":"2026-01-05T10:15:00.123000"}`;
  deepStrictEqual(texts(records, "Demat_allocation"), [
    `{"type":"Demat_allocation","action":"DEMAT","symbol":"SBI","qty":100,"transfer_id":"${dematA}",${tail}`,
  ]);
  deepStrictEqual(texts(records, "Cash_movement"), [
    `{"type":"Cash_movement","action":"DEBIT","amount":98500.0,"movement_id":"${cashA}",${tail}`,
  ]);
});

test("flow B's records are the seeds', with the payer in to_entity and the direction added", () => {
  const records = said(flowB);
  const id = (leg: string): string => uuidV5(`${marketId}/T-3-11-0-0/${leg}`);
  deepStrictEqual(texts(records, "demat-transfers"), [
    `{"transfer_id":"${id("DEMAT")}","from_entity":"NSE","to_entity":"HDFC","stock_symbol":"SBI","quantity":100,"order_id":"B-1","timestamp":"2026-01-05T10:15:00.123000","trade_id":"T-3-11-0-0","account":"HDFC"}`,
  ]);
  deepStrictEqual(texts(records, "cash-movements"), [
    `{"movement_id":"${id("CASH")}","from_entity":"NSE","to_entity":"HDFC","amount":88500.0,"order_id":"B-1","description":"Payment for 100 SBI stocks @ ₹885.0","timestamp":"2026-01-05T10:15:00.123000","trade_id":"T-3-11-0-0","account":"HDFC","direction":"DEBIT"}`,
  ]);
});

test("amounts have paise as Python writes them", () => {
  const amounts = (price: string, qty: number): string[] =>
    texts(said([offer("S-1", 1000), buy("B-1", qty, price)]), "cash-movements").map(
      (text) => `${/"amount":([^,]+)/.exec(text)?.[1]} ${/@ ₹([^"]+)/.exec(text)?.[1]}`,
    );
  deepStrictEqual(amounts("938.10", 105), ["98500.5 938.1"]);
  deepStrictEqual(amounts("885.05", 1), ["885.05 885.05"]);
});

test("people see both flows alike: DEMAT 100 SBI, DEBIT 98500, paise only where there are any", () => {
  const lines = (inputs: readonly Input[]): string[] =>
    said(inputs)
      .filter(({ topic }) => legTopics.includes(topic))
      .map(({ topic, value }) => readLegLine(topic, value) ?? "none");
  deepStrictEqual(lines(flowA), ["DEMAT 100 SBI", "DEBIT 98500"]);
  deepStrictEqual(lines(flowB), ["DEMAT 100 SBI", "DEBIT 88500"]);
  const fraction = [order("105", "938.10"), answer("CONFIRM")];
  deepStrictEqual(lines(fraction), ["DEMAT 105 SBI", "DEBIT 98500.50"]);
});

test("what is no leg has no line", () => {
  strictEqual(readLegLine("sauda.trades", Buffer.from("{}")), null);
  for (const topic of legTopics)
    for (const text of ["", "[]", "{}", '{"qty":"1","amount":"1","quantity":null}'])
      strictEqual(readLegLine(topic, Buffer.from(text)), null);
  strictEqual(readLegLine("Cash_movement", null), null);
  strictEqual(readLegLine("Cash_movement", Buffer.from('{"amount":1.005}')), null);
});

test("one demat and one cash record per trade: an order served twice has two of each", () => {
  const records = said([offer("S-1", 60), offer("S-2", 60), buy("B-1", 100, "885.0")]);
  const legs = messages(records, "demat-transfers");
  deepStrictEqual(
    legs.map(({ order_id, quantity }) => [order_id, quantity]),
    [
      ["B-1", 60],
      ["B-1", 40],
    ],
  );
  strictEqual(messages(records, "cash-movements").length, 2);
  strictEqual(new Set(legs.map(({ transfer_id }) => transfer_id)).size, 2);
});

test("ids are UUID version 5 of market, trade and leg in the constant namespace", () => {
  strictEqual(saudaNamespace, "4f474326-7c0c-4dfc-93fc-b715d9be4739");
  // RFC 9562, 5.5, computed once more from its words.
  const name = `${marketId}/T-3-11-0-0/CASH`;
  const namespace = Buffer.from("4f4743267c0c4dfc93fcb715d9be4739", "hex");
  const hex = createHash("sha1")
    .update(Buffer.concat([namespace, Buffer.from(name)]))
    .digest("hex");
  const variant = ((Number.parseInt(hex[16] ?? "", 16) & 3) | 8).toString(16);
  const expected = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  strictEqual(cashA, expected);
});

test("a trade is said on sauda.trades, to both sides, and settled with four legs that sum to zero", () => {
  const records = said(flowB);
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

function executions(records: readonly PublicRecord[]): string[] {
  return messages(records, "sauda.executions").map((one) => {
    const show = (field: string): string => String((one[field] as string | number | null) ?? "-");
    const reason = one["reason"] === null ? "" : ` ${show("reason")}`;
    return `${show("participant")} ${show("side")} ${show("exec_type")} ${show("ord_status")} ${show("quantity")}@${show("price_paise")} cum ${show("cum_qty")} leaves ${show("leaves_qty")} last ${show("last_qty")}@${show("last_price_paise")} ${show("client_order_id")} ${show("order_id")}${reason}`;
  });
}

test("a negotiated order is New, then Filled; its counterparty has one Trade with order_id null", () => {
  const records = said(flowA);
  deepStrictEqual(executions(records), [
    "HDFC BUY New New 100@98500 cum 0 leaves 100 last -@- A-3-10 O-3-10",
    "HDFC BUY Trade Filled 100@98500 cum 100 leaves 0 last 100@98500 A-3-10 O-3-10",
    "COUNTERPARTY SELL Trade Filled 100@98500 cum 100 leaves 0 last 100@98500 - -",
  ]);
  const [trade] = messages(records, "sauda.trades");
  deepStrictEqual(
    [trade?.["kind"], trade?.["sell_order_id"], trade?.["aggressor"]],
    ["negotiated", null, null],
  );
});

test("a negotiated order that is rejected, or lacks the shares, ends Rejected", () => {
  deepStrictEqual(executions(said([order("100", "985.0"), answer("REJECT")])).slice(1), [
    "HDFC BUY Rejected Rejected 100@98500 cum 0 leaves 0 last -@- A-3-10 O-3-10 REJECTED_BY_COUNTERPARTY",
  ]);
  const poor = { ...localTerms, participants: [], openingShares: 10 };
  deepStrictEqual(executions(said(flowA, poor)).slice(1), [
    "HDFC BUY Rejected Rejected 100@98500 cum 0 leaves 0 last -@- A-3-10 O-3-10 INSUFFICIENT_HOLDINGS",
  ]);
});

test("a negotiated order nobody answers ends Expired", () => {
  const brief = { ...localTerms, confirmationWindowMs: 0 };
  deepStrictEqual(executions(said([order("100", "985.0"), { type: "Tick" }], brief)).slice(1), [
    "HDFC BUY Expired Expired 100@98500 cum 0 leaves 0 last -@- A-3-10 O-3-10",
  ]);
});

test("a canceled order says what was done before, a refused request leaves no status", () => {
  const cancel = (id: string, of: string): Input =>
    ours({ type: "Cancel", client_order_id: id, orig_client_order_id: of });
  const records = said([
    offer("S-1", 40),
    buy("B-1", 100, "885.0"),
    cancel("X-1", "B-1"),
    cancel("X-2", "B-1"),
    ours({ type: "Modify", client_order_id: "X-3", orig_client_order_id: "O-3-11" }),
  ]);
  deepStrictEqual(executions(records).slice(-3), [
    "HDFC BUY Canceled Canceled 100@88500 cum 40 leaves 0 last -@- B-1 O-3-11",
    "HDFC - Rejected - -@- cum - leaves - last -@- X-2 - ORDER_CLOSED",
    "HDFC - Rejected - -@- cum - leaves - last -@- X-3 O-3-11 NOT_SUPPORTED",
  ]);
});

test("a readable order that is not allowed is an execution Rejected with a reason", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["0", "985.0", "QUANTITY_OUT_OF_RANGE"],
    ["-5", "985.0", "QUANTITY_OUT_OF_RANGE"],
    ["1000000001", "985.0", "QUANTITY_OUT_OF_RANGE"],
    ["99999999999999999999", "985.0", "QUANTITY_OUT_OF_RANGE"],
    ["100", "0", "PRICE_OUT_OF_RANGE"],
    ["100", "-985.0", "PRICE_OUT_OF_RANGE"],
    ["100", "10000000.05", "PRICE_OUT_OF_RANGE"],
    ["100", "1e999", "PRICE_OUT_OF_RANGE"],
    ["100", "985.001", "PRICE_DECIMALS"],
    ["100", "985.03", "PRICE_OFF_TICK"],
    ["1000000000", "9999999.95", "VALUE_OUT_OF_RANGE"],
  ];
  for (const [qty, price, reason] of cases) {
    const [execution, ...rest] = messages(said([order(qty, price)]), "sauda.executions");
    deepStrictEqual(
      [execution?.["exec_type"], execution?.["reason"]],
      ["Rejected", reason],
      `${qty} ${price}`,
    );
    strictEqual(rest.length, 0);
  }
});

test("the same record again says nothing, the same id with other content is Rejected", () => {
  const again = said([buy("B-1", 100, "885.0"), buy("B-1", 100, "885"), buy("B-1", 101, "885.0")]);
  deepStrictEqual(executions(again), [
    "HDFC BUY New New 100@88500 cum 0 leaves 100 last -@- B-1 O-3-10",
    "HDFC BUY Rejected Rejected 101@88500 cum 0 leaves 0 last -@- B-1 O-3-12 DUPLICATE_ID",
  ]);
});

test("a dead letter has the original key and value, and says where it stood and why", () => {
  const source = { topicId: "t", topic: "buy-orders", partition: 0, offset: 77, timestampMs: 5 };
  const key = Buffer.from([0xff, 0]);
  const value = Buffer.from([0xfe, 0x7b]);
  const [record] = said([readSource("buy-orders", { key, value, source })]);
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
  const [record] = said([readSource("Trade_Order", { key: null, value: null, source })]);
  deepStrictEqual([record?.key, record?.value], [null, null]);
});

test("the dead letter of a command stood in sauda.commands, at its cause, at an unknown time", () => {
  const original = { keyBase64: null, valueBase64: "e30=" };
  const unreadable = { type: "Unreadable", reason: "UNREADABLE_COMMAND", detail: "no" } as const;
  const [record] = said([{ ...unreadable, source: null, original }]);
  deepStrictEqual(record?.headers.slice(2), [
    ["x-original-topic", "sauda.commands"],
    ["x-original-partition", "3"],
    ["x-original-offset", "10"],
    ["x-reason", "UNREADABLE_COMMAND"],
    ["x-detail", "no"],
  ]);
});

test("every message is what its schema says, on the topic and partition it belongs to", () => {
  const records = said(everything);
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
  const topics = [...new Set(said(everything).map(({ topic }) => topic))];
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
      const records = said(inputs);
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
