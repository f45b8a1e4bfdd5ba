import type { Step } from "../../domain/facts/event.ts";
import { decide, initialMarket, localTerms } from "../../domain/market.ts";
import { timeMs } from "../../domain/facts/units.ts";
import { encodeCommand, readCommand } from "../log/command-record.ts";
import { commandDigest, logKey } from "../log/log-record.ts";
import type { PublicRecord } from "../own/public-record.ts";
import { publicRecords } from "../own/public-records.ts";
import { readSource } from "../sources.ts";
import { newTradeWays, takeStep } from "../ways/trade-ways.ts";
import type { TopicName } from "../topics.ts";

/** A record sent to a source topic. */
type ExampleInput = { readonly topic: TopicName; readonly text: string };

/** The market of the examples; a real one has random bytes. */
export const exampleMarketId = "00112233445566778899aabbccddeeff";

/** The seeds' two trades, one order of our own that is refused, and one record nobody can read. */
export const exampleInputs: readonly ExampleInput[] = [
  { topic: "Trade_Order", text: '{"type":"Trade_Order","qty":100,"symbol":"SBI","price":985.0}' },
  { topic: "Counter_party", text: '{"type":"Counter_party","text":"CONFIRM"}' },
  {
    topic: "sell-offers",
    text: '{"offer_id":"2a9c4f0e-6d5b-4f7a-9c1e-1b2a3c4d5e6f","seller":"SELLER","stock_symbol":"SBI","quantity":1000,"timestamp":"2026-01-05T10:14:59.500000"}',
  },
  {
    topic: "buy-orders",
    text: '{"order_id":"8c7a5d6e-0b6f-4c3e-9a64-2f7f7d4a1b2c","buyer":"HDFC","stock_symbol":"SBI","quantity":100,"price_per_unit":885.0,"timestamp":"2026-01-05T10:15:00.123456"}',
  },
  {
    topic: "sauda.orders",
    text: '{"v":1,"type":"NewOrder","participant":"HDFC","client_order_id":"C-1","symbol":"SBIN","side":"BUY","quantity":100,"price_paise":88501}',
  },
  { topic: "Counter_party", text: '{"type":"Counter_party","text":"PERHAPS"}' },
];

/** 10:15:00.123 in India on the first Monday of 2026. */
const firstAtMs = Date.UTC(2026, 0, 5, 4, 45, 0, 123);

/**
 * What the market says to the example inputs: every public record, in order, made by the real code.
 */
export function exampleRecords(): PublicRecord[] {
  const market = initialMarket();
  const ways = newTradeWays();
  const context = { marketId: exampleMarketId, shard: 0 };
  return exampleInputs.flatMap(({ topic, text }, offset) => {
    const at = timeMs(firstAtMs + offset);
    const source = { topicId: topic, topic, partition: 0, offset, timestampMs: firstAtMs };
    const read = readSource(topic, { key: null, value: Buffer.from(text), source });
    const value = encodeCommand(read);
    const command = readCommand(logKey, value);
    const events = decide(market, command, { at, shard: 0, offset, seq: offset + 1 }, localTerms);
    const cause = { offset, digest: commandDigest(logKey, value) };
    const step: Step = { cause, part: 0, last: true, at, events };
    return publicRecords(takeStep(ways, step), offset + 1, context);
  });
}
