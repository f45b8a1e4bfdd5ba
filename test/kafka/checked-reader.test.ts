import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { openCluster, connectToLeader, type Cluster } from "../../src/kafka/cluster.ts";
import { openKafkaLog, type KafkaLog } from "../../src/kafka/kafka-log.ts";
import { openLogFiles } from "../../src/kafka/log-files.ts";
import { produceById } from "../../src/kafka/produce.ts";
import { batchLayout as at, encodeBatch } from "../../src/kafka/record-batch.ts";
import { sauda } from "../acceptance/market-process.ts";
import { audited } from "../audited.ts";
import { startMarketAtWork, type MarketAtWork } from "./market-at-work.ts";
import { withPacked } from "./packed-batch.ts";

let work: MarketAtWork;
let log: KafkaLog;
let cluster: Cluster;

before(async () => {
  work = await startMarketAtWork();
  await work.orders(8);
  const { bootstrap } = work.kafka;
  log = openKafkaLog({ bootstrap, clientId: "auditor" });
  cluster = openCluster({ bootstrap, clientId: "stranger" });
});

after(async () => {
  await log?.close();
  cluster?.close();
  await work?.stop();
});

test("a market at work is verified up to where its log ends then", async () => {
  let isAtWork = true;
  const orders = (async () => {
    for (let each = 0; each < 20 && isAtWork; each += 1) await work.market.order(5);
  })();
  const ends: number[] = [];
  for (let each = 0; each < 5; each += 1) {
    const found = await audited(log);
    ok("fold" in found, JSON.stringify(found));
    ok(found.waiting >= 0 && found.events.batches > 0);
    ends.push(found.commands.next);
  }
  isAtWork = false;
  await orders;
  await work.market.settled();
  deepStrictEqual(
    ends,
    ends.toSorted((one, other) => one - other),
  );
  const told = await sauda(["verify", "--kafka", work.kafka.bootstrap, "--json"]);
  strictEqual(told.code, 0, told.err.join("\n"));
  const { type, waiting, ignored } = JSON.parse(String(told.out[0])) as Record<string, unknown>;
  deepStrictEqual([type, waiting], ["verified", 0]);
  deepStrictEqual(ignored, { olderEpoch: 0, repeat: 0, orphan: 0, claim: 0, foreign: 0 });
  await rejects(openLogFiles(work.kafka.dir), /runs, and writes to its files/);
});

test("a byte that changes in the files of a broker that runs is found through it, where the broker says nothing and where it refuses", async () => {
  for (const topic of ["sauda.events", "sauda.commands"]) {
    const file = join(work.kafka.dir, "log", `${topic}-0`, "00000000000000000000.log");
    const bytes = await readFile(file);
    const starts: number[] = [];
    for (let start = 0; start < bytes.length;) {
      starts.push(start);
      start += at.leaderEpoch + bytes.readInt32BE(start + at.length);
    }
    const start = starts[3] ?? 0;
    for (const [name, position] of [...Object.entries(at), ["value", at.records + 20] as const]) {
      const changed = Buffer.from(bytes);
      changed[start + position] = (changed[start + position] ?? 0) ^ 0x41;
      try {
        await writeFile(file, changed);
        const found = await audited(log);
        ok("expected" in found, `${topic} ${name}: not found`);
        // a leader epoch that rose is seen at the batch after it, whose own is lower
        const places = name === "leaderEpoch" ? starts[4] : start;
        const expected = Number(bytes.readBigInt64BE(places ?? 0));
        deepStrictEqual([found.topic, found.offset], [topic, expected], `${name}: ${found.found}`);
      } finally {
        await writeFile(file, bytes);
      }
    }
  }
  const after = await audited(log);
  ok("fold" in after, JSON.stringify(after));
});

/** Appends a batch as it is, as a stranger with every right would. */
async function appendRaw(topic: string, batch: Buffer): Promise<number> {
  const { connection, topicId } = await connectToLeader(cluster, topic, 0);
  const record = { topic, partition: 0, batch };
  const answer = await connection.call(produceById, 5000, topicId, 5000, record);
  connection.destroy();
  strictEqual(answer.errorCode, 0);
  return Number(answer.baseOffset);
}

test("a stranger's packed batch is read and counted as foreign, and a record of ours that is none is named", async () => {
  const foreign = [{ key: null, value: Buffer.from("hello") }];
  const batch = encodeBatch(foreign, 0);
  await appendRaw("sauda.events", withPacked(batch, gzipSync(batch.subarray(at.records))));
  const packed = await audited(log);
  ok("fold" in packed, JSON.stringify(packed));
  strictEqual(packed.fold.ignored.foreign, 1);
  const ours = [{ key: Buffer.from("sauda"), value: Buffer.from('{"format":1,"type":"Steps"}') }];
  const offset = await appendRaw("sauda.events", encodeBatch(ours, 0));
  const found = await audited(log);
  ok("expected" in found);
  deepStrictEqual([found.topic, found.offset], ["sauda.events", offset]);
  match(found.found, /steps without epoch, seq, prev or whole steps/);
  const told = await sauda(["verify", "--kafka", work.kafka.bootstrap]);
  strictEqual(told.code, 1);
  match(told.out.join("\n"), new RegExp(`^BROKEN {2}sauda.events-0@${offset}: expected .*, found`));
});
