import { deepEqual, equal, match, ok } from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import type { TransactionState } from "../../src/memory/partition.ts";
import type { PublicBreak } from "../../src/services/reconciling/public-break.ts";
import {
  reconcilePublic,
  type PublicReconciled,
} from "../../src/services/reconciling/reconciliation.ts";
import { clusterOf, makeMarketLog } from "../postgres/market-log.ts";
import { publishedOf, type PublishedRecord, type Topics } from "./published.ts";

const { records } = makeMarketLog(5, 150);
let published: Topics;

before(async () => {
  published = await publishedOf(records);
});

/** What is found where the topics hold these records and the log is a minute old. */
async function reconcile(
  topics: Topics,
  options: {
    graceMs?: number;
    transaction?: TransactionState;
    deleted?: number;
    slice?: number;
  } = {},
): Promise<PublicReconciled & { breaks: PublicBreak[] }> {
  const cluster = clusterOf(records, options.slice);
  const { transaction = null, deleted = 0, graceMs = 30_000 } = options;
  for (const [topic, each] of topics) {
    cluster.partition(topic, 0).append(each, 0);
    if (deleted > 0) cluster.partition(topic, 0).deleteHead(Math.min(deleted, each.length));
  }
  const aborted = { key: null, value: Buffer.from("half"), headers: [] };
  if (transaction !== null) {
    cluster.partition("sauda.trades", 0).append([aborted], 0, transaction);
    cluster.partition("sauda.trades", 0).appendControl(0, transaction);
  }
  const breaks: PublicBreak[] = [];
  const log = openMemoryLog(cluster, "test");
  const parts = { log, shard: 0, shards: 1, nowMs: 60_000, graceMs };
  const found = await reconcilePublic(parts, (each) => breaks.push(each));
  return { ...found, breaks };
}

function changed(topic: string, change: (each: PublishedRecord[]) => PublishedRecord[]): Topics {
  return new Map([...published, [topic, change([...(published.get(topic) ?? [])])]]);
}

function stampOf({ headers }: PublishedRecord): number[] {
  const [, stamp = ""] = headers.find(([name]) => name === "sauda-stamp") ?? [];
  return stamp.split("/").map(Number);
}

test("a market whose topics say what its log says has no break, and every record is met once", async () => {
  const { breaks, records: met, pending, expired } = await reconcile(published);
  deepEqual(breaks, []);
  deepEqual([pending, expired], [0, 0]);
  const all = [...published.values()].reduce((sum, each) => sum + each.length, 0);
  equal(met, all);
  ok(all > 300, `${all} records prove little`);
});

test("a record that is missing is named by its step and its place in it", async () => {
  const gone = published.get("sauda.trades")?.[7];
  ok(gone);
  const { breaks } = await reconcile(
    changed("sauda.trades", (each) => each.filter((one) => one !== gone)),
  );
  const [, seq, index] = stampOf(gone);
  equal(breaks.length, 1);
  equal(breaks[0]?.kind, "missing");
  deepEqual([breaks[0]?.seq, breaks[0]?.index, breaks[0]?.topic], [seq, index, "sauda.trades"]);
  match(breaks[0]?.what ?? "", /offset \d+ of the log says is not there: \{"v":1/);
});

test("a record that is there twice is named by its offset, and by the offset of the first", async () => {
  const { breaks } = await reconcile(
    changed("cash-movements", (each) => [...each, ...each.slice(3, 4)]),
  );
  equal(breaks.length, 1);
  equal(breaks[0]?.kind, "doubled");
  equal(breaks[0]?.offset, published.get("cash-movements")?.length);
  match(breaks[0]?.what ?? "", /stands at offset 3 already/);
});

test("an amount that is a paisa more is named with both amounts", async () => {
  const { breaks } = await reconcile(
    changed("cash-movements", ([first, ...rest]) => {
      ok(first);
      const text = String(first.value).replace(/"amount":(\d+\.\d)/, '"amount":$11');
      return [{ ...first, value: Buffer.from(text) }, ...rest];
    }),
  );
  equal(breaks.length, 1);
  equal(breaks[0]?.kind, "changed");
  equal(breaks[0]?.offset, 0);
  match(
    breaks[0]?.what ?? "",
    /value is .*"amount":\d+\.\d1.*by the log it is .*"amount":\d+\.\d,/,
  );
});

test("a stranger's record is named, with a stamp of ours or without", async () => {
  const stranger = { key: null, value: Buffer.from("{}"), headers: [] };
  const forged: PublishedRecord = { ...stranger, headers: [["sauda-stamp", "0/999999/0"]] };
  const { breaks } = await reconcile(
    changed("sauda.settlements", (each) => [
      stranger,
      ...each.slice(0, 9),
      forged,
      ...each.slice(9),
    ]),
  );
  deepEqual(
    breaks.map(({ kind, offset }) => [kind, offset]),
    [
      ["foreign", 0],
      ["foreign", 10],
    ],
  );
});

test("records in another order than the log's are named", async () => {
  const { breaks } = await reconcile(
    changed("sauda.trades", ([one, other, ...rest]) => (one && other ? [other, one, ...rest] : [])),
  );
  deepEqual(
    breaks.map(({ kind, offset }) => [kind, offset]),
    [["misplaced", 0]],
  );
});

test("what is not published yet is waited for, and is late after that", async () => {
  const short = new Map(
    [...published].map(([topic, each]) => [
      topic,
      each.filter((one) => (stampOf(one)[1] ?? 0) < 100),
    ]),
  );
  const waiting = await reconcile(short, { graceMs: 120_000 });
  deepEqual(waiting.breaks, []);
  ok(waiting.pending > 0);
  const late = await reconcile(short);
  equal(late.pending, 0);
  equal(late.breaks.length, waiting.pending);
  ok(late.breaks.every(({ kind }) => kind === "late"));
});

test("an aborted transaction is none of what was said", async () => {
  const { breaks } = await reconcile(published, { transaction: { outcome: "aborted" } });
  deepEqual(breaks, []);
});

test("records that are gone by age are no break", async () => {
  const { breaks, expired } = await reconcile(published, { deleted: 10 });
  deepEqual(breaks, []);
  ok(expired > 0);
});

test("no single change goes unseen: any topic, any record, any of five ways, read in any pieces", async () => {
  const places = [...published].flatMap(([topic, each]) => each.map((_, at) => ({ topic, at })));
  const stranger: PublishedRecord = { key: null, value: Buffer.from("x"), headers: [] };
  const ways: readonly {
    kind: string;
    change: (each: PublishedRecord[], at: number) => PublishedRecord[];
  }[] = [
    { kind: "missing", change: (each, at) => each.toSpliced(at, 1) },
    { kind: "doubled", change: (each, at) => each.toSpliced(at, 0, ...each.slice(at, at + 1)) },
    { kind: "doubled", change: (each, at) => [...each, ...each.slice(at, at + 1)] },
    {
      kind: "changed",
      change: (each, at) =>
        each.map((one, place) => (place === at ? { ...one, value: stranger.value } : one)),
    },
    { kind: "foreign", change: (each, at) => each.toSpliced(at, 0, stranger) },
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...places),
      fc.constantFrom(...ways),
      fc.constantFrom(1, 3, 5000),
      async ({ topic, at }, { kind, change }, slice) => {
        const { breaks } = await reconcile(
          changed(topic, (each) => change(each, at)),
          { slice },
        );
        deepEqual(
          breaks.map((one) => [one.kind, one.topic]),
          [[kind, topic]],
        );
      },
    ),
    { numRuns: 60 },
  );
});
