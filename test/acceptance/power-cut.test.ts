import { deepEqual, equal, match, ok } from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { seeded } from "../../bench/orders.ts";
import { awaitLegs, openLoad, type Load } from "../../chaos/load.ts";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import { checkCommands } from "../checker/commands.ts";
import { readLog } from "../checker/log-reading.ts";
import { testKafka, type TestKafka } from "../kafka/broker.ts";
import {
  groupLimitMs,
  sauda,
  startSauda,
  timeoutMs,
  until,
  type SaudaProcess,
} from "./market-process.ts";
import { openTopics, type Topics } from "./records.ts";

// R21: with one broker a power cut may take acknowledged records. Whoever is ahead of the log says
// so and stops; a snapshot that is ahead is passed over, also when the log has grown past it anew.
const started: SaudaProcess[] = [];
const snapshots: { readonly id: string; readonly offset: number }[] = [];
let kafka: TestKafka;
let topics: Topics;
let load: Load;
/** Kafka's files as they were before the cut. */
let whole: string;

before(
  async () => {
    kafka = await testKafka();
    const log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "power-cut" });
    await log.createTopics(1);
    await log.close();
    topics = openTopics(kafka.bootstrap);
    const services = ["exchange", "intake", "publisher"].map((name) => start(name));
    load = await openLoad(kafka.bootstrap, "cut", seeded(21));
    for (let taken = 0; taken < 2; taken += 1) {
      await load.send(100, 300);
      await awaitLegs(topics, load, timeoutMs);
      const { code, out, err } = await ask("snapshot", "take", "--json");
      equal(code, 0, [...out, ...err].join("\n"));
      snapshots.push(JSON.parse(out[0] ?? "{}") as { id: string; offset: number });
    }
    for (const service of services) service.signal("SIGTERM");
    for (const service of services) await service.ended();
    await kafka.kill();
    whole = await mkdtemp(join(tmpdir(), "sauda-power-cut-"));
    await cp(join(kafka.dir, "log"), whole, { recursive: true });
  },
  { timeout: groupLimitMs },
);

after(async () => {
  for (const process of started) process.signal("SIGKILL");
  await load?.close();
  await topics?.close();
  await kafka?.stop();
  if (whole !== undefined) await rm(whole, { recursive: true });
});

function start(name: string): SaudaProcess {
  const process = startSauda([name, "--json", "--kafka", kafka.bootstrap]);
  started.push(process);
  return process;
}

const ask = (...words: readonly string[]): ReturnType<typeof sauda> =>
  sauda([...words, "--kafka", kafka.bootstrap]);

const report = (type: string): RegExp => new RegExp(`"type":"${type}"`);

/** Kafka comes back with these topics ending there; what stands behind is lost. */
async function comesBackWith(ends: Readonly<Record<string, number>>): Promise<void> {
  const folder = join(kafka.dir, "log");
  await kafka.kill().catch(() => {}); // it is down already
  await rm(folder, { recursive: true });
  await cp(whole, folder, { recursive: true });
  for (const [topic, end] of Object.entries(ends)) {
    const file = join(folder, `${topic}-0`, `${"0".repeat(20)}.log`);
    await truncate(file, placeOf(await readFile(file), end));
  }
  await kafka.restart();
  for (const [topic, end] of Object.entries(ends)) equal(await topics.end(topic), end);
}

/** Where the batch of an offset begins in a segment. */
function placeOf(bytes: Buffer, offset: number): number {
  let place = 0;
  while (place < bytes.length && Number(bytes.readBigInt64BE(place)) < offset)
    place += 12 + bytes.readInt32BE(place + 8);
  equal(Number(bytes.readBigInt64BE(place)), offset, "a batch begins there");
  return place;
}

test(
  "R21: a log that lost its tail: the publisher is ahead and stops, also when the log has grown past it; the exchange passes over the snapshot that is ahead, also when the log has grown past it",
  { timeout: groupLimitMs },
  async () => {
    const [older, newer] = snapshots;
    ok(older !== undefined && newer !== undefined);
    const end = older.offset + 1;
    ok(end < newer.offset, `${end} of ${newer.offset}`);
    await comesBackWith({ [eventsTopic]: end });
    const publisher = start("publisher");
    equal((await publisher.ended()).code, 3);
    const stopped = new RegExp(`ends at ${end}, but was published to (\\d+)`);
    match(publisher.err.join("\n"), stopped);
    const publishedTo = Number(stopped.exec(publisher.err.join("\n"))?.[1]);

    const exchange = start("exchange");
    const passed = await exchange.line(report("passed_over"));
    match(passed, new RegExp(`${newer.id}.*taken at offset ${newer.offset}, the log ends at`));
    match(await exchange.line(report("restored")), new RegExp(older.id));
    await exchange.line(report("claimed"));
    await start("intake").line(report("relaying"));
    // A record of the log holds the steps of all commands that came meanwhile: a few at a time.
    await until("the log has grown past the newer snapshot", async () => {
      await load.send(2, 300);
      await isDecided();
      return (await topics.end(eventsTopic)) > Math.max(newer.offset + 2, publishedTo);
    });
    exchange.signal("SIGTERM");
    await exchange.ended();

    // Its place is in the log again, which is another log. A second start finds the same.
    for (let life = 0; life < 2; life += 1) {
      const late = start("publisher");
      equal((await late.ended()).code, 3);
      const what = `not the one that was published to offset ${publishedTo}: published was step`;
      match(late.err.join("\n"), new RegExp(what));
    }

    const next = start("exchange");
    match(await next.line(report("passed_over")), /the chain after offset \d+ of the log is/);
    match(await next.line(report("restored")), new RegExp(older.id));
    await next.line(report("claimed"));
    const { steps, stop } = readLog(await topics.read(eventsTopic));
    deepEqual(stop, null);
    deepEqual(checkCommands(steps, await topics.read(commandsTopic), true), []);
  },
);

test(
  "R21: commands that lost their tail: the exchange, from a snapshot too, says that the log answers more and stops",
  { timeout: groupLimitMs },
  async () => {
    for (const process of started) process.signal("SIGKILL");
    const all = await topics.end(commandsTopic);
    await comesBackWith({ [commandsTopic]: await batchBefore(commandsTopic, all / 2) });
    const exchange = start("exchange");
    match(await exchange.line(report("restored")), new RegExp(snapshots[1]?.id ?? "none"));
    equal((await exchange.ended()).code, 3);
    match(exchange.err.join("\n"), /the log answers command \d+, but commands end at \d+/);
  },
);

/** Waits until every command has its step. */
async function isDecided(): Promise<void> {
  await until("every command is decided", async () => {
    const { steps } = readLog(await topics.read(eventsTopic));
    const answered = steps.at(-1)?.step.cause.offset ?? -1;
    return answered + 1 >= (await topics.end(commandsTopic));
  });
}

/** The offset at which a batch begins, before the one given. */
async function batchBefore(topic: string, offset: number): Promise<number> {
  const bytes = await readFile(join(whole, `${topic}-0`, `${"0".repeat(20)}.log`));
  let [place, begin] = [0, 0];
  while (place < bytes.length && Number(bytes.readBigInt64BE(place)) <= offset) {
    begin = Number(bytes.readBigInt64BE(place));
    place += 12 + bytes.readInt32BE(place + 8);
  }
  return begin;
}
