import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Command } from "../../src/domain/facts/command.ts";
import type { MarketEvent, Step } from "../../src/domain/facts/event.ts";
import { localTerms } from "../../src/domain/market.ts";
import { encodeBatch } from "../../src/kafka/record-batch.ts";
import {
  carried,
  carriedBytesMax,
  commandBytesMax,
  commandRequestBytesMax,
  cutBytes,
  deadLetterBatchBytesMax,
  deadLetterBytesMax,
  defaultBatchBytesMax,
  detailCharsMax,
  logBatchBytesMax,
  publicBatchBytesMax,
  publicRecordBytesMax,
  restBytesMax,
  stepBytesMax,
  stepsRecordBytesMax,
  unpackedBytesMax,
  valueBytesMax,
} from "../../src/protocol/carriage.ts";
import { encodeCommand, readCommand } from "../../src/protocol/log/command-record.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import { stepBytes } from "../steps-record.ts";
import type { PublicRecord } from "../../src/protocol/own/public-record.ts";
import { publicRecords } from "../../src/protocol/own/public-records.ts";
import { readSource } from "../../src/protocol/sources.ts";
import { newTradeWays, takeStep } from "../../src/protocol/ways/trade-ways.ts";
import { sourceTopics } from "../../src/protocol/topics.ts";
import { account, at, clearingTerms } from "../clearing-given.ts";
import { buy, given, newSource, sell } from "../given.ts";

/**
 * Of all that a name may be made of, what takes most bytes: three in UTF-8 for one of
 * its characters.
 */
const widest = "\u0939";
const longestId = widest.repeat(128);
const longestSymbol = widest.repeat(64);
const longestMember = "M".repeat(32);
const context = { marketId: "f".repeat(32), shard: 0 };

/** Bytes of one batch with this record alone. */
function alone({ key, value, headers }: Pick<PublicRecord, "key" | "value" | "headers">): number {
  return encodeBatch([{ key, value, headers }], 0).length;
}

function stepOf(events: readonly MarketEvent[]): Step {
  const cause = { offset: Number.MAX_SAFE_INTEGER, digest: "f".repeat(64) };
  return { cause, part: 0, last: true, at: 0 as Step["at"], events };
}

const position = (topic: string) =>
  newSource({ topic, topicId: "A".repeat(22), offset: 2 ** 53 - 1, timestampMs: -(2 ** 53 - 1) });

function atLimit(text: string): Buffer {
  const bytes = Buffer.alloc(valueBytesMax, " ");
  bytes.write(text);
  return bytes;
}

const { length: idLength } = longestId;
/**
 * The largest records that are carried whole: unreadable ones in every way, and an answer that
 * is kept.
 */
const largest: readonly (readonly [name: string, value: Buffer])[] = [
  ["bytes that are no UTF-8", Buffer.alloc(valueBytesMax, 0xff)],
  ["a text of control characters", Buffer.alloc(valueBytesMax, 1)],
  ["one long string", atLimit(`"${"\\u0000".repeat(10_000)}"`)],
  ["a type of control characters", atLimit(`{"type":"${"\\u0001".repeat(10_000)}"}`)],
  ["a number of many digits", atLimit(`{"type":"Trade_Order","qty":${"9".repeat(60_000)}`)],
  ["an answer", atLimit(`{"type":"Counter_party","text":"CONFIRM","order_id":"${longestId}"}`)],
  [
    "an order",
    atLimit(
      `{"type":"Trade_Order","qty":1,"price":1,"symbol":"${longestSymbol}",` +
        `"order_id":"${longestId}"}`,
    ),
  ],
];

test("whatever is carried, its command, step and dead letter are below what the next hop takes", () => {
  strictEqual(idLength, 128);
  const key = randomBytes(restBytesMax);
  for (const topic of sourceTopics) {
    for (const [name, value] of largest) {
      const command = readSource(topic, { key, value, source: position(topic) });
      if (command.type === "Unreadable") {
        strictEqual(command.cut, undefined, name);
        strictEqual(command.original.valueBase64, value.toString("base64"));
        ok(command.detail.length <= detailCharsMax);
      }
      const bytes = encodeCommand(command);
      ok(bytes.length <= commandBytesMax, `${topic}, ${name}: ${bytes.length} bytes`);
      deepStrictEqual(readCommand(logKey, bytes), command);
      const market = given([]);
      const { events } = market.when(command);
      ok(stepBytes(stepOf(events)) <= stepBytesMax);
      for (const record of publicRecords(takeStep(newTradeWays(), stepOf(events)), 1, context)) {
        const most =
          record.topic === "sauda.dead-letters" ? deadLetterBytesMax : publicRecordBytesMax;
        ok(alone(record) <= most, `${record.topic}, ${name}: ${alone(record)} bytes`);
      }
    }
  }
});

test("one byte more, of value, key or headers, and only the beginning is carried, with sizes and sum", () => {
  const cases = [
    { key: null, value: Buffer.alloc(valueBytesMax + 1, "v") },
    { key: Buffer.alloc(restBytesMax + 1, "k"), value: Buffer.from("v") },
    { key: null, value: null, headers: Buffer.alloc(restBytesMax + 1, "h") },
    { key: Buffer.alloc(restBytesMax, "k"), value: Buffer.from("v"), headers: Buffer.from("h") },
    { key: Buffer.alloc(3_000_000, "k"), value: Buffer.alloc(3_000_000, "v") },
  ];
  for (const { key, value, headers = Buffer.alloc(0) } of cases) {
    const command = readSource("buy-orders", { key, value, headers, source: newSource() });
    ok(command.type === "Unreadable");
    strictEqual(command.reason, "TOO_LARGE");
    const whole = Buffer.concat([key, value, headers].filter((part) => part !== null));
    deepStrictEqual(command.cut, {
      keyBytes: key?.length ?? null,
      valueBytes: value?.length ?? null,
      headerBytes: headers.length,
      sha256: createHash("sha256").update(whole).digest("hex"),
    });
    const beginning = value?.subarray(0, cutBytes).toString("base64") ?? null;
    strictEqual(command.original.valueBase64, beginning);
    ok(encodeCommand(command).length < 32 * 1024);
    deepStrictEqual(readCommand(logKey, encodeCommand(command)), command);
    const [event] = given([]).when(command).events;
    ok(event?.type === "DeadLettered");
    const [letter] = publicRecords(takeStep(newTradeWays(), stepOf([event])), 1, context);
    const letterHeaders = Object.fromEntries(letter?.headers ?? []);
    strictEqual(letterHeaders["x-cut"], "true");
    strictEqual(letterHeaders["x-original-value-bytes"], String(value?.length ?? null));
    strictEqual(letterHeaders["x-original-sha256"], command.cut.sha256);
  }
});

test("a record at the bounds is carried whole", () => {
  const record = {
    key: Buffer.alloc(restBytesMax - 7, "k"),
    value: Buffer.alloc(valueBytesMax, "v"),
    headers: Buffer.alloc(7, "h"),
  };
  deepStrictEqual(carried(record), {
    original: {
      keyBase64: record.key.toString("base64"),
      valueBase64: record.value.toString("base64"),
    },
  });
  const weight = record.key.length + record.value.length + record.headers.length;
  strictEqual(weight, carriedBytesMax);
});

test("ticks end the largest answers in steps below what the log takes", () => {
  const value = largest.find(([name]) => name === "an answer")?.[1] ?? null;
  const key = randomBytes(restBytesMax);
  const answers = Array.from({ length: 40 }, () => {
    const source = position("Counter_party");
    return readSource("Counter_party", {
      key,
      value: Buffer.from(String(value).replace(longestId, randomBytes(60).toString("hex"))),
      source: { ...source, offset: newSource().offset },
    });
  });
  const market = given(answers.map((command) => ({ command, atMs: 1 })));
  let ended = 0;
  for (let ticks = 0; ticks < 100 && ended < answers.length; ticks += 1) {
    const { events } = market.when({ command: { type: "Tick" }, atMs: 3_600_000 });
    ended += events.length;
    const bytes = stepBytes(stepOf(events));
    ok(bytes <= stepBytesMax, `${bytes} bytes`);
  }
  strictEqual(ended, answers.length);
});

test("the largest sweep is a step below what the log takes, and its public records fit one by one", () => {
  const terms = localTerms;
  const wide = { symbol: "SBIN", symbolAsSent: longestSymbol };
  const id = (text: string): string => longestId.slice(text.length) + text;
  const market = given(
    Array.from({ length: 1_000 }, (_, index): Command => {
      return sell(id(`s${index}`), 1, 985_00, { participant: longestMember, ...wide });
    }),
    terms,
  );
  const taker = buy(id("b"), 1_000, 985_00, { participant: `${longestMember.slice(1)}B`, ...wide });
  const { events } = market.when(taker);
  strictEqual(events.filter(({ type }) => type === "TradeExecuted").length, 1_000);
  const bytes = stepBytes(stepOf(events));
  ok(bytes <= stepBytesMax, `${bytes} bytes`);
  for (const record of publicRecords(takeStep(newTradeWays(), stepOf(events)), 1, context))
    ok(alone(record) <= publicRecordBytesMax, `${record.topic}: ${alone(record)} bytes`);
});

test("the largest sweep in T+1, affirmed and on margin, is a step below what the log takes", () => {
  const wide = (text: string): string => text.padEnd(128, widest);
  const members = Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(32, "M"));
  const terms = clearingTerms({
    accounts: new Map(members.map((member) => [member, account("margin", 1e13)])),
  });
  const named = { symbol: "WITH-A-LONG-NAM-1000", symbolAsSent: longestSymbol };
  const affirmed = { ...named, client: "c".repeat(32), custodian: "C".repeat(32) };
  const market = given(
    [
      sell("priced", 1, 985_00, named),
      buy("priced", 1, 985_00, named),
      // What a member buys elsewhere makes its margin fall with what it sells here.
      ...members.map((participant) => buy(wide("l"), 2, 500_00, { participant, ...named })),
      ...members.map((participant) => sell(wide("s"), 1, 985_00, { participant, ...affirmed })),
    ].map((command) => ({ command, atMs: at("01 10:00") })),
    terms,
  );
  const taker = buy(wide("b"), 1_000, 985_00, { participant: "B".repeat(32), ...affirmed });
  const { events } = market.when({ command: taker, atMs: at("01 10:01") });
  const counts = (type: MarketEvent["type"]): number =>
    events.filter((event) => event.type === type).length;
  strictEqual(counts("AffirmationAwaited"), 2_000);
  ok(counts("MarginRequired") >= 1_000);
  const bytes = stepBytes(stepOf(events));
  ok(bytes <= stepBytesMax, `${bytes} bytes`);
});

test("a command that nobody here wrote is carried no further than a dead letter may weigh", () => {
  const stranger = Buffer.alloc(7 * 1024 * 1024, "x");
  for (const value of [
    stranger,
    Buffer.from(JSON.stringify({ format: 1, pad: "x".repeat(5e6) })),
  ]) {
    const command = readCommand(logKey, value);
    ok(command.type === "Unreadable" && command.reason === "UNREADABLE_COMMAND");
    const { events } = given([]).when(command);
    ok(stepBytes(stepOf(events)) < 32 * 1024);
  }
});

test("each limit is larger than the worst that the hop before it sends", () => {
  const head = 200; // a batch's and a record's own bytes
  ok(valueBytesMax + restBytesMax === carriedBytesMax);
  ok(commandBytesMax > (4 / 3) * carriedBytesMax);
  ok(commandRequestBytesMax + commandBytesMax + head < logBatchBytesMax);
  ok(stepBytesMax > 2 * commandBytesMax);
  ok(Math.max(stepsRecordBytesMax, stepBytesMax) + head < logBatchBytesMax);
  ok(deadLetterBytesMax > carriedBytesMax);
  ok(publicBatchBytesMax + head < defaultBatchBytesMax);
  ok(Math.max(deadLetterBytesMax, publicRecordBytesMax) + head < publicBatchBytesMax);
  ok(publicBatchBytesMax + head < deadLetterBatchBytesMax);
  ok(logBatchBytesMax <= unpackedBytesMax, "what we write ourselves is always read");
});
