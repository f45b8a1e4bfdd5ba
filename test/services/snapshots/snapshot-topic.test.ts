import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { snapshotsTopic } from "../../../src/protocol/topics.ts";
import { BatchNotUnpacked, type MarketLog } from "../../../src/services/log.ts";
import { described, openAll, openSnapshotMarket, recordedSteps } from "../snapshot-market.ts";

/** What the reader of a Kafka says of a batch that a stranger has packed. */
const packed = {
  firstOffset: 0,
  lastOffset: 0,
  packedBytes: 20_000,
  compression: "gzip",
  fault: null,
} as ConstructorParameters<typeof BatchNotUnpacked>[1];

test("R18: a topic of snapshots that cannot be read stops no start: the log is read from 0", async () => {
  const market = await openSnapshotMarket(recordedSteps());
  await market.write(150);
  await market.take();
  await market.write(50);
  const log: MarketLog = {
    ...market.log,
    reader(topic, partition, from) {
      if (topic === snapshotsTopic) throw new BatchNotUnpacked(topic, packed);
      return market.log.reader(topic, partition, from);
    },
  };
  const { followed, heard } = await openAll(log);
  deepEqual(described(followed), described(market.followed));
  deepEqual(
    heard.map(({ type }) => type),
    ["passed_over"],
  );
});

test("R18: a stranger's batch that nobody unpacks hides no good snapshot, and the next one is taken", async () => {
  const market = await openSnapshotMarket(recordedSteps());
  await market.write(150);
  await market.take();
  const partition = market.cluster.partition(snapshotsTopic, 0);
  const at = partition.bounds.end;
  partition.append([{ key: Buffer.from("0/x/1"), value: Buffer.from("bomb"), headers: [] }], 0);
  await market.write(50);
  const own = { ...market.log };
  market.log.reader = async (topic, shard, from) => {
    const reader = await own.reader(topic, shard, from);
    if (topic !== snapshotsTopic || from > at) return reader;
    let next = from;
    return {
      ...reader,
      async read(waitMs) {
        const { records, end } = await reader.read(waitMs);
        const before = records.filter(({ offset }) => offset < at);
        if (next === at || before.length === 0)
          throw new BatchNotUnpacked(topic, { ...packed, firstOffset: at, lastOffset: at });
        next = at;
        return { records: before, end };
      },
    };
  };
  const { followed, heard } = await openAll(market.log);
  deepEqual(described(followed), described(market.followed));
  deepEqual(
    heard.map(({ type }) => type),
    ["restored"],
  );
  const { seq } = await market.take();
  deepEqual(seq, followed.view.fold.seq);
});

test("R18: tens of thousands of a stranger's small records behind the newest snapshot are looked through in a few readings", async () => {
  const market = await openSnapshotMarket(recordedSteps());
  await market.write(150);
  await market.take();
  const junk = { key: Buffer.from("0/x/1"), value: Buffer.from("x"), headers: [] };
  const all = Array.from({ length: 20_000 }, () => junk);
  market.cluster.partition(snapshotsTopic, 0).append(all, 0);
  const own = { ...market.log };
  let opened = 0;
  market.log.reader = (...place) => {
    if (place[0] === snapshotsTopic) opened += 1;
    return own.reader(...place);
  };
  const { heard } = await openAll(market.log);
  deepEqual(
    heard.map(({ type }) => type),
    ["restored"],
  );
  ok(opened <= 10, `${opened} readers were opened`);
});
