import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { describe, test } from "node:test";
import { Producer } from "@platformatic/kafka";
import { cutBytes } from "../../src/protocol/carriage.ts";
import { malformed, wellFormed, type Malformed } from "../protocol/malformed.ts";
import {
  answer,
  buyOrder,
  fieldOf,
  sellOffer,
  tradeOrder,
  watchOutputs,
  type Shared,
} from "./flows.ts";
import { groupLimitMs } from "./market-process.ts";
import { header, type TopicRecord, type Topics } from "./records.ts";

/** An order to the book of `sauda.orders`. */
function newOrder(id: string, fields: object): string {
  return JSON.stringify({
    v: 1,
    type: "NewOrder",
    participant: "HDFC",
    client_order_id: id,
    symbol: "RELIANCE",
    side: "BUY",
    quantity: 1,
    price_paise: 100000,
    ...fields,
  });
}

/** What makes a good record behind each malformed one, and what must be there for it to settle. */
type Behind = {
  readonly first: (topics: Topics, count: number) => Promise<void>;
  readonly good: (number: number) => string;
  readonly last: (topics: Topics, count: number) => Promise<void>;
  readonly legs: "demat" | "transfers";
};

const behind: Readonly<Record<string, Behind>> = {
  Trade_Order: {
    first: async () => {},
    good: (number) => tradeOrder(1, 985, { order_id: `m-order-${number}` }),
    last: (topics, count) =>
      topics.sendAll(
        "Counter_party",
        numbered(count, (n) => confirm(`m-order-${n}`)),
      ),
    legs: "demat",
  },
  Counter_party: {
    first: async (topics, count) => {
      const orders = numbered(count, (n) => tradeOrder(1, 985, { order_id: `m-answer-${n}` }));
      await topics.sendAll("Trade_Order", orders);
    },
    good: (number) => confirm(`m-answer-${number}`),
    last: async () => {},
    legs: "demat",
  },
  "buy-orders": {
    first: async (topics, count) =>
      void (await topics.send("sell-offers", sellOffer("m-offers", count, "ITC"))),
    good: (number) => buyOrder(`m-buy-${number}`, 1, 400, "ITC"),
    last: async () => {},
    legs: "transfers",
  },
  "sell-offers": {
    first: async (topics, count) =>
      void (await topics.send("buy-orders", buyOrder("m-buys", count, 1500, "LT"))),
    good: (number) => sellOffer(`m-offer-${number}`, 1, "LT"),
    last: async () => {},
    legs: "transfers",
  },
  "sauda.orders": {
    first: async (topics, count) =>
      void (await topics.send("sell-offers", sellOffer("m-ours", count, "RELIANCE"))),
    good: (number) => newOrder(`m-new-${number}`, {}),
    last: async () => {},
    legs: "transfers",
  },
};

function confirm(id: string): string {
  return answer("CONFIRM", { order_id: id });
}

function numbered(count: number, make: (number: number) => string): string[] {
  return Array.from({ length: count }, (_, number) => make(number));
}

/** What strangers can write, and what it may not do. */
export function describeStrangers(shared: Shared): void {
  describe("malformed records", { timeout: groupLimitMs }, () => {
    for (const topic of new Set(wellFormed.map((one) => one.topic))) {
      const cases = malformed.filter((one) => one.topic === topic);
      test(`${topic}: ${cases.length} kinds, one dead letter each, and the order behind each settles`, () =>
        meetMalformed(shared.topics, topic, cases));
    }
  });
  describe("R13: strangers", { timeout: groupLimitMs }, () => {
    test("R13: the market's internal kinds are refused on every door of strangers", () =>
      meetForged(shared.topics));
    test("R13: a source position in an order is not believed", () =>
      meetForgedSource(shared.topics));
    test("R13: a transaction left open holds back its own partition alone; aborted, its order never was", () =>
      meetOpenTransaction(shared));
  });
}

async function meetMalformed(
  topics: Topics,
  topic: string,
  cases: readonly Malformed[],
): Promise<void> {
  const way = behind[topic];
  ok(way, `no way to settle an order by ${topic}`);
  const outputs = await watchOutputs(topics);
  await way.first(topics, cases.length);
  // the topics have no common order: first it must be in
  await (await watchOutputs(topics)).close();
  const start = await topics.end(topic);
  const records = cases.flatMap(({ value }, number) => [value, way.good(number)]);
  await topics.sendAll(topic, records);
  await way.last(topics, cases.length);
  const came = await outputs.close();
  const letters = came.deadLetters.map((letter) => describeLetter(letter));
  const expected = cases.map(({ value, reason }, number) => ({
    topic,
    offset: String(start + 2 * number),
    reason,
    // What is too large to be carried is told by its beginning (R22).
    value:
      value?.subarray(0, reason === "TOO_LARGE" ? cutBytes : undefined).toString("base64") ?? null,
  }));
  deepStrictEqual(letters, expected);
  strictEqual(came[way.legs].length, cases.length);
}

function describeLetter(letter: TopicRecord): object {
  ok(header(letter, "x-detail"));
  return {
    topic: header(letter, "x-original-topic"),
    offset: header(letter, "x-original-offset"),
    reason: header(letter, "x-reason"),
    value: letter.value?.toString("base64") ?? null,
  };
}

const position = { topicId: "x", topic: "Trade_Order", partition: 0, offset: 0, timestampMs: 0 };
const forged: readonly object[] = [
  { type: "Tick" },
  { type: "PlaceOrder", participant: "HDFC", symbol: "SBIN", side: "SELL", quantity: 1 },
  { type: "InputsMissing", from: 0, to: 1_000_000, source: position },
  { type: "Unreadable", source: position },
  { type: "MoveCash", id: "1", account: "HDFC", amount: 100, to: 0 },
  { type: "ReceiveCash", account: "HDFC", amount: 100 },
  { type: "Claim", epoch: 1000, nonce: "00", genesis: {} },
  { type: "Steps", epoch: 1000, seq: 1, steps: [] },
];

async function meetForged(topics: Topics): Promise<void> {
  const outputs = await watchOutputs(topics);
  const sent: string[] = [];
  for (const topic of new Set(wellFormed.map((one) => one.topic))) {
    for (const kind of forged) {
      // With our own key and with what every topic asks for, so that only the kind is wrong.
      const value = JSON.stringify({ v: 1, format: 1, text: "CONFIRM", qty: 1, price: 1, ...kind });
      await topics.send(topic, value, "sauda");
      sent.push(`${topic} ${value}`);
    }
  }
  const { deadLetters, demat, transfers } = await outputs.close();
  const letters = deadLetters.map(
    (letter) => `${header(letter, "x-original-topic")} ${String(letter.value)}`,
  );
  deepStrictEqual(letters.toSorted(), sent.toSorted());
  deepStrictEqual([demat.length, transfers.length], [0, 0]);
}

async function meetForgedSource(topics: Topics): Promise<void> {
  const outputs = await watchOutputs(topics);
  const topicId = (await topics.cluster.findTopic("Trade_Order"))?.id;
  // Believed, it would make the relay's numbers jump and drop everything that follows as repeats.
  const source = { ...position, topicId, offset: 1_000_000 };
  await topics.send("Trade_Order", tradeOrder(13, 985, { order_id: "forged", source }));
  await topics.send("Trade_Order", tradeOrder(14, 985, { order_id: "behind" }));
  await topics.sendAll("Counter_party", [confirm("forged"), confirm("behind")]);
  const { demat } = await outputs.close();
  deepStrictEqual(fieldOf(demat, "qty"), [13, 14]);
}

async function meetOpenTransaction({ topics, market }: Shared): Promise<void> {
  const producer = new Producer({
    clientId: "stranger",
    bootstrapBrokers: [market.bootstrap],
    transactionalId: "stranger",
    idempotent: true,
  });
  try {
    const transaction = await producer.beginTransaction();
    const outputs = await watchOutputs(topics);
    const value = Buffer.from(tradeOrder(15, 985, { order_id: "in-transaction" }));
    await transaction.send({ messages: [{ topic: "Trade_Order", partition: 0, value }] });
    await topics.send("Trade_Order", tradeOrder(16, 985, { order_id: "behind-it" }));
    await topics.send("Counter_party", confirm("behind-it"));
    const [demat, transfers] = [
      await topics.end("Demat_allocation"),
      await topics.end("demat-transfers"),
    ];
    await topics.send("sell-offers", sellOffer("beside-it-offer", 3, "HELD"));
    await topics.send("buy-orders", buyOrder("beside-it", 3, 885, "HELD"));
    await topics.awaitOne("demat-transfers", transfers, (text) => text.includes("beside-it"));
    strictEqual(await topics.end("Demat_allocation"), demat, "what is behind it waits");
    await transaction.abort();
    deepStrictEqual(fieldOf((await outputs.close()).demat, "qty"), [16]);
  } finally {
    await producer.close();
  }
}
