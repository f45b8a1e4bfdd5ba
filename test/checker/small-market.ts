import { decide, initialMarket, localTerms } from "../../src/domain/market.ts";
import type { MarketEvent, Step } from "../../src/domain/facts/event.ts";
import { timeMs } from "../../src/domain/facts/units.ts";
import { encodeCommand, readCommand } from "../../src/protocol/log/command-record.ts";
import { genesis } from "../genesis.ts";
import { encodeSteps } from "../steps-record.ts";
import { encodeClaim, logKey } from "../../src/protocol/log/log-record.ts";
import { publicBytes, type PublicRecord } from "../../src/protocol/own/public-record.ts";
import { publicRecords } from "../../src/protocol/own/public-records.ts";
import { readSource } from "../../src/protocol/sources.ts";
import { newTradeWays, takeStep } from "../../src/protocol/ways/trade-ways.ts";
import type { TakenStep } from "../../src/protocol/ways/way-change.ts";
import type { InputPartition } from "./inputs.ts";
import { digestOf, readLog, type RawRecord, type ValidStep } from "./log-reading.ts";
import type { MarketRecords } from "./market-check.ts";
import type { PublishedRecord } from "./publications.ts";

/**
 * What a test may spoil: the steps as they count, and the partitions they came from and went to.
 */
export type SmallMarket = {
  steps: ValidStep[];
  commands: RawRecord[];
  inputs: InputPartition[];
  published: PublishedRecord[];
};

const marketId = "00".repeat(16);
const offer = `{"offer_id":"s1","seller":"SELLER","stock_symbol":"SBI","quantity":100}`;
const buy = (id: string, quantity: number): string =>
  `{"order_id":"${id}","buyer":"HDFC","stock_symbol":"SBI","quantity":${quantity},` +
  '"price_per_unit":985.0}';
const cancel =
  '{"type":"Cancel","participant":"HDFC","client_order_id":"c1","orig_client_order_id":"b2",' +
  '"symbol":"SBI"}';

/**
 * What strangers wrote, in the order the relay took it: a trade of each flow, a cancel, rubbish.
 */
const written: readonly (readonly [topic: string, value: string])[] = [
  ["sell-offers", offer],
  ["buy-orders", buy("b1", 60)],
  ["buy-orders", buy("b2", 70)],
  ["sauda.orders", cancel],
  ["Counter_party", `{"type":"Counter_party","text":"CONFIRM"}`],
  ["Trade_Order", `{"type":"Trade_Order","qty":100,"symbol":"SBI","price":985.0}`],
  ["Trade_Order", "rubbish"],
  ["buy-orders", buy("b1", 60)],
  ["Counter_party", `{"type":"Counter_party","text":" confirm"}`],
];

const raw = (offset: number, key: Buffer | null, value: Buffer | null): RawRecord => ({
  offset,
  key,
  value,
  isControl: false,
});

/** A whole market at rest on one shard, made by the real domain and protocol, without a fault. */
export function smallMarket(): SmallMarket {
  const market = initialMarket();
  const ways = newTradeWays();
  const inputs = new Map<string, RawRecord[]>();
  const small: SmallMarket = { steps: [], commands: [], inputs: [], published: [] };
  for (const [offset, [topic, text]] of written.entries()) {
    const value = Buffer.from(text);
    const records = inputs.get(topic) ?? [];
    inputs.set(topic, records);
    const source = {
      topic,
      topicId: `id-${topic}`,
      partition: 0,
      offset: records.length,
      timestampMs: 1,
    };
    records.push(raw(records.length, null, value));
    const command = raw(
      offset,
      logKey,
      encodeCommand(readSource(topic, { key: null, value, source })),
    );
    small.commands.push(command);
    const seq = offset + 1;
    const at = timeMs(1000 + offset);
    const context = { at, shard: 0, offset, seq };
    const events = decide(market, readCommand(command.key, command.value), context, localTerms);
    const step = { cause: { offset, digest: digestOf(command) }, part: 0, last: true, at, events };
    small.steps.push({ seq, offset: offset + 1, step: copy(step) });
    publish(small.published, takeStep(ways, step), seq);
  }
  small.inputs = [...inputs].map(([topic, records]) => ({
    topic,
    topicId: `id-${topic}`,
    partition: 0,
    records,
  }));
  return small;
}

function publish(published: PublishedRecord[], taken: TakenStep, seq: number): void {
  for (const record of publicRecords(taken, seq, { marketId, shard: 0 })) {
    const offset = published.filter(({ topic }) => topic === record.topic).length;
    published.push(committed(record, offset));
  }
}

/** A public record as a committed reader finds it. */
export function committed(record: PublicRecord, offset: number): PublishedRecord {
  const [key, value] = [publicBytes(record.key), publicBytes(record.value)];
  return { ...record, key, value, offset, isControl: false, isCommitted: true };
}

/** As it would come back from the log. */
function copy(step: Step): Step {
  return JSON.parse(JSON.stringify(step)) as Step;
}

/** The first event of a type, for spoiling. Breaks when there is none. */
export function eventOf<Type extends MarketEvent["type"]>(
  small: SmallMarket,
  type: Type,
): { -readonly [Key in keyof Extract<MarketEvent, { type: Type }>]: any } {
  const event = small.steps.flatMap(({ step }) => step.events).find((one) => one.type === type);
  if (event === undefined) throw new Error(`no ${type} in the small market`);
  return event as any;
}

/** The market as it lies in its topics: one claim, then a record for each step. */
export function recordsOf(small: SmallMarket): MarketRecords {
  const names = { nonce: "n", owner: "test", genesis: { ...genesis, marketId } };
  const claim = encodeClaim({ type: "Claim", format: 1, rules: 2, epoch: 1, ...names });
  const log: RawRecord[] = [raw(0, logKey, claim)];
  for (const { seq, step } of small.steps) {
    const chain = [...readLog(log).chains.values()].at(-1) ?? "";
    log.push(raw(log.length, logKey, encodeSteps(1, seq, chain, [step])));
  }
  const { commands, inputs, published } = small;
  return { events: [log], commands: [commands], inputs, published };
}
