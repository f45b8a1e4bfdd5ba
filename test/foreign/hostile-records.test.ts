import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import type { StrangerRecord } from "../../chaos/stranger-records.ts";
import { restBytesMax, unpackedBytesMax, valueBytesMax } from "../../src/protocol/carriage.ts";
import { deadLettersTopic, sourceTopics } from "../../src/protocol/topics.ts";
import { startSauda, until } from "../acceptance/market-process.ts";
import type { TopicRecord } from "../acceptance/records.ts";
import { strangerMarket } from "./stranger-market.ts";

// Rule R22 on a real Kafka, with records of clients that nobody here wrote: sizes around every
// limit, in every codec, in every place, on every source. Each has one dead letter, the next record
// is processed, no process grows.

const run = promisify(execFile);
const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
/** The intake's own bound; the others hold a market and its records besides. */
const intakeMbMax = 300;
const otherMbMax = 600;
const groupMs = 420_000;

const around = strangerMarket(["kafka-python==3.0.*", "confluent-kafka"], groupMs);

const spaces = (times: number) => [{ hex: "20", times }];

/** What is sent, and whether its dead letter holds all of it. */
type Case = {
  readonly name: string;
  readonly value: readonly { hex: string; times: number }[] | null;
  readonly key?: readonly { hex: string; times: number }[];
  readonly headers?: readonly [string, readonly { hex: string; times: number }[]][];
  readonly is: "whole" | "cut" | "unpacked";
  /** The broker takes it only packed. */
  readonly packedOnly?: true;
};

const small = spaces(1);
const headers = (count: number, bytes: number): NonNullable<Case["headers"]> =>
  Array.from({ length: count }, () => ["h", spaces(bytes)] as const);
const cases: readonly Case[] = [
  { name: "a value at its bound", value: spaces(valueBytesMax), is: "whole" },
  { name: "a value a byte above", value: spaces(valueBytesMax + 1), is: "cut" },
  { name: "a value near the broker's default", value: spaces(1_000_000), is: "cut" },
  { name: "a key at its bound", value: small, key: spaces(restBytesMax), is: "whole" },
  { name: "a key a byte above", value: small, key: spaces(restBytesMax + 1), is: "cut" },
  { name: "a large key and no value", value: null, key: spaces(900_000), is: "cut" },
  { name: "one large header", value: small, headers: headers(1, restBytesMax), is: "cut" },
  { name: "many headers", value: small, headers: headers(20_000, 0), is: "cut" },
  { name: "two megabytes", value: spaces(2_200_000), is: "cut", packedOnly: true },
  { name: "seven megabytes", value: spaces(7_000_000), is: "cut", packedOnly: true },
  { name: "a large key", value: null, key: spaces(3_000_000), is: "cut", packedOnly: true },
  {
    name: "what may be unpacked",
    value: spaces(unpackedBytesMax - 100),
    is: "cut",
    packedOnly: true,
  },
  { name: "more than that", value: spaces(unpackedBytesMax + 1), is: "unpacked", packedOnly: true },
];

function headerOf({ headers: all }: TopicRecord, name: string): string | undefined {
  return all.find(([each]) => each === name)?.[1];
}

/** Every dead letter by where its record stood, once those of these places are there. */
async function awaitLetters(
  places: readonly string[],
  withinMs = 120_000,
): Promise<Map<string, TopicRecord[]>> {
  const found = new Map<string, TopicRecord[]>();
  let next = 0;
  const isThere = async (): Promise<boolean> => {
    // They are hundreds of large ones: each is read once.
    for (const record of await around.topics.read(deadLettersTopic, next)) {
      next = record.offset + 1;
      if (record.isControl) continue;
      const [topic, offset] = ["topic", "offset"].map((name) =>
        headerOf(record, `x-original-${name}`),
      );
      const place = `${topic}/${offset}`;
      found.set(place, [...(found.get(place) ?? []), record]);
    }
    return places.every((place) => found.has(place));
  };
  const lacking = (): string =>
    places
      .filter((place) => !found.has(place))
      .slice(0, 5)
      .join(", ");
  await until("every record has its dead letter", isThere, withinMs, lacking);
  return found;
}

function check(letter: TopicRecord, each: Case, what: string): void {
  const { is, value } = each;
  strictEqual(headerOf(letter, "x-cut"), is === "whole" ? undefined : "true", what);
  const bytes = value?.[0]?.times ?? null;
  if (is === "whole") return strictEqual(letter.value?.length ?? null, bytes, what);
  strictEqual(headerOf(letter, "x-reason"), "TOO_LARGE", what);
  if (is === "unpacked") {
    strictEqual(headerOf(letter, "x-original-first-offset"), headerOf(letter, "x-original-offset"));
    return strictEqual(letter.value, null);
  }
  strictEqual(headerOf(letter, "x-original-value-bytes"), String(bytes), what);
  if (each.key !== undefined || each.headers !== undefined || bytes === null) return;
  const whole = createHash("sha256").update(Buffer.alloc(bytes, " ")).digest("hex");
  strictEqual(headerOf(letter, "x-original-sha256"), whole, what);
  deepStrictEqual(letter.value, Buffer.alloc(4096, " "), what);
}

/** The most memory that a service has had, in MB. */
async function peakMb(name: "intake" | "exchange" | "publisher" | "gateway"): Promise<number> {
  const pid = await around.market.pid(name);
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function boundedMemory(
  names: readonly Parameters<typeof peakMb>[0][] = ["intake", "exchange", "publisher", "gateway"],
): Promise<string> {
  const peaks = await Promise.all(names.map(async (name) => [name, await peakMb(name)] as const));
  const summary = peaks.map(([name, mb]) => `${name} ${mb.toFixed(0)} MB`).join(", ");
  for (const [name, mb] of peaks)
    ok(mb < (name === "intake" ? intakeMbMax : otherMbMax), `most memory: ${summary}`);
  return summary;
}

/** Sends with kafka-python what its arguments say, and prints the offsets. */
async function sendByKafkaPython(topic: string, options: string, lines: string): Promise<number[]> {
  const script = `
from kafka import KafkaProducer
p = KafkaProducer(bootstrap_servers="${around.market.bootstrap}", ${options})
sent = [${lines.replaceAll("TOPIC", JSON.stringify(topic))}]
p.flush()
print([f.get(60).offset for f in sent])`;
  const { stdout } = await run(around.venv.python, ["-c", script], { timeout: 200_000 });
  return JSON.parse(stdout) as number[];
}

describe(
  "whatever strangers send, it has one dead letter and the market goes on",
  { timeout: groupMs },
  () => {
    test("sizes around every limit, in each codec and place, on each source", async (t) => {
      if (around.missing !== null) return t.skip(around.missing);
      const sent: { place: string; each: Case; what: string }[] = [];
      for (const topic of sourceTopics) {
        for (const codec of codecs) {
          for (const each of cases) {
            if (codec === "none" && each.packedOnly === true) continue;
            const what = `${topic}, ${codec}, ${each.name}`;
            const record = { topic, codec, value: each.value, key: each.key ?? null };
            const all: StrangerRecord = { ...record, headers: each.headers ?? [] };
            const [offset] = await around.stranger.send(all);
            sent.push({ place: `${topic}/${offset}`, each, what });
          }
        }
      }
      ok(sent.length > 280, `${sent.length} records`);
      const letters = await awaitLetters(sent.map(({ place }) => place));
      for (const { place, each, what } of sent) {
        const [letter, ...more] = letters.get(place) ?? [];
        strictEqual(more.length, 0, `${what}: ${more.length + 1} dead letters`);
        if (letter !== undefined) check(letter, each, what);
      }
      t.diagnostic(`${sent.length} records; ${await boundedMemory()}`);
    });

    test("the two records that stopped a market, by kafka-python", async (t) => {
      if (around.missing !== null) return t.skip(around.missing);
      const options = "compression_type='gzip', max_request_size=10_000_000";
      const [one] = await sendByKafkaPython(
        "buy-orders",
        options,
        "p.send(TOPIC, b' ' * 2_200_000)",
      );
      const [other] = await sendByKafkaPython(
        "Trade_Order",
        options,
        "p.send(TOPIC, b' ' * 7_000_000)",
      );
      const letters = await awaitLetters([`buy-orders/${one}`, `Trade_Order/${other}`]);
      const sizes = [`buy-orders/${one}`, `Trade_Order/${other}`].map((place) =>
        headerOf(letters.get(place)?.[0] as TopicRecord, "x-original-value-bytes"),
      );
      deepStrictEqual(sizes, ["2200000", "7000000"]);
    });

    test("bombs of every codec are not unpacked, and many records in one have one letter for all", async (t) => {
      if (around.missing !== null) return t.skip(around.missing);
      const places: string[] = [];
      const bombs = [
        ["gzip", 100_000_000],
        ["zstd", 200_000_000],
        ["lz4", 100_000_000],
        ["snappy", 15_000_000],
      ] as const;
      for (const topic of ["Counter_party"]) {
        for (const [codec, bytes] of bombs) {
          const [offset] = await around.stranger.send({ topic, codec, value: spaces(bytes) });
          places.push(`${topic}/${offset}`);
        }
      }
      const options = "compression_type='gzip', max_request_size=600_000_000";
      const [most] = await sendByKafkaPython(
        "sell-offers",
        options,
        "p.send(TOPIC, b' ' * 450_000_000)",
      );
      places.push(`sell-offers/${most}`);
      const batch = `${options}, batch_size=100_000_000, linger_ms=5000`;
      const lines = "p.send(TOPIC, b' ' * 2000) for _ in range(20_000)";
      const many = await sendByKafkaPython("sauda.orders", batch, lines);
      const [first = 0] = many;
      const last = many.at(-1) ?? 0;
      const letters = await awaitLetters([...places, `sauda.orders/${last}`]);
      for (const place of places) {
        const [letter, ...more] = letters.get(place) ?? [];
        strictEqual(more.length, 0, place);
        strictEqual(letter === undefined ? "" : headerOf(letter, "x-reason"), "TOO_LARGE", place);
      }
      // However the client batched them: each offset is in one letter, and most of the letters
      // hold many.
      let covered = 0;
      for (const [place, [letter]] of letters) {
        const offset = Number(place.split("/")[1]);
        if (!place.startsWith("sauda.orders/") || offset < first || letter === undefined) continue;
        const from = Number(headerOf(letter, "x-original-first-offset") ?? offset);
        covered += offset - from + 1;
      }
      strictEqual(covered, many.length);
      t.diagnostic(await boundedMemory());
    });

    test("a bomb on a public topic is none of ours: the legs behind it are watched", async (t) => {
      if (around.missing !== null) return t.skip(around.missing);
      const bomb = { topic: "Demat_allocation", codec: "gzip", value: spaces(90_000_000) } as const;
      const [offset = 0] = await around.stranger.send(bomb);
      const order = { type: "Trade_Order", qty: 7, symbol: "SBI", price: 985, order_id: "watched" };
      const answer = { type: "Counter_party", text: "CONFIRM", order_id: "watched" };
      await around.topics.send("Trade_Order", JSON.stringify(order));
      await around.topics.send("Counter_party", JSON.stringify(answer));
      const watch = startSauda(["watch", "--from-beginning"], {
        env: { KAFKA_BOOTSTRAP_SERVERS: around.market.bootstrap },
      });
      try {
        await watch.line(/^DEMAT 7 SBI/);
        ok((await around.topics.end("Demat_allocation")) > offset);
        ok(
          watch.err.some((line) => line.includes("would unpack to more")),
          watch.err.join("\n"),
        );
      } finally {
        watch.signal("SIGTERM");
        await watch.ended();
      }
    });

    test("after all that, both flows settle, and no service has been started again", async (t) => {
      if (around.missing !== null) return t.skip(around.missing);
      const from = await around.topics.end("Demat_allocation");
      const order = {
        type: "Trade_Order",
        qty: 100,
        symbol: "SBI",
        price: 985,
        order_id: "honest-a",
      };
      await around.topics.send("Trade_Order", JSON.stringify(order));
      await around.topics.send(
        "Counter_party",
        '{"type":"Counter_party","text":"CONFIRM","order_id":"honest-a"}',
      );
      await around.topics.awaitOne("Demat_allocation", from, (text) => text.includes("honest-a"));
      const { err } = around.market.up;
      deepStrictEqual(
        err.filter((line) => /restart|ended|stuck|stop/i.test(line)),
        [],
      );
      const doctor = await around.market.sauda(["doctor"]);
      ok(!doctor.out.some((line) => line.startsWith("FAIL")), doctor.out.join("\n"));
    });

    test("a bomb among the commands is a stop that names it, not the exchange's memory", async (t) => {
      if (around.missing !== null) return t.skip(around.missing);
      const bomb = { topic: "sauda.commands", codec: "zstd", value: spaces(400_000_000) } as const;
      await around.stranger.send(bomb);
      await around.market.up.line(
        /sauda.commands, partition 0: offsets \d+ to \d+, .* would unpack to more/,
        "err",
      );
      t.diagnostic(await boundedMemory(["intake", "publisher", "gateway"]));
    });
  },
);
