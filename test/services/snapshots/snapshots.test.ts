import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../../src/memory/random.ts";
import type { StoredRecord } from "../../../src/memory/partition.ts";
import { eventsTopic, snapshotsTopic } from "../../../src/protocol/topics.ts";
import {
  encodeManifest,
  readKey,
  type Manifest,
} from "../../../src/services/snapshots/manifest.ts";
import { surveySnapshots } from "../../../src/services/snapshots/drop-snapshots.ts";
import {
  described,
  openAll,
  openSnapshotMarket,
  recordedSteps,
  rewrite,
  type SnapshotMarket,
} from "../snapshot-market.ts";

const steps = recordedSteps();

type Changed = Pick<StoredRecord, "key" | "value"> | null;

/** A market with four snapshots, of which three are kept, and a log that went on after the last. */
async function marketWithSnapshots(): Promise<SnapshotMarket & { readonly ids: string[] }> {
  const market = await openSnapshotMarket(steps);
  const ids: string[] = [];
  for (const count of [150, 100, 100, 100]) {
    await market.write(count);
    ids.push((await market.take()).id);
  }
  await market.write(100);
  return { ...market, ids: ids.slice(1) };
}

/** Starts from what is there, and compares with who has followed all along. */
async function startsTheSame({ log, followed }: SnapshotMarket): Promise<{
  readonly from: string | null;
  readonly passedOver: Readonly<Record<string, string>>;
}> {
  const { followed: started, heard } = await openAll(log);
  deepEqual(described(started), described(followed));
  const restored = heard.find(({ type }) => type === "restored");
  const passedOver = Object.fromEntries(
    heard.flatMap((each) => (each.type === "passed_over" ? [[each.snapshot, each.why]] : [])),
  );
  return { from: restored?.type === "restored" ? restored.snapshot : null, passedOver };
}

test("a start goes on from the newest snapshot to the state that a start from 0 has", async () => {
  const market = await marketWithSnapshots();
  const { from, passedOver } = await startsTheSame(market);
  equal(from, market.ids[2]);
  deepEqual(passedOver, {});
  market.cluster.createTopic(snapshotsTopic, 1, {});
  equal((await startsTheSame(market)).from, null);
});

test("from a snapshot at every offset of a log with records that do not count, a start comes to the state that it has from 0", async () => {
  const market = await openSnapshotMarket(recordedSteps("instant-crowd-1"));
  const whole = await openSnapshotMarket(recordedSteps("instant-crowd-1"));
  await whole.write(80);
  for (let step = 0; step < 80; step += 1) {
    await market.write(1);
    const { id } = await market.take();
    const { from, passedOver } = await startsTheSame(market);
    deepEqual([from, passedOver], [id, {}]);
  }
  const known = described(market.followed).filter((line) => !line.startsWith("["));
  deepEqual(
    known,
    described(whole.followed).filter((line) => !line.startsWith("[")),
  );
});

/** Changes one record of the newest snapshot: a piece by its number, or its manifest (null). */
function spoil(
  market: SnapshotMarket,
  newest: string,
  which: number | null,
  change: (value: Buffer) => Buffer | null,
): void {
  rewrite(market.cluster, ({ key, value }): Changed => {
    const read = readKey(key);
    if (read?.id !== newest || read.number !== which || value === null) return { key, value };
    const changed = change(value);
    return changed === null ? null : { key, value: changed };
  });
}

const flip =
  (from: number) =>
  (value: Buffer): Buffer => {
    const at = from < 0 ? value.length + from : from;
    return Buffer.from(value.map((byte, index) => (index === at ? byte ^ 1 : byte)));
  };

const forge = (facts: (manifest: Manifest) => Partial<Manifest>) => (value: Buffer) => {
  const manifest = JSON.parse(value.toString("utf8", 65)) as Manifest;
  return encodeManifest({ ...manifest, ...facts(manifest) });
};

/** Piece 0 is the ways of trades, 1 the market, 2 the checkpoints, 3 the records. */
const damages: readonly {
  readonly what: string;
  readonly which: number | null;
  readonly change: (value: Buffer) => Buffer | null;
  readonly says: RegExp;
}[] = [
  { what: "a byte of its market", which: 1, change: flip(1000), says: /market: .*damaged/ },
  { what: "its market's first byte", which: 1, change: flip(0), says: /market: .*damaged/ },
  { what: "its market's last byte", which: 1, change: flip(-1), says: /market: .*damaged/ },
  { what: "a byte of its ways", which: 0, change: flip(5), says: /ways: .*damaged/ },
  { what: "a byte of its checkpoints", which: 2, change: flip(99), says: /checkpoints: .*damaged/ },
  { what: "a byte of its records", which: 3, change: flip(5000), says: /records: .*damaged/ },
  { what: "its records' last byte", which: 3, change: flip(-1), says: /records: .*damaged/ },
  {
    what: "records that are cut off",
    which: 3,
    change: (value) => value.subarray(0, 100),
    says: /records: it has 100 bytes, not/,
  },
  {
    what: "records that are missing",
    which: 3,
    change: () => null,
    says: /records: 1 of 1 pieces/,
  },
  {
    what: "a manifest of before there were records in it",
    which: null,
    change: forge(({ parts: { ways, market } }) => ({ parts: { ways, market } as never })),
    says: /does not say what a start needs/,
  },
  {
    what: "a piece that is cut off",
    which: 1,
    change: (value) => value.subarray(0, -1),
    says: /market: it has \d+ bytes, not/,
  },
  {
    what: "a piece that is longer",
    which: 1,
    change: (value) => Buffer.concat([value, Buffer.from("x")]),
    says: /market: it has \d+ bytes, not/,
  },
  { what: "a piece that is missing", which: 1, change: () => null, says: /1 of 1 pieces/ },
  { what: "its manifest's digest", which: null, change: flip(3), says: /manifest is damaged/ },
  { what: "its manifest's text", which: null, change: flip(200), says: /manifest is damaged/ },
  {
    what: "a manifest that is empty",
    which: null,
    change: () => Buffer.alloc(0),
    says: /manifest is damaged/,
  },
  {
    what: "an older format",
    which: null,
    change: forge(() => ({ format: 0 })),
    says: /format 0, this program knows 1/,
  },
  {
    what: "older rules",
    which: null,
    change: forge(({ rules }) => ({ rules: rules - 1 })),
    says: /rules \d, this program has \d/,
  },
  {
    what: "a state that another program wrote otherwise",
    which: null,
    change: forge(() => ({ shape: "ab".repeat(32) })),
    says: /another version of the program/,
  },
  {
    what: "another market's log",
    which: null,
    change: forge(() => ({ topicId: "other" })),
    says: /it is of topic other/,
  },
  {
    what: "another shard",
    which: null,
    change: forge(() => ({ shard: 1 })),
    says: /another snapshot's/,
  },
  {
    what: "a place after the log's end",
    which: null,
    change: forge(({ reader }) => ({ reader: { ...reader, offset: reader.offset + 5000 } })),
    says: /the log ends at/,
  },
  {
    what: "a chain that is not the log's",
    which: null,
    change: forge(({ reader }) => ({ reader: { ...reader, chain: "cd".repeat(32) } })),
    says: /the chain after offset \d+ of the log is/,
  },
  {
    what: "a stale checkpoint",
    which: null,
    change: forge(({ checkpoint }) => ({
      checkpoint: { ...checkpoint, offset: checkpoint.offset - 40 },
    })),
    says: /the chain after offset \d+ of the log is/,
  },
];

for (const { what, which, change, says } of damages)
  test(`a snapshot with ${what} is passed over, and the next older one serves`, async () => {
    const market = await marketWithSnapshots();
    const [, older, newest = ""] = market.ids;
    spoil(market, newest, which, change);
    const { from, passedOver } = await startsTheSame(market);
    equal(from, older);
    match(passedOver[newest] ?? "", says);
    deepEqual(Object.keys(passedOver), [newest]);
  });

test("two snapshots whose pieces are mixed are passed over, and where none is left the log is read from 0", async () => {
  const market = await marketWithSnapshots();
  const pieces = new Map<string, Buffer>();
  rewrite(market.cluster, ({ key, value }): Changed => {
    const read = readKey(key);
    if (read?.number === 1 && value !== null) pieces.set(read.id, value);
    return { key, value };
  });
  const [first = "", second = "", third = ""] = market.ids;
  const taken = new Map([
    [first, second],
    [second, third],
    [third, first],
  ]);
  rewrite(market.cluster, ({ key, value }): Changed => {
    const read = readKey(key);
    const other = pieces.get(taken.get(read?.id ?? "") ?? "");
    return read?.number === 1 && other !== undefined ? { key, value: other } : { key, value };
  });
  const { from, passedOver } = await startsTheSame(market);
  equal(from, null);
  deepEqual(Object.keys(passedOver), [third, second, first]);
  for (const why of Object.values(passedOver)) match(why, /bytes, not|damaged/);
});

test("a snapshot of a step that the log never took is passed over", async () => {
  const market = await openSnapshotMarket(steps);
  await market.write(100);
  const good = await market.take();
  await market.write(1);
  const partition = market.cluster.partition(eventsTopic, 0);
  await market.take();
  // The append was never acknowledged, and another step stands in its place.
  partition.deleteTail(market.followed.view.fold.offset - 1);
  const other = await openAll(market.log);
  equal(other.heard[0]?.type, "passed_over");
  const left = await openSnapshotMarket([...steps.slice(0, 100), ...steps.slice(200)]);
  await left.write(103);
  const others = left.cluster.partition(eventsTopic, 0).slice(0, Infinity);
  for (const { key, value, offset, timestampMs } of others)
    if (offset >= partition.end) partition.append([{ key, value, headers: [] }], timestampMs);
  const { from, passedOver } = await startsTheSame({ ...market, followed: left.followed });
  equal(from, good.id);
  match(Object.values(passedOver)[0] ?? "", /the chain after offset \d+ of the log is/);
});

test("R21: a snapshot taken after records that count for nothing is passed over where others count in their place", async () => {
  const market = await openSnapshotMarket(steps);
  await market.write(100);
  const good = await market.take();
  const partition = market.cluster.partition(eventsTopic, 0);
  const valid = partition.end;
  const stray = { key: null, value: Buffer.from("a stranger's") };
  partition.append([stray, stray], 0);
  await market.write(0);
  const newer = await market.take();
  partition.deleteTail(valid);
  // Its last valid record stands, and what comes after it is a step.
  const left = await openSnapshotMarket(steps);
  await left.write(103);
  for (const record of left.cluster.partition(eventsTopic, 0).slice(valid, Infinity))
    partition.append([record], record.timestampMs);
  ok(partition.end > newer.offset);
  const { from, passedOver } = await startsTheSame({ ...market, followed: left.followed });
  equal(from, good.id);
  match(passedOver[newer.id] ?? "", new RegExp(`offset ${valid} of the log counts`));
});

test("a hundred random changes of one byte anywhere in the snapshots: each is seen, and each start is the same", async () => {
  const market = await marketWithSnapshots();
  const partition = market.cluster.partition(snapshotsTopic, 0);
  const whole = partition.slice(0, Infinity);
  const chance = new Random(1);
  for (let round = 0; round < 100; round += 1) {
    const alive = whole.filter(({ key, value }) => {
      return value !== null && market.ids.includes(readKey(key)?.id ?? "");
    });
    const spoiled = chance.pick(alive);
    const inKey = chance.chance(0.2);
    const change = (bytes: Buffer | null): Buffer =>
      flip(chance.between(0, (bytes?.length ?? 1) - 1))(bytes ?? Buffer.alloc(1));
    rewrite(market.cluster, (record): Changed => {
      const { key, value } = whole[record.offset] ?? record;
      if (record.offset !== spoiled.offset) return { key, value };
      return inKey ? { key: change(key), value } : { key, value: change(value) };
    });
    const { from } = await startsTheSame(market);
    const hit = readKey(spoiled.key)?.id;
    ok(from !== hit, `round ${round}: ${hit} served although ${spoiled.offset} was changed`);
  }
});

test("the newest three whole snapshots are kept; older ones, and what was left half written, are deleted", async () => {
  const market = await openSnapshotMarket(steps);
  const alive = new Map<string, Set<string>>();
  const look = (): string[] => {
    alive.clear();
    for (const { key, value } of market.cluster.partition(snapshotsTopic, 0).slice(0, Infinity)) {
      const id = readKey(key)?.id ?? "";
      const keys = alive.get(id) ?? new Set();
      if (value === null) keys.delete(String(key));
      else keys.add(String(key));
      alive.set(id, keys);
    }
    return [...alive].filter(([, keys]) => keys.size > 0).map(([id]) => id);
  };
  await market.write(60);
  const first = await market.take();
  const half = market.cluster.partition(snapshotsTopic, 0);
  half.append([{ key: Buffer.from("0/60-half/0"), value: Buffer.from("x"), headers: [] }], 0);
  const ids = [first.id];
  for (let count = 0; count < 3; count += 1) {
    await market.write(20);
    ids.push((await market.take()).id);
  }
  deepEqual(look(), ids.slice(1));
  // A damaged one is not one of three.
  const [, , third = "", fourth = ""] = ids;
  spoil(market, third, 1, flip(7));
  await market.write(20);
  const fifth = (await market.take()).id;
  deepEqual(look(), [ids[1], third, fourth, fifth]);
  equal(new Set(ids).size, ids.length);
});

test("a standby that is killed after any record of a snapshot, its pieces, its manifest or a deletion, keeps nobody from starting, and the next snapshots are whole", async () => {
  const market = await marketWithSnapshots();
  const partition = market.cluster.partition(snapshotsTopic, 0);
  const before = partition.end;
  const { id } = await market.take();
  const records = partition.slice(before, Infinity);
  const isManifest = records.findIndex(({ key }) => readKey(key)?.number === null);
  const deletions = records.filter(({ value }) => value === null).length;
  ok(isManifest > 1 && deletions > 2, `${records.length} records, ${deletions} deletions`);
  for (let written = 0; written <= records.length; written += 1) {
    partition.deleteTail(before);
    if (written > 0) partition.append(records.slice(0, written), 0);
    const { from, passedOver } = await startsTheSame(market);
    equal(from, written > isManifest ? id : market.ids[2], `after ${written} records`);
    deepEqual(passedOver, {});
  }
  partition.deleteTail(before);
  partition.append(records.slice(0, isManifest), 0); // half written
  const taken: string[] = [];
  for (let count = 0; count < 3; count += 1) taken.unshift((await market.take()).id);
  const left: string[] = [];
  for await (const snapshot of surveySnapshots(market.log, 0)) left.push(snapshot.id);
  deepEqual(left, taken);
});
