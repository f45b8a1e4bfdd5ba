import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { timeMs } from "../../src/domain/facts/units.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import { genesis } from "../genesis.ts";
import { encodeSteps } from "../steps-record.ts";
import { encodeClaim, logKey, type Genesis } from "../../src/protocol/log/log-record.ts";
import { foldRecord, newLogFold } from "../../src/services/log-fold.ts";
import type { LogRecord } from "../../src/services/log.ts";
import { follow, newShardView } from "../../src/services/shard-view.ts";
import { readLog, type LogReading } from "../checker/log-reading.ts";

/** Every kind of record there can be, good and bad. The last six stop the reader. */
const kinds = [
  "claim",
  "claim of the same epoch",
  "claim two ahead",
  "claim of another market",
  "steps",
  "many steps",
  "repeat of the last record",
  "steps of an older epoch",
  "orphan",
  "foreign key",
  "no key",
  "control",
  "steps of a newer epoch",
  "steps after another chain",
  "steps with an old cause",
  "steps of a time on no calendar",
  "no steps",
  "rubbish under our key",
] as const;
type Kind = (typeof kinds)[number];

/** Lays the kinds down as records, each made to fit (or not) what lies before it. */
function makeLog(wanted: readonly Kind[]): LogRecord[] {
  const records: LogRecord[] = [];
  for (const kind of wanted) {
    const offset = records.length;
    const made = make(kind, readLog(records), records.at(-1));
    records.push({ offset, timestampMs: 0, isControl: kind === "control", ...made });
  }
  return records;
}

type Made = Pick<LogRecord, "key" | "value">;

function make(kind: Kind, before: LogReading, last: LogRecord | undefined): Made {
  const epoch = before.claims.at(-1)?.epoch ?? 0;
  const seq = before.steps.length + 1;
  const chain = [...before.chains.values()].at(-1) ?? "0".repeat(64);
  const cause = (before.steps.at(-1)?.step.cause.offset ?? -1) + 1;
  const claim = (ahead: number, of: Genesis = genesis): Made =>
    ours(
      encodeClaim({
        type: "Claim",
        format: 1,
        rules: 2,
        epoch: epoch + ahead,
        nonce: `n${chain}`,
        owner: "test",
        genesis: of,
      }),
    );
  const steps = (at: {
    epoch?: number;
    seq?: number;
    chain?: string;
    cause?: number;
    count?: number;
    at?: number;
  }): Made => {
    const some = Array.from({ length: at.count ?? 1 }, (_, index) =>
      step((at.cause ?? cause) + index, at.at),
    );
    return ours(encodeSteps(at.epoch ?? epoch, at.seq ?? seq, at.chain ?? chain, some));
  };
  switch (kind) {
    case "claim":
      return claim(1);
    case "claim of the same epoch":
      return claim(0);
    case "claim two ahead":
      return claim(2);
    case "claim of another market":
      return claim(1, { ...genesis, marketId: "cd".repeat(16) });
    case "steps":
      return steps({});
    case "many steps":
      return steps({ count: 3 });
    case "repeat of the last record":
      return { key: last?.key ?? null, value: last?.value ?? null };
    case "steps of an older epoch":
      return steps({ epoch: epoch - 1 });
    case "orphan":
      return steps({ seq: seq + 1 });
    case "foreign key":
      return { key: Buffer.from("stranger"), value: Buffer.from("{}") };
    case "no key":
      return { key: null, value: Buffer.from("{}") };
    case "control":
      return { key: null, value: null };
    case "steps of a newer epoch":
      return steps({ epoch: epoch + 1 });
    case "steps after another chain":
      return steps({ chain: "f".repeat(64) });
    case "steps with an old cause":
      return steps({ cause: cause - 1 });
    case "steps of a time on no calendar":
      return steps({ at: 8.64e15 + 1 });
    case "no steps":
      return steps({ count: 0 });
    case "rubbish under our key":
      return ours(Buffer.from("hello"));
  }
}

function ours(value: Buffer): Made {
  return { key: logKey, value };
}

function step(offset: number, at = 1000): Step {
  return {
    cause: { offset, digest: "d".repeat(64) },
    part: 0,
    last: true,
    at: timeMs(at),
    events: [],
  };
}

/** What the services' reader makes of a log, in the checker's words. */
function read(records: readonly LogRecord[]): object {
  const fold = newLogFold();
  const steps: number[][] = [];
  const claims: number[] = [];
  let stop: number | null = null;
  for (const record of records) {
    const verdict = foldRecord(fold, record);
    if (verdict.type === "stop") {
      stop = record.offset;
      break;
    }
    if (verdict.type === "claim") claims.push(record.offset);
    if (verdict.type !== "steps") continue;
    for (const index of verdict.steps.keys()) steps.push([verdict.seq + index, record.offset]);
  }
  const { olderEpoch, repeat, orphan, claim, foreign } = fold.ignored;
  return { claims, steps, stop, ignored: { olderEpoch, repeat, orphan, claim, foreign } };
}

function check(records: readonly LogRecord[]): object {
  const reading = readLog(records);
  const count = (...names: string[]): number =>
    reading.ignored.filter(({ kind }) => names.includes(kind)).length;
  return {
    claims: reading.claims.map(({ offset }) => offset),
    steps: reading.steps.map(({ seq, offset }) => [seq, offset]),
    stop: reading.stop?.offset ?? null,
    ignored: {
      olderEpoch: count("older epoch"),
      repeat: count("repeat"),
      orphan: count("orphan"),
      claim: count("claim"),
      foreign: count("foreign", "control"),
    },
  };
}

test("R3: every kind of record after every other is judged as the independent reader judges it", () => {
  for (const first of kinds) {
    for (const second of kinds) {
      for (const third of kinds) {
        const log = makeLog(["claim", "steps", first, second, third, "claim", "steps"]);
        assert.deepEqual(read(log), check(log), `${first}, ${second}, ${third}`);
      }
    }
  }
});

const anyLog = fc.array(fc.constantFrom(...kinds.slice(0, 12), ...kinds), { maxLength: 14 });

test("R3 property: any log is judged as the independent reader judges it", () => {
  fc.assert(
    fc.property(anyLog, (wanted) => {
      const log = makeLog(wanted);
      assert.deepEqual(read(log), check(log));
    }),
    { numRuns: 500 },
  );
});

test("R3 property: what follows never changes what a record meant", () => {
  fc.assert(
    fc.property(anyLog, fc.nat(14), (wanted, cut) => {
      const log = makeLog(wanted);
      const judge = (records: readonly LogRecord[]): string[] => {
        const fold = newLogFold();
        const verdicts: string[] = [];
        for (const record of records) {
          const verdict = foldRecord(fold, record);
          verdicts.push(verdict.type);
          if (verdict.type === "stop") break;
        }
        return verdicts;
      };
      const head = judge(log.slice(0, cut));
      assert.deepEqual(judge(log).slice(0, head.length), head);
    }),
    { numRuns: 300 },
  );
});

test("R3 property: a reader fed 1, 7 or 1000 records at a time comes to the same place", async () => {
  const good = fc.array(fc.constantFrom(...kinds.slice(0, 12)), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(good, async (wanted) => {
      const log = makeLog(wanted);
      const places = await Promise.all([1, 7, 1000].map((size) => feed(log, size)));
      assert.deepEqual(places[1], places[0]);
      assert.deepEqual(places[2], places[0]);
    }),
    { numRuns: 100 },
  );
});

async function feed(log: readonly LogRecord[], size: number): Promise<object> {
  const view = newShardView();
  let next = 0;
  const reader = {
    read: async () => ({ records: log.slice(next, (next += size)), end: log.length }),
    close: async () => {},
  };
  while (next < log.length) await follow(view, reader, 0);
  return view.fold;
}

test("R3: a record under our key that is unlike any of ours stops the reader by its word", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  for (const odd of [deep, '{"toString":null,"valueOf":null}'])
    for (const [text, told] of [
      [`{"format":${odd}}`, /: format an (array|object): this program knows formats 1 and 2 only$/],
      [`{"format":1,"type":${odd}}`, /: type an (array|object): expected Claim or Steps$/],
      [`{"format":1,"type":"Claim","rules":${odd}}`, /: rules an (array|object): this program/],
      [`{"format":1,"type":"Steps","seq":${odd}}`, /: steps without epoch, seq, prev/],
      [
        `{"format":1,"type":"Steps","epoch":1,"seq":1,"prev":"","steps":[${odd}]}`,
        /: steps without/,
      ],
    ] as const) {
      const record = { offset: 0, timestampMs: 0, isControl: false, ...ours(Buffer.from(text)) };
      const verdict = foldRecord(newLogFold(), record);
      assert.equal(verdict.type, "stop");
      assert.match(verdict.type === "stop" ? verdict.why : "", told);
    }
});

test("R3: offsets that are not contiguous stop the reader", () => {
  const log = makeLog(["claim", "steps", "steps"]).filter(({ offset }) => offset !== 1);
  assert.deepEqual(read(log), { ...check(log), stop: 2 });
});
