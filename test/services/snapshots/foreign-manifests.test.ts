import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { realClock } from "../../../src/services/clock.ts";
import {
  newSnapshotter,
  type SnapshotReport,
} from "../../../src/services/snapshots/snapshotter.ts";
import { digestOf } from "../../../src/protocol/snapshot/digest.ts";
import { snapshotsTopic } from "../../../src/protocol/topics.ts";
import {
  encodeManifest,
  manifestKey,
  readKey,
  readManifest,
  type Manifest,
} from "../../../src/services/snapshots/manifest.ts";
import {
  described,
  openAll,
  openSnapshotMarket,
  recordedSteps,
  type SnapshotMarket,
} from "../snapshot-market.ts";

const steps = recordedSteps();
const id = "9-foreign";

/** The newest manifest of the market's partition of snapshots. */
function newestOf({ cluster }: SnapshotMarket): Manifest {
  const records = cluster.partition(snapshotsTopic, 0).slice(0, Infinity);
  const last = records.findLast(({ key }) => readKey(key)?.number === null);
  const read = readManifest(last?.value ?? Buffer.alloc(0));
  if (!read.ok) throw new Error(read.problem);
  return read.value;
}

/** What a stranger may make of a manifest, and give a digest that is right. */
const foreign: Record<string, (own: Manifest, end: number) => object> = {
  "a reader that is not there": (own) => ({ ...own, reader: null }),
  "a checkpoint that is not there": (own) => ({ ...own, checkpoint: undefined }),
  "a checkpoint at the log's end": (own, end) => ({
    ...own,
    checkpoint: { ...own.checkpoint, offset: end },
  }),
  "a checkpoint at no offset": (own) => ({
    ...own,
    checkpoint: { ...own.checkpoint, offset: "x" },
  }),
  "a chain that is no text": (own) => ({ ...own, checkpoint: { ...own.checkpoint, chain: 5 } }),
  "parts that are not there": (own) => ({ ...own, parts: null }),
  "a last cause that is none": (own) => ({ ...own, reader: { ...own.reader, lastCause: 7 } }),
  "a last cause of no offset": (own) => ({
    ...own,
    reader: { ...own.reader, lastCause: { ...own.reader.lastCause, offset: "x" } },
  }),
  "a market that is no market": (own) => ({ ...own, reader: { ...own.reader, genesis: 5 } }),
  "no market": (own) => ({ ...own, reader: { ...own.reader, genesis: null } }),
  "a nonce that is no text": (own) => ({ ...own, reader: { ...own.reader, nonce: {} } }),
  "a writer that is none": (own) => ({ ...own, writer: "x" }),
  "a time of the broker that is none": (own) => ({ ...own, appendedAtMs: "x" }),
  "attempts at no command": (own) => ({ ...own, attempts: { claims: 3 } }),
  "a step that the log has not there": (own) => ({
    ...own,
    reader: { ...own.reader, seq: own.reader.seq + 1 },
  }),
  "an epoch that nobody claimed": (own) => ({
    ...own,
    reader: { ...own.reader, epoch: own.reader.epoch + 1 },
  }),
  "a part of a command that the log has not there": (own) => ({
    ...own,
    reader: { ...own.reader, lastCause: { ...own.reader.lastCause, part: 9 } },
  }),
  "the time of the year 287396": (own) => ({ ...own, appendedAtMs: Number.MAX_SAFE_INTEGER }),
  "no step at all, but a cause": (own) => ({ ...own, reader: { ...own.reader, seq: 0 } }),
  "pieces from before all offsets": (own) => ({ ...own, firstOffset: -5 }),
};

function put({ cluster }: SnapshotMarket, value: Buffer, named = id): void {
  const record = { key: manifestKey(0, named), value, headers: [] };
  cluster.partition(snapshotsTopic, 0).append([record], 0);
}

/** A start passes the foreign one over, and the next snapshot is taken. */
async function goesOn(market: SnapshotMarket): Promise<void> {
  const { followed, heard } = await openAll(market.log);
  deepEqual(described(followed), described(market.followed));
  deepEqual(
    heard.map(({ type }) => type),
    ["passed_over", "restored"],
  );
  equal((await market.take()).seq, market.followed.view.fold.seq);
}

for (const [name, change] of Object.entries(foreign))
  test(`R18: a manifest with ${name} stops no start`, { timeout: 10_000 }, async () => {
    const market = await openSnapshotMarket(steps);
    await market.write(150);
    await market.take();
    await market.write(50);
    const changed = change(newestOf(market), market.followed.view.fold.offset);
    put(market, encodeManifest(changed as Manifest), (changed as Manifest).id);
    await goesOn(market);
  });

test("R18: a foreign manifest that says that its pieces are all of the topic hides no good snapshot", async () => {
  const market = await openSnapshotMarket(steps);
  await market.write(150);
  await market.take();
  await market.write(50);
  const own = newestOf(market);
  for (let number = 0; number < 5; number += 1) put(market, Buffer.from("x"), `no/key/${number}`);
  put(market, encodeManifest({ ...own, id, topicId: "another", firstOffset: 0 }));
  await goesOn(market);
});

test("R18: a manifest that is no JSON stops no start", async () => {
  const market = await openSnapshotMarket(steps);
  await market.write(150);
  await market.take();
  const body = Buffer.from("{");
  put(market, Buffer.concat([Buffer.from(`${digestOf([body])}\n`), body]));
  await goesOn(market);
});

test("R18: pieces that the topic has lost at its beginning stop no start", async () => {
  const market = await openSnapshotMarket(steps);
  await market.write(150);
  await market.take();
  const partition = market.cluster.partition(snapshotsTopic, 0);
  partition.deleteHead(partition.bounds.end - 1);
  const { followed, heard } = await openAll(market.log);
  deepEqual(described(followed), described(market.followed));
  match(JSON.stringify(heard), /^\[\{"type":"passed_over".* is outside the partition/);
});

test("a forged step number, with the log's own chain, stops no later snapshot", async () => {
  const market = await openSnapshotMarket(steps);
  await market.write(150);
  await market.take();
  await market.write(50);
  const own = newestOf(market);
  put(market, encodeManifest({ ...own, id, reader: { ...own.reader, seq: 1e15 } }));
  const taken = Promise.withResolvers<number>();
  const parts = {
    log: market.log,
    shard: 0,
    clock: realClock,
    randomHex: () => "ab",
    report: (one: SnapshotReport) => {
      if (one.type === "snapshot") taken.resolve(one.seq);
      else if (one.type === "no_snapshot") taken.reject(new Error(one.why));
    },
  };
  const until = AbortSignal.timeout(5000);
  until.addEventListener("abort", () => taken.reject(new Error("no snapshot was taken")));
  newSnapshotter(parts, market.followed, until).takeIfDue(10);
  equal(await taken.promise, market.followed.view.fold.seq);
});
