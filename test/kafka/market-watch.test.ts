import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deleteRecordsV2, deleteTopicsV6 } from "@platformatic/kafka";
import { localTerms } from "../../src/domain/facts/terms.ts";
import type { Cluster } from "../../src/kafka/cluster.ts";
import { openKafkaLog, type KafkaLog } from "../../src/kafka/kafka-log.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import { realClock, type Clock } from "../../src/services/clock.ts";
import { runExchange, type ExchangeReport } from "../../src/services/exchange.ts";
import { NoSuchTopic } from "../../src/services/log-errors.ts";
import { followedOf, newMarketWatch } from "../../src/services/market-watch.ts";
import { followToEnd, newShardView } from "../../src/services/shard-view.ts";
import { Stop } from "../../src/services/stop.ts";
import type { Trouble } from "../../src/services/trouble.ts";
import type { TestKafka } from "./broker.ts";
import { testClients, type TestClients } from "./clients.ts";
import { until } from "./market-in-process.ts";

// What a market's watch and an exchange's clock ask of a real Kafka. The tests stand on
// one another.

let clients: TestClients;
let kafka: TestKafka;
let log: KafkaLog;
let cluster: Cluster;

before(async () => {
  clients = await testClients(1);
  ({ kafka, log, cluster } = clients);
});

after(() => clients?.stop());

const view = newShardView();

async function troubles(): Promise<string[]> {
  await followToEnd(view, log, 0).catch(() => {}); // a log that is not whole is the watch's to tell
  const how = { stuckMs: 300, freshMs: -1, followed: () => followedOf(view) };
  const watch = newMarketWatch({ log, shards: 1, clock: realClock, ...how });
  await watch.look();
  await realClock.sleep(400);
  const look = await watch.look();
  return look.troubles.map(({ kind, what }: Trouble) => `${kind}: ${what}`);
}

/**
 * Sent until it stands: a broker that has just begun may not answer the first one, and a tick
 * is harmless.
 */
async function tick(): Promise<void> {
  const appender = await log.appender(commandsTopic, 0);
  const record = { key: logKey, value: encodeCommand({ type: "Tick" }) };
  let result = await appender.append([record]);
  for (let tried = 0; result.type !== "at" && tried < 20; tried += 1) {
    await realClock.sleep(250); // nobody may lead the partition yet
    result = await appender.append([record]);
  }
  await appender.close();
  assert.ok(result.type === "at", JSON.stringify(result));
  // The broker's time comes with every append (R11).
  assert.ok(Math.abs((result.appendedAtMs ?? 0) - Date.now()) < 5_000);
}

async function withExchange(
  clock: Clock,
  work: (reports: readonly ExchangeReport[], ended: Promise<void>) => Promise<void>,
): Promise<void> {
  const own = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "exchange" });
  const group = await own.join("sauda-exchange", [commandsTopic], "each");
  const ended = new AbortController();
  const reports: ExchangeReport[] = [];
  const running = runExchange(
    {
      log: own,
      group,
      shard: 0,
      shards: 1,
      terms: localTerms,
      termsDigest: "test",
      clock,
      randomHex: (bytes) => "cd".repeat(bytes),
      owner: "test",
      report: (one) => void reports.push(one),
    },
    ended.signal,
  );
  running.catch(() => {});
  try {
    await work(reports, running);
  } finally {
    ended.abort();
    await running.catch(() => {});
    await own.close();
  }
}

test("a group's members are counted from outside, and what waits while nobody works", async () => {
  await tick();
  let before = await troubles();
  // The first question about a group makes Kafka's own topic for it, which takes a while.
  await until(
    "it stands for two looks",
    async () => (before = await troubles()).some((one) => /not_moving/.test(one)),
    60_000,
  );
  assert.ok(
    before.some((one) => /nobody_works: no exchange answers/.test(one)),
    before.join("\n"),
  );
  assert.ok(before.some((one) => /not_moving: \d+ records? waits? for the exchange/.test(one)));
  await withExchange(realClock, async () => {
    await until(
      "it is decided",
      async () => !(await troubles()).some((one) => /exchange/.test(one)),
    );
    assert.equal(await log.countMembers("sauda-exchange"), 1);
  });
  await until("it has left", async () => (await log.countMembers("sauda-exchange")) === 0);
});

test("R11: an exchange an hour ahead of the broker decides by the broker's time, and says so", async () => {
  let aheadMs = 3_600_000;
  const wrong: Clock = { ...realClock, nowMs: () => Date.now() + aheadMs };
  await withExchange(wrong, async (reports) => {
    const seq = view.fold.seq;
    await tick();
    await until("it is decided", async () => {
      await followToEnd(view, log, 0);
      return view.fold.seq > seq;
    });
    assert.ok(view.market.clockMs - Date.now() < 5_000, `${view.market.clockMs - Date.now()} ms`);
    assert.ok(
      reports.some((one) => one.type === "alarm" && /ahead of the broker's/.test(one.what)),
    );
    aheadMs = 0;
    await tick();
    await until("it goes on", async () => {
      await followToEnd(view, log, 0);
      return view.market.clockMs >= Date.now() - 3_000;
    });
  });
});

test("a topic that is deleted has a type of its own, and is told by its name", async () => {
  await cluster.ask(deleteTopicsV6.api, [{ name: "sell-offers" }], 3000);
  await until("it is gone", async () => (await cluster.findTopic("sell-offers")) === null);
  await assert.rejects(log.bounds("sell-offers", 0), NoSuchTopic);
  await assert.rejects(log.bounds("buy-orders", 7), NoSuchTopic);
  assert.match((await troubles()).join("\n"), /topic_wrong: sell-offers: found no such topic/);
});

test("where the head of the log is deleted the watch says so and the exchange stops, with the way on", async () => {
  const partitions = [{ partitionIndex: 0, offset: 1n }];
  await cluster.ask(deleteRecordsV2.api, [{ name: eventsTopic, partitions }], 3000);
  assert.match((await troubles()).join("\n"), /not_whole: sauda.events-0.*before offset 1/);
  await withExchange(realClock, async (_reports, ended) => {
    await assert.rejects(ended, (error: unknown) => {
      assert.ok(error instanceof Stop, String(error));
      assert.match(error.message, /sauda.events-0 is not whole.*has been deleted.*sauda reset/);
      return true;
    });
  });
});
