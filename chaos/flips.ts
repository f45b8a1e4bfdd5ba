import { open, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seeded } from "../bench/orders.ts";
import { openKafkaLog } from "../src/kafka/kafka-log.ts";
import { logFolder } from "../src/kafka/managed/format.ts";
import { stopKafka } from "../src/kafka/managed/stop.ts";
import { commandsTopic, eventsTopic, snapshotsTopic } from "../src/protocol/topics.ts";
import { followToEnd, newShardView } from "../src/services/shard-view.ts";
import { sauda, startSauda, until } from "../test/acceptance/market-process.ts";
import { batchesOf } from "../test/kafka/batch-places.ts";
import { testKafka } from "../test/kafka/broker.ts";
import { openLoad } from "./load.ts";

/** How many bytes are changed, one at a time, in the files of a market of so many orders. */
type Flips = {
  readonly seed: number;
  readonly flips: number;
  readonly orders: number;
  readonly perSecond: number;
  readonly tell: (line: string) => void;
};

/** `found` of `flips`: `sauda verify` ended with 1; `placed`: and named the changed batch. */
type FlipsReport = {
  readonly flips: number;
  readonly found: number;
  readonly placed: number;
  readonly missed: readonly string[];
};

/** A file that may change, as it was: where `sauda verify` looks, and a partition there. */
type Whole = {
  readonly folder: string;
  readonly partition: string;
  readonly path: string;
  readonly bytes: Buffer;
};
/** One byte of it that changes. */
type Flip = { readonly whole: Whole; readonly position: number; readonly change: number };

const decidedLimitMs = 300_000;

/**
 * Runs a market, takes two snapshots and an archive, stops it, and changes one byte of its files
 * after the other: of Kafka's own of log and snapshots and of the archive's, in turn. Each time
 * `npx sauda verify --files` must end with 1, and say where.
 */
export async function runFlips({
  seed,
  flips,
  orders,
  perSecond,
  tell,
}: Flips): Promise<FlipsReport> {
  const kafka = await testKafka();
  const archive = await mkdtemp(join(tmpdir(), "sauda-flips-"));
  try {
    await makeMarket(kafka.bootstrap, archive, { seed, orders, perSecond });
    await stopKafka(kafka.dir);
    const files = await filesOf(kafka.dir, archive);
    for (const [partition, own] of files)
      tell(`${partition}: ${own.length} files, ${bytesOf(own).toLocaleString("en")} bytes`);
    for (const folder of [kafka.dir, archive]) await mustBeWhole(folder);
    const random = seeded(seed);
    const kinds = [...files.values()];
    const missed: string[] = [];
    let found = 0;
    for (let each = 0; each < flips; each += 1) {
      const flip = pickFlip(kinds[each % kinds.length] ?? [], random);
      const { isFound, isPlaced } = await verifyFlipped(flip);
      if (isFound) found += 1;
      if (!isPlaced) missed.push(`${wordsOf(flip)}: ${isFound ? "named elsewhere" : "NOT FOUND"}`);
    }
    for (const folder of [kafka.dir, archive]) await mustBeWhole(folder);
    return { flips, found, placed: flips - missed.length, missed };
  } finally {
    await kafka.stop();
    await rm(archive, { recursive: true });
  }
}

/** A log with its snapshots and its archive; all that worked on it has ended. */
async function makeMarket(
  bootstrap: string,
  archive: string,
  { seed, orders, perSecond }: Pick<Flips, "seed" | "orders" | "perSecond">,
): Promise<void> {
  const log = openKafkaLog({ bootstrap, clientId: "flips" });
  await log.createTopics(1);
  const services = ["intake", "exchange"].map((name) =>
    startSauda([name, "--json", "--kafka", bootstrap]),
  );
  const load = await openLoad(bootstrap, "flips", seeded(seed));
  const view = newShardView();
  try {
    for (let half = 0; half < 2; half += 1) {
      await load.send(Math.ceil(orders / 2), perSecond);
      await until("every order is decided", () => isDecided(), decidedLimitMs);
      await run(["snapshot", "take", "--kafka", bootstrap]);
    }
    await run(["archive", archive, "--kafka", bootstrap]);
    for (const service of services) service.signal("SIGTERM");
    await Promise.all(services.map((service) => service.ended()));
  } finally {
    for (const service of services) service.signal("SIGKILL");
    await load.close();
    await log.close();
  }

  async function isDecided(): Promise<boolean> {
    await followToEnd(view, log, 0);
    const { end } = await log.bounds(commandsTopic, 0);
    const sent = load.sent.book.length + 2 * load.sent.negotiated.length;
    return end >= sent && (view.fold.lastCause?.offset ?? -1) + 1 === end;
  }
}

async function run(words: readonly string[]): Promise<void> {
  const { code, err } = await sauda(words);
  if (code !== 0) throw new Error(`sauda ${words.join(" ")}: ${err.join("\n")}`);
}

async function mustBeWhole(folder: string): Promise<void> {
  const { code, out } = await sauda(["verify", "--files", folder]);
  if (code !== 0) throw new Error(`no byte was changed, and yet: ${out.join("\n")}`);
}

/** The files that have bytes, by kind: Kafka's of each partition, and the archive's of each. */
async function filesOf(kafkaDir: string, archive: string): Promise<Map<string, Whole[]>> {
  const files = new Map<string, Whole[]>();
  const inKafka = join(kafkaDir, logFolder);
  for (const topic of [eventsTopic, commandsTopic, snapshotsTopic])
    files.set(`${topic}-0`, await filesIn(kafkaDir, inKafka, `${topic}-0`));
  for (const topic of [eventsTopic, commandsTopic])
    files.set(`archive of ${topic}-0`, await filesIn(archive, archive, `${topic}-0`));
  return files;
}

async function filesIn(folder: string, place: string, partition: string): Promise<Whole[]> {
  const files: Whole[] = [];
  for (const name of (await readdir(join(place, partition))).toSorted()) {
    if (!name.endsWith(".log")) continue;
    const path = join(place, partition, name);
    const bytes = await readFile(path);
    if (bytes.length > 0) files.push({ folder, partition, path, bytes });
  }
  return files;
}

const bytesOf = (files: readonly Whole[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** Any byte of the kind's files, and any other value for it. */
function pickFlip(files: readonly Whole[], random: () => number): Flip {
  let position = Math.floor(random() * bytesOf(files));
  const change = 1 + Math.floor(random() * 255);
  for (const whole of files) {
    if (position < whole.bytes.length) return { whole, position, change };
    position -= whole.bytes.length;
  }
  throw new Error("a kind of files without a byte");
}

async function verifyFlipped(flip: Flip): Promise<{ isFound: boolean; isPlaced: boolean }> {
  const { whole, position } = flip;
  await writeByte(flip, (whole.bytes[position] ?? 0) ^ flip.change);
  try {
    const { code, out } = await sauda(["verify", "--files", whole.folder, "--json"]);
    const told = out.map((line) => JSON.parse(line) as Told);
    return { isFound: code === 1, isPlaced: code === 1 && told.some((each) => isAt(each, flip)) };
  } finally {
    await writeByte(flip, whole.bytes[position] ?? 0);
  }
}

/** A line of `sauda verify --json`. */
type Told = {
  readonly type: string;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
};

/** Whether it names the batch that the byte is in. */
function isAt({ type, topic, partition, offset }: Told, { whole, position }: Flip): boolean {
  const batch = batchesOf(whole.bytes).find(({ start, size }) => position < start + size);
  return (
    type === "broken" && `${topic}-${partition}` === whole.partition && offset === batch?.offset
  );
}

async function writeByte({ whole, position }: Flip, byte: number): Promise<void> {
  const file = await open(whole.path, "r+");
  try {
    await file.write(Buffer.of(byte), 0, 1, position);
  } finally {
    await file.close();
  }
}

function wordsOf({ whole, position, change }: Flip): string {
  return `byte ${position} of ${whole.path} ^ ${change}`;
}
