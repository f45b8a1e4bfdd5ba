import type { Command } from "../../src/domain/facts/command.ts";
import type { SourcePosition } from "../../src/domain/facts/origin.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import { decide, initialMarket, localTerms } from "../../src/domain/market.ts";
import { timeMs } from "../../src/domain/facts/units.ts";
import type { PublicRecord } from "../../src/protocol/own/public-record.ts";
import { publicRecords } from "../../src/protocol/own/public-records.ts";
import { readSource } from "../../src/protocol/sources.ts";
import { newTradeWays, takeStep } from "../../src/protocol/ways/trade-ways.ts";

export const marketId = "00112233445566778899aabbccddeeff";

/** 10:15:00.123 in India. */
const atMs = Date.UTC(2026, 0, 5, 4, 45, 0, 123);

export type Input = readonly [topic: string, text: string];

/** Sends the inputs to a new market on shard 3, one a step; offsets from 10, seq from 1. */
export function steps(inputs: readonly (Input | Command)[], terms = localTerms): Step[] {
  const market = initialMarket();
  return inputs.map((input, index) => {
    const offset = 10 + index;
    const command = "type" in input ? input : readInput(input, index);
    const context = { at: timeMs(atMs), shard: 3, offset, seq: index + 1 };
    const events = decide(market, command, context, terms);
    return {
      cause: { offset, digest: "d".repeat(64) },
      part: 0,
      last: true,
      at: market.clockMs,
      events,
    };
  });
}

function readInput([topic, text]: Input, offset: number): Command {
  const source: SourcePosition = { topicId: topic, topic, partition: 0, offset, timestampMs: 5 };
  return readSource(topic, { key: null, value: Buffer.from(text), source });
}

export function publish(list: readonly Step[]): PublicRecord[] {
  const ways = newTradeWays();
  return list.flatMap((step, index) =>
    publicRecords(takeStep(ways, step), index + 1, { marketId, shard: 3 }),
  );
}

export function recordsOf(
  inputs: readonly (Input | Command)[],
  terms = localTerms,
): PublicRecord[] {
  return publish(steps(inputs, terms));
}

export function texts(records: readonly PublicRecord[], topic: string): string[] {
  return records.filter((record) => record.topic === topic).map(({ value }) => String(value));
}

export function messages(
  records: readonly PublicRecord[],
  topic: string,
): Record<string, unknown>[] {
  return texts(records, topic).map((text) => JSON.parse(text) as Record<string, unknown>);
}

export function header(record: PublicRecord | undefined, name: string): string | undefined {
  return record?.headers.find(([one]) => one === name)?.[1];
}

export const order = (qty: string, price: string, more = ""): Input => [
  "Trade_Order",
  `{"type":"Trade_Order","qty":${qty},"symbol":"SBI","price":${price}${more}}`,
];

export const answer = (text: string, more = ""): Input => [
  "Counter_party",
  `{"type":"Counter_party","text":"${text}"${more}}`,
];

export const buy = (id: string, qty: number, price: string): Input => [
  "buy-orders",
  `{"order_id":"${id}","buyer":"HDFC","stock_symbol":"SBI","quantity":${qty},` +
    `"price_per_unit":${price}}`,
];

export const offer = (id: string, qty: number): Input => [
  "sell-offers",
  `{"offer_id":"${id}","seller":"SELLER","stock_symbol":"SBI","quantity":${qty}}`,
];

export const ours = (fields: object): Input => [
  "sauda.orders",
  JSON.stringify({ participant: "HDFC", symbol: "SBIN", ...fields }),
];

export const flowA = [order("100", "985.0"), answer("CONFIRM")];

export const flowB = [offer("S-1", 1000), buy("B-1", 100, "885.0")];

/** Every kind of message at least once. */
export const everything: readonly (Input | Command)[] = [
  ...flowA,
  ...flowB,
  order("5", "985.0", ',"order_id":"W-1"'),
  answer("REJECT"),
  answer("PERHAPS"),
  ours({
    type: "NewOrder",
    client_order_id: "C-1",
    side: "BUY",
    quantity: 5,
    price_paise: 88500,
    client: "C9",
  }),
  ours({ type: "Cancel", client_order_id: "C-2", orig_client_order_id: "none" }),
  ours({ type: "Confirm", client_order_id: "C-3", order_id: "none" }),
  order("0", "985.0"),
  ["sell-offers", "{}"],
];

/** The executions among the records, each in one line. */
export function executions(records: readonly PublicRecord[]): string[] {
  return messages(records, "sauda.executions").map((one) => {
    const show = (field: string): string => String((one[field] as string | number | null) ?? "-");
    const reason = one["reason"] === null ? "" : ` ${show("reason")}`;
    return (
      `${show("participant")} ${show("side")} ${show("exec_type")} ${show("ord_status")} ` +
      `${show("quantity")}@${show("price_paise")} cum ${show("cum_qty")} leaves ` +
      `${show("leaves_qty")} last ${show("last_qty")}@${show("last_price_paise")} ` +
      `${show("client_order_id")} ${show("order_id")}${reason}`
    );
  });
}
