import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { appendFile, cp, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openLogFiles } from "../../src/kafka/log-files.ts";
import { batchLayout as at } from "../../src/kafka/record-batch.ts";
import { Random } from "../../src/memory/random.ts";
import type { AuditedShard } from "../../src/services/audit/log-audit.ts";
import type { LogBreak } from "../../src/services/audit/log-break.ts";
import { sauda } from "../acceptance/market-process.ts";
import { audited } from "../audited.ts";
import { batchesOf } from "./batch-places.ts";
import { stopMarket, type StoppedMarket } from "./stopped-market.ts";

let market: StoppedMarket;

before(async () => {
  market = await stopMarket();
});

after(() => market?.remove());

const partitions = ["sauda.events-0", "sauda.commands-0"] as const;
type Partition = (typeof partitions)[number] | "sauda.snapshots-0";

function fileOf(folder: string, partition: Partition): string {
  return join(folder, partition, "00000000000000000000.log");
}

async function audit(folder: string): Promise<AuditedShard | LogBreak> {
  return audited((await openLogFiles(folder)).log);
}

/** Changes one byte, audits, and puts it back. */
async function withByte(
  partition: Partition,
  position: number,
  change: number,
): Promise<AuditedShard | LogBreak> {
  const file = fileOf(market.folder, partition);
  const bytes = await readFile(file);
  const changed = Buffer.from(bytes);
  changed[position] = (changed[position] ?? 0) ^ change;
  try {
    await writeFile(file, changed);
    return await audit(market.folder);
  } finally {
    await writeFile(file, bytes);
  }
}

/** A copy that a test may spoil. */
async function withCopy(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sauda-spoiled-"));
  try {
    await cp(market.folder, folder, { recursive: true });
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("a stopped market's files are whole, by what is counted and at the terminal", async () => {
  const found = await audit(market.folder);
  ok("fold" in found, JSON.stringify(found));
  const { fold, claims, events, commands, waiting, snapshots } = found;
  deepStrictEqual([claims, fold.seq, commands.next, waiting], [2, 50, 50, 0]);
  deepStrictEqual(snapshots, { compared: 2, ofOthers: 0 });
  ok(events.batches > 4 && events.next === events.batches, JSON.stringify(events));
  const told = await sauda(["verify", "--files", market.folder]);
  strictEqual(told.code, 0, told.err.join("\n"));
  match(told.out.join("\n"), /^VERIFIED {2}shard 0 {3}events 0 to \d+: 50 steps, 2 claims/);
  match(told.out.join("\n"), new RegExp(`chain ${fold.chain} {3}snapshots 2 as the log folds$`));
  const replayed = await sauda(["replay", "--files", market.folder, "--at", "30", "--json"]);
  match(String(replayed.out[0]), /"seq":30,/);
  const explained = await sauda(["explain", "O-0-3", "--files", market.folder]);
  match(explained.out.join("\n"), /asked {4}buy-orders-0@3 .*\n {2}command {2}sauda.commands-0@3 /);
});

test("each of 100 random one-byte changes in the log's files is named where it is", async () => {
  const random = new Random(12);
  for (let each = 0; each < 100; each += 1) {
    const partition = partitions[each % 2] ?? partitions[0];
    const bytes = await readFile(fileOf(market.folder, partition));
    const position = random.between(0, bytes.length - 1);
    const changed = batchesOf(bytes).find(({ start, size }) => position < start + size);
    const found = await withByte(partition, position, random.between(1, 255));
    const inBatch = position - (changed?.start ?? 0);
    const where = `byte ${position} of ${partition}, ${inBatch} of its batch`;
    ok("expected" in found, `${where}: not found`);
    deepStrictEqual(
      [`${found.topic}-${found.partition}`, found.offset],
      [partition, changed?.offset],
      `${where}: ${JSON.stringify(found)}`,
    );
  }
});

test("each of 100 random one-byte changes in the snapshots' files is found, and the log itself is still whole", async () => {
  const random = new Random(18);
  const bytes = await readFile(fileOf(market.folder, "sauda.snapshots-0"));
  const heads = batchesOf(bytes);
  for (let each = 0; each < 100; each += 1) {
    const head = heads[each % heads.length];
    const inHead = (head?.start ?? 0) + random.between(0, at.records);
    const position = each % 4 === 0 ? inHead : random.between(0, bytes.length - 1);
    const found = await withByte("sauda.snapshots-0", position, random.between(1, 255));
    ok("expected" in found, `byte ${position} of ${bytes.length}: not found`);
    strictEqual(found.topic, "sauda.snapshots", JSON.stringify(found));
  }
});

test("no byte of a batch's head and no place of a record may change: each field is tried", async () => {
  const heads = Object.entries(at).map(([name, start]) => [name, start] as const);
  const seen: string[] = [];
  for (const partition of partitions) {
    const bytes = await readFile(fileOf(market.folder, partition));
    const batches = batchesOf(bytes);
    const batch = batches[Math.floor(batches.length / 2)];
    ok(batch !== undefined);
    const ends = batch.size - 1;
    for (const [name, position] of [...heads, ["the record's end (headers)", ends] as const])
      for (const change of [1, 0x80]) {
        const found = await withByte(partition, batch.start + position, change);
        ok("expected" in found, `${partition} ${name} ^ ${change}`);
        strictEqual(found.offset, batch.offset, `${partition} ${name}: ${JSON.stringify(found)}`);
        seen.push(`${name}: ${found.expected}`);
      }
  }
  match(seen.join("\n"), /^leaderEpoch: leader epoch \d, as the partition's checkpoint says$/m);
  match(seen.join("\n"), /^magic: a batch of format 2/m);
  match(seen.join("\n"), /^baseOffset: a batch that begins at \d+$/m);
});

test("a log that is cut off, has something behind it, or lacks its head is told as that", async () => {
  await withCopy(async (folder) => {
    const file = fileOf(folder, "sauda.events-0");
    const bytes = await readFile(file);
    const last = batchesOf(bytes).at(-1);
    ok(last !== undefined);
    await truncate(file, last.start + Math.floor(last.size / 2));
    const half = await audit(folder);
    ok("expected" in half);
    deepStrictEqual([half.topic, half.offset], ["sauda.events", last.offset]);
    match(half.expected, new RegExp(`^a batch of ${last.size} bytes, as it says`));
    await writeFile(file, bytes);
    await appendFile(file, "x");
    const more = await audit(folder);
    ok("expected" in more);
    match(more.found, /^1 bytes, and no more$/);
  });
  await withCopy(async (folder) => {
    // The tail of one topic was lost (R21).
    const file = fileOf(folder, "sauda.commands-0");
    const last = batchesOf(await readFile(file)).at(-1);
    ok(last !== undefined);
    await truncate(file, last.start);
    const short = await audit(folder);
    ok("expected" in short);
    match(short.expected, /^an end at 50, as Kafka noted when it stopped$/);
    // Of a Kafka that was killed nobody knows it: commands end before what the log answers.
    await rm(join(folder, ".kafka_cleanshutdown"));
    const found = await audit(folder);
    ok("expected" in found);
    match(found.expected, /^command \d+, which step \d+ answers, on sauda.commands-0$/);
    strictEqual(found.found, `an end of it at ${last.offset}`);
  });
  await withCopy(async (folder) => {
    await rm(fileOf(folder, "sauda.events-0"));
    const begin = batchesOf(await readFile(fileOf(market.folder, "sauda.events-0")))[2];
    const bytes = await readFile(fileOf(market.folder, "sauda.events-0"));
    const name = `${String(begin?.offset).padStart(20, "0")}.log`;
    await writeFile(join(folder, "sauda.events-0", name), bytes.subarray(begin?.start));
    const found = await audit(folder);
    ok("expected" in found);
    deepStrictEqual([found.offset, found.found], [0, name]);
  });
});

test("a batch of another topic between the segments is told, and a whole foreign topic too", async () => {
  await withCopy(async (folder) => {
    const commands = await readFile(fileOf(folder, "sauda.commands-0"));
    await writeFile(fileOf(folder, "sauda.events-0"), commands);
    await cp(
      join(market.folder, "sauda.commands-0", "leader-epoch-checkpoint"),
      join(folder, "sauda.events-0", "leader-epoch-checkpoint"),
    );
    const found = await audit(folder);
    ok("expected" in found);
    strictEqual(found.offset, 0);
    match(
      found.found,
      /format undefined: this program knows format 1 only|expected Claim or Steps/,
    );
  });
});

test("files of a Kafka that runs are not read, nor a folder without any", async () => {
  const empty = await mkdtemp(join(tmpdir(), "sauda-empty-"));
  try {
    await rejects(openLogFiles(empty), /no sauda.events-0 in/);
    for (const words of [["verify"], ["replay"], ["explain", "O-0-1"]]) {
      const { code, err } = await sauda([...words, "--files", empty]);
      strictEqual(code, 2, "as where another file that the line names is not there");
      match(err.join("\n"), /no sauda.events-0 in .*name the data folder of a market/);
    }
    const both = await sauda(["verify", "--files", empty, "--kafka", "localhost:1"]);
    strictEqual(both.code, 2);
  } finally {
    await rm(empty, { recursive: true });
  }
});
