import { createHash } from "node:crypto";
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { publicBytes } from "../../src/protocol/own/public-record.ts";
import { legTopics, readLegLine } from "../../src/protocol/seeds/leg-line.ts";
import { saudaNamespace, uuidV5 } from "../../src/protocol/uuid.ts";
import {
  marketId,
  recordsOf,
  texts,
  messages,
  order,
  answer,
  buy,
  offer,
  flowA,
  flowB,
  type Input,
} from "./published-records.ts";

const dematA = uuidV5(`${marketId}/T-3-11-0-0/DEMAT`);
const cashA = uuidV5(`${marketId}/T-3-11-0-0/CASH`);

test("flow A's records begin with the seeds' fields, byte for byte, then ours", () => {
  const records = recordsOf(flowA);
  const tail =
    '"trade_id":"T-3-11-0-0","account":"HDFC","order_id":"A-3-10",' +
    '"timestamp":"2026-01-05T10:15:00.123000"}';
  deepStrictEqual(texts(records, "Demat_allocation"), [
    '{"type":"Demat_allocation","action":"DEMAT","symbol":"SBI","qty":100,' +
      `"transfer_id":"${dematA}",${tail}`,
  ]);
  deepStrictEqual(texts(records, "Cash_movement"), [
    `{"type":"Cash_movement","action":"DEBIT","amount":98500.0,"movement_id":"${cashA}",${tail}`,
  ]);
});

test("flow B's records are the seeds', with the payer in to_entity and the direction added", () => {
  const records = recordsOf(flowB);
  const id = (leg: string): string => uuidV5(`${marketId}/T-3-11-0-0/${leg}`);
  deepStrictEqual(texts(records, "demat-transfers"), [
    `{"transfer_id":"${id("DEMAT")}","from_entity":"NSE","to_entity":"HDFC",` +
      '"stock_symbol":"SBI","quantity":100,"order_id":"B-1",' +
      '"timestamp":"2026-01-05T10:15:00.123000","trade_id":"T-3-11-0-0","account":"HDFC"}',
  ]);
  deepStrictEqual(texts(records, "cash-movements"), [
    `{"movement_id":"${id("CASH")}","from_entity":"NSE","to_entity":"HDFC","amount":88500.0,` +
      '"order_id":"B-1","description":"Payment for 100 SBI stocks @ ₹885.0",' +
      '"timestamp":"2026-01-05T10:15:00.123000","trade_id":"T-3-11-0-0","account":"HDFC",' +
      '"direction":"DEBIT"}',
  ]);
});

test("amounts have paise as Python writes them", () => {
  const amounts = (price: string, qty: number): string[] =>
    texts(recordsOf([offer("S-1", 1000), buy("B-1", qty, price)]), "cash-movements").map(
      (text) => `${/"amount":([^,]+)/.exec(text)?.[1]} ${/@ ₹([^"]+)/.exec(text)?.[1]}`,
    );
  deepStrictEqual(amounts("938.10", 105), ["98500.5 938.1"]);
  deepStrictEqual(amounts("885.05", 1), ["885.05 885.05"]);
});

test("people see both flows alike: DEMAT 100 SBI, DEBIT 98500, paise only where there are any", () => {
  const lines = (inputs: readonly Input[]): string[] =>
    recordsOf(inputs)
      .filter(({ topic }) => legTopics.includes(topic))
      .map(({ topic, value }) => readLegLine(topic, publicBytes(value)) ?? "none");
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
  const records = recordsOf([offer("S-1", 60), offer("S-2", 60), buy("B-1", 100, "885.0")]);
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
  const last = [`5${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)];
  strictEqual(cashA, [hex.slice(0, 8), hex.slice(8, 12), ...last].join("-"));
});
