import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { openCluster } from "../../src/kafka/cluster.ts";
import { openPublisher } from "../../src/kafka/publisher.ts";
import type { PublisherTerms } from "../../src/kafka/publisher-terms.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { openCommittedReader } from "../../src/kafka/committed-reader.ts";
import type {
  CommittedRecord,
  LogRecord,
  Publisher,
  PublicRecord,
} from "../../src/services/log.ts";
import { readCommittedRecords } from "./committed-reader.ts";
import { apiKeys, startFrameProxy } from "./frame-proxy.ts";
import { placeAt } from "../place-at.ts";

/** What the tests publish to. */
export const legs = ["Demat_allocation", "Cash_movement"] as const;

/** A signal that never comes. */
export const forEver = new AbortController().signal;

/** The terms of a publisher of its own for each test, by name. */
export function termsOf(name: string, partition = 0): PublisherTerms {
  return { transactionalId: name, group: name, topic: eventsTopic, partition, outputs: legs };
}

/** Both legs of one trade, with its id as the value. */
export const trade = (id: string): PublicRecord[] =>
  legs.map((topic) => ({
    topic,
    partition: 0,
    key: null,
    value: Buffer.from(id),
    headers: [["id", id]],
  }));

/** The ids that a correct reader of committed records sees on a leg, of those with the prefix. */
export async function idsOn(bootstrap: string, topic: string, prefix: string): Promise<string[]> {
  const records = await readCommittedRecords(bootstrap, topic, 0);
  return records.map(({ value }) => value?.toString() ?? "").filter((id) => id.startsWith(prefix));
}

/** The reconciler's reader sees on both legs what a correct reader of committed records does. */
export async function readsAlike(bootstrap: string): Promise<void> {
  for (const leg of legs) {
    const records = await readCommittedRecords(bootstrap, leg, 0);
    ok(records.length > 20, `${records.length} records prove little`);
    deepStrictEqual(await readAsReconciler(bootstrap, leg, records.at(-1)?.offset ?? -1), records);
  }
}

/** Each record bears its id also as a header. */
async function readAsReconciler(
  bootstrap: string,
  topic: string,
  lastOffset: number,
): Promise<LogRecord[]> {
  const cluster = openCluster({ bootstrap, clientId: "reconciler" });
  const reader = await openCommittedReader(cluster, topic, 0, 0);
  const read: CommittedRecord[] = [];
  try {
    for (let next = 0; next <= lastOffset;) {
      const slice = await reader.read(100);
      read.push(...slice.records.filter(({ offset }) => offset <= lastOffset));
      next = slice.next;
    }
  } finally {
    await reader.close();
    cluster.close();
  }
  return read.map(({ headers, ...record }) => {
    deepStrictEqual(headers, [["id", String(record.value)]]);
    return { ...record, isControl: false };
  });
}

/** Publishes trades `from` up to `to`, each in a transaction of its own. */
export async function publishAll(
  publisher: Publisher,
  name: string,
  from: number,
  to: number,
): Promise<void> {
  for (let i = from; i < to; i++) await publisher.publish(trade(`${name} ${i}`), placeAt(i + 1));
}

const inOrder: (keyof typeof apiKeys)[] = ["produce", "txnOffsetCommit", "endTxn"];

/**
 * One run: the third transaction's request is held past the publisher's timeout, a successor takes
 * over and publishes on, and the held request is delivered in the middle of the successor's work.
 */
async function holdOne(bootstrap: string, name: string, kind: keyof typeof apiKeys): Promise<void> {
  const proxy = await startFrameProxy(bootstrap);
  const far = openCluster({ bootstrap: proxy.bootstrap, clientId: "far" });
  const cluster = openCluster({ bootstrap, clientId: "near" });
  try {
    const older = await openPublisher(far, termsOf(name), forEver);
    await older.publish([], placeAt(0));
    await publishAll(older, name, 0, 2);
    const holding = proxy.catch("request", apiKeys[kind], "hold");
    const failing = rejects(older.publish(trade(`${name} 2`), placeAt(3)), /no answer within/);
    // The machine may be so busy that another request went unanswered: then nothing was held.
    const held = await Promise.race([holding, failing.then(() => null)]);
    ok(held !== null, `${kind} never came`);
    await failing;
    await rejects(older.publish(trade(`${name} zombie`), placeAt(9)), /has ended/);
    // The starting offset and two trades: of the third transaction nothing was sent beyond what
    // is held.
    const later = inOrder.slice(inOrder.indexOf(kind) + 1 || inOrder.length);
    for (const each of later) strictEqual(proxy.count(apiKeys[each]), 3, each);
    const newer = await openPublisher(cluster, termsOf(name), forEver);
    const from = (await newer.committed())?.next;
    strictEqual(from, 2, "the transaction was not committed");
    await publishAll(newer, name, 2, 4);
    // Into the successor's next transaction, without waiting for anything.
    const publishing = publishAll(newer, name, 4, 12);
    held.deliver();
    await publishing;
    strictEqual((await newer.committed())?.next, 12);
    const expected = Array.from({ length: 12 }, (_, i) => `${name} ${i}`);
    for (const leg of legs) deepStrictEqual(await idsOn(bootstrap, leg, `${name} `), expected);
    await Promise.all([older.close(), newer.close()]);
  } finally {
    far.close();
    cluster.close();
    await proxy.close();
  }
}

/**
 * Runs of `holdOne`, these kinds in turn; in waves, so that each waits out its timeout with others.
 */
export async function holdMany(
  bootstrap: string,
  name: string,
  count: number,
  kinds: readonly (keyof typeof apiKeys)[],
): Promise<void> {
  const runs = Array.from({ length: count }, (_, i) => i);
  while (runs.length > 0) {
    const wave = runs.splice(0, 10);
    await Promise.all(
      wave.map((i) => holdOne(bootstrap, `${name}${i}`, kinds[i % kinds.length] ?? "endTxn")),
    );
  }
}
