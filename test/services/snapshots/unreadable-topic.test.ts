import { deepEqual } from "node:assert/strict";
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
