import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { MarketEvent, Step } from "../../src/domain/facts/event.ts";
import { timeMs } from "../../src/domain/facts/units.ts";
import { emptyChain, logKey, readLogRecord } from "../../src/protocol/log/log-record.ts";
import {
  addStep,
  closeSteps,
  newStepsWriter,
  openSteps,
  stepShapes,
} from "../../src/protocol/log/steps-bytes.ts";
import { kindsOf, readShapes, type Meaning } from "../checker/shape-text.ts";
import { readStepsBytes } from "../checker/steps-bytes.ts";
import { encodeSteps } from "../steps-record.ts";

const edges = [0, 1, 63, 64, 8191, 8192, 2 ** 31, 2 ** 40 - 1, 2 ** 40, 2 ** 53 - 1];
const wholes = fc.oneof(
  fc.constantFrom(...edges, ...edges.map((edge) => 0 - edge)),
  fc.maxSafeInteger(),
);
/** Of every letter, half of a surrogate pair too, and long ones; often the same again. */
const texts = fc.oneof(
  fc.constantFrom("", "HDFC", "é", "\ud800", "नमस्ते", "x".repeat(41), "€".repeat(300)),
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
  fc.string({ maxLength: 100 }),
);
const absent = Symbol("a field that is not there");

/** Any events that the shapes in the documentation can say. */
const anything: Meaning<fc.Arbitrary<unknown>> = {
  primitive: (word) => (word === "flag" ? fc.boolean() : /name|text/.test(word) ? texts : wholes),
  always: fc.constant,
  orNull: (some) => fc.option(some),
  orAbsent: (some) => fc.option(some, { nil: absent }),
  either: (one, other) => fc.oneof(one, other),
  among: (options) => fc.oneof(...options),
  list: (each) => fc.array(each, { maxLength: 4 }),
  object: (fields) =>
    fc
      .record(Object.fromEntries(fields))
      .map((object) =>
        Object.fromEntries(Object.entries(object).filter(([, value]) => value !== absent)),
      ),
};

const kinds = new Set<string>();
const eventLists = readShapes(stepShapes, anything) as fc.Arbitrary<MarketEvent[]>;
const offsets = fc.maxSafeInteger().map((offset) => Math.abs(offset));
const digests = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString("hex"));
const parts = fc.oneof(fc.constant(0), fc.nat());
const steps = fc
  .tuple(offsets, digests, parts, fc.boolean(), offsets.map(timeMs), eventLists)
  .map(([offset, digest, part, last, at, events]): Step => {
    return { cause: { offset, digest }, part, last, at, events };
  });
const records = fc.array(steps, { minLength: 1, maxLength: 4 });

function decoded(bytes: Buffer): readonly Step[] {
  const read = readLogRecord(logKey, bytes);
  ok(read.ok && read.value?.type === "Steps", read.ok ? "no steps" : read.problem);
  return read.value.steps;
}

test("property: steps of every event come back from the log as they were, to the checker too", () => {
  fc.assert(
    fc.property(records, (some) => {
      for (const { events } of some) for (const { type } of events) kinds.add(type);
      const bytes = encodeSteps(3, 7, emptyChain, some);
      deepEqual(decoded(bytes), some);
      deepEqual(encodeSteps(3, 7, emptyChain, decoded(bytes)), bytes);
      deepEqual(readStepsBytes(bytes), {
        type: "Steps",
        format: 2,
        epoch: 3,
        seq: 7,
        prev: emptyChain,
        steps: some,
      });
    }),
    { numRuns: 1_000 },
  );
  deepEqual([...kinds].toSorted(), kindsOf(stepShapes));
});

test("property: bytes that a writer would not have written are refused, by the checker too", () => {
  let refused = 0;
  const damaged = fc.tuple(records, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean());
  fc.assert(
    fc.property(damaged, ([some, place, change, isCut]) => {
      const bytes = encodeSteps(3, 7, emptyChain, some);
      const at = 2 + (place % (bytes.length - 2)); // other shapes are another record
      const other = isCut ? bytes.subarray(0, at) : Buffer.from(bytes);
      if (!isCut) other.writeUInt8(other.readUInt8(at) ^ change, at);
      const read = readLogRecord(logKey, other);
      equal(typeof readStepsBytes(other) === "string", !read.ok);
      if (!read.ok) {
        refused += 1;
        match(
          read.problem,
          /^our key, but its steps break off or are others at byte |^shapes \d+: /,
        );
        return;
      }
      ok(!isCut && read.value?.type === "Steps");
      const { epoch, seq, prev } = read.value;
      deepEqual(encodeSteps(epoch, seq, prev, read.value.steps), other);
    }),
    { numRuns: 3_000 },
  );
  ok(refused > 1_000, `${refused} of 3,000`);
});

test("a number too long, a zero below zero, a name that is new twice and a wide text without need are no record", () => {
  const events = ["AB", "AC", "\u0100"].flatMap(named);
  const written = encodeSteps(0, 7, emptyChain, [stepOf(events)]).toString("hex");
  for (const [what, replaced] of [
    [/^(....)00/, "$140"],
    [/^(......)07/, "$18700"],
    [/4143/, "4142"],
    [/0001$/, "4100"],
  ] as const) {
    const other = Buffer.from(written.replace(what, replaced), "hex");
    ok(other.toString("hex") !== written);
    ok(!readLogRecord(logKey, other).ok, String(what));
    equal(typeof readStepsBytes(other), "string");
  }
});

test("a forged length takes no memory, and a forged count no time", () => {
  const bytes = encodeSteps(1, 1, emptyChain, [stepOf([])]);
  const most = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]);
  for (const tail of [most, Buffer.concat([Buffer.from([1, 1]), most])])
    for (const head of [bytes.subarray(0, -1), Buffer.concat([bytes.subarray(0, -1), tail])]) {
      const before = process.memoryUsage();
      const read = readLogRecord(logKey, Buffer.concat([head, tail]));
      const after = process.memoryUsage();
      ok(!read.ok);
      ok(after.arrayBuffers + after.heapTotal - before.arrayBuffers - before.heapTotal < 64e6);
    }
});

test("a record of no steps at all is refused, by the checker too", () => {
  const bytes = encodeSteps(3, 7, emptyChain, []);
  const read = readLogRecord(logKey, bytes);
  match(read.ok ? "read" : read.problem, /^our key, but its steps break off or are others at /);
  equal(readStepsBytes(bytes), "no steps");
});

test("a record holds what it had room for, and what it had not is whole in the next", () => {
  const writer = newStepsWriter();
  const some = Array.from({ length: 9 }, (_, offset) => stepOf(named(`name ${offset}`), offset));
  const size = encodeSteps(1, 1, emptyChain, some.slice(0, 5)).length;
  const read: Step[] = [];
  while (read.length < some.length) {
    const open = openSteps(writer, { epoch: 1, seq: read.length + 1, prev: emptyChain });
    for (const step of some.slice(read.length)) if (!addStep(open, step, size)) break;
    const bytes = closeSteps(open);
    ok(bytes.length <= size);
    read.push(...decoded(bytes));
  }
  deepEqual(read, some);
});

test("what is no event is not written, and the record is what it was before", () => {
  const writer = newStepsWriter();
  const open = openSteps(writer, { epoch: 1, seq: 1, prev: emptyChain });
  const first = stepOf(named("first"));
  ok(addStep(open, first, Infinity));
  const wrong = [{ ...named("second")[0], type: "NoSuchEvent" } as unknown as MarketEvent];
  throws(() => addStep(open, stepOf([...named("third"), ...wrong], 1), Infinity), /is no kind/);
  const half = { type: "MarginsRevalued", accounts: 0.5 } as const;
  throws(() => addStep(open, stepOf([half], 1), Infinity), /no safe integer/);
  deepEqual(closeSteps(open), encodeSteps(1, 1, emptyChain, [first]));
});

test("a format and shapes that are not known are said so", () => {
  const bytes = encodeSteps(1, 1, emptyChain, [stepOf([])]);
  const says = (at: number, value: number): string => {
    const other = Buffer.from(bytes);
    other.writeUInt8(value, at);
    const read = readLogRecord(logKey, other);
    return read.ok ? "read" : read.problem;
  };
  equal(says(0, 3), "format 3: this program knows formats 1 and 2 only");
  match(says(1, 3), /^shapes 3: this program knows shapes 1 to 2 only; start the version that/);
  match(says(1, 0), /^shapes 0: /);
});

function stepOf(events: readonly MarketEvent[], offset = 0): Step {
  return { cause: { offset, digest: "d".repeat(64) }, part: 0, last: true, at: timeMs(1), events };
}

function named(participant: string): [MarketEvent] {
  return [{ type: "SuspensionDone", participant }];
}
