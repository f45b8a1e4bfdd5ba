import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { test } from "node:test";
import type { Step } from "../../src/domain/facts/event.ts";
import { timeMs } from "../../src/domain/facts/units.ts";
import { fillsMax } from "../../src/domain/facts/limits.ts";
import { noFaults } from "../../src/memory/faults.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import { openMemoryCluster, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { shardOf } from "../../src/domain/facts/shard.ts";
import { localTerms } from "../../src/domain/facts/terms.ts";
import { runService } from "../../src/cli/market/run-service.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import { realClock } from "../../src/services/clock.ts";
import {
  newGateway,
  type DoorCommand,
  type Gateway,
  type GatewayOptions,
} from "../../src/services/gateway.ts";
import { newDoorClock } from "../../src/services/door-clock.ts";
import { newGatewaySender } from "../../src/services/gateway-sender.ts";
import type { AppendResult, Appender, MarketLog, Slice } from "../../src/services/log.ts";
import { Away } from "../../src/services/log-errors.ts";
import { clusterOf, makeMarketLog } from "../postgres/market-log.ts";
import { cutAndGrow } from "../postgres/cut-log.ts";
import { newLogFold } from "../../src/services/log-fold.ts";
import { atDoor, buy, sell } from "../given.ts";
import { encodeSteps } from "../steps-record.ts";
import { until as untilSo } from "../acceptance/market-process.ts";

function open(cluster: MemoryCluster, over: Partial<GatewayOptions> = {}): Gateway {
  return newGateway({
    log: openMemoryLog(cluster, "gateway"),
    shards: 1,
    clock: realClock,
    report: () => {},
    pendingMax: 10,
    answerTimeoutMs: 2_000,
    ...over,
  });
}

const order = (id: string, deadlineInMs = 5_000, requestId = `request-${id}`): DoorCommand => {
  const nowMs = Date.now();
  const source = atDoor({ requestId, receivedAtMs: nowMs, deadlineMs: nowMs + deadlineInMs });
  return buy(id, 1, 500, { source }) as DoorCommand;
};

const until = (isSo: () => boolean): Promise<void> => untilSo("the gateway has come to it", isSo);

/** Runs an exchange on the cluster; returns what ends it. */
function startExchange(cluster: MemoryCluster): () => Promise<void> {
  const ended = new AbortController();
  const log = openMemoryLog(cluster, "exchange");
  const parts = { log, terms: localTerms, termsDigest: "test", report: () => {} };
  const running = runService("exchange", parts, ended.signal);
  return async () => {
    ended.abort();
    await running;
    await log.close();
  };
}

for (const isLonger of [false, true])
  test(`R1: a gateway stops when its log is made anew under the name, ${isLonger ? "and longer" : "empty"}`, async () => {
    const cluster = openMemoryCluster(1);
    const ended = new AbortController();
    const gateway = open(cluster);
    const running = gateway.run(ended.signal);
    await until(() => gateway.isCaughtUp());
    const fence = isLonger ? 3 : 0;
    cluster.createTopic(eventsTopic, 1, {});
    for (let count = 0; count < fence; count += 1)
      cluster
        .partition(eventsTopic, 0)
        .append([{ key: null, value: Buffer.from("x") }], Date.now());
    await rejects(running, /made anew|not the one that was read/);
    ended.abort();
  });

test("R21: a gateway stops when its log was cut while Kafka was away, and has grown past what it had read", async () => {
  const made = makeMarketLog(7, 40);
  const cluster = clusterOf(made.records);
  const inner = openMemoryLog(cluster, "gateway");
  let isAway = false;
  const log: MarketLog = {
    ...inner,
    async reader(...place) {
      const reader = await inner.reader(...place);
      const read = async (waitMs: number): Promise<Slice> => {
        if (isAway) throw new Away("no broker");
        return reader.read(Math.min(waitMs, 20));
      };
      return { ...reader, read };
    },
  };
  let isBehind = false;
  const report = ({ type }: { readonly type: string }): void => {
    isBehind ||= type === "behind";
  };
  const gateway = open(cluster, { log, report });
  const ended = new AbortController();
  const running = gateway.run(ended.signal);
  await until(() => gateway.isCaughtUp());
  isAway = true;
  await until(() => isBehind);
  cutAndGrow(cluster, made, made.records.length - 3);
  isAway = false;
  await rejects(running, /not the one that was read \(it was read to offset \d+, the chain after/);
  ended.abort();
});

test("a step that a listener cannot take in is the gateway's end, not a hole in its views", async () => {
  const cluster = openMemoryCluster(1);
  const stopExchange = startExchange(cluster);
  const gateway = open(cluster);
  gateway.listen(() => {
    throw new Error("a fault of ours");
  });
  const running = gateway.run(new AbortController().signal);
  const stopped = rejects(running, /could not be taken in: a fault of ours/);
  await until(() => gateway.isCaughtUp());
  await Promise.all([stopped, gateway.submit(order("a"))]);
  await stopExchange();
});

test("a step that cannot have happened is the gateway's end, by its place, though it follows by its chain", async () => {
  const cluster = openMemoryCluster(1);
  const stopExchange = startExchange(cluster);
  const gateway = open(cluster);
  const running = gateway.run(new AbortController().signal);
  const stopped = rejects(running, {
    name: "Stop",
    message: /^offset \d+ of the log: step 2 cannot have happened: .*O-none has met/,
  });
  await until(() => gateway.isCaughtUp());
  await gateway.submit(order("a"));
  await stopExchange();
  const { epoch, seq, chain, lastCause } = gateway.views[0]?.fold ?? newLogFold();
  const cause = { offset: (lastCause?.offset ?? 0) + 1, digest: "d".repeat(64) };
  const about = { orderId: "O-none", participant: "HDFC", symbol: "SBIN", orders: 1 };
  const forged = { part: 0, last: true, at: timeMs(1), events: [{ type: "SweepDone", ...about }] };
  const value = encodeSteps(epoch, seq + 1, chain, [{ cause, ...forged } as Step]);
  cluster.partition(eventsTopic, 0).append([{ key: logKey, value }], Date.now());
  await stopped;
});

test("each request is answered by its own step, also where several are decided together", async () => {
  const cluster = openMemoryCluster(1);
  const gateway = open(cluster, { pendingMax: 100 });
  const ended = new AbortController();
  const running = gateway.run(ended.signal);
  await until(() => gateway.isCaughtUp());
  const ids = Array.from({ length: 20 }, (_, index) => `o${index}`);
  const answers = ids.map((id) => gateway.submit(order(id)));
  const stopExchange = startExchange(cluster);
  for (const [index, answer] of (await Promise.all(answers)).entries()) {
    equal(answer.type, "decided");
    if (answer.type !== "decided" || answer.outcome.type !== "OrderAccepted") continue;
    equal(answer.outcome.clientOrderId, ids[index]);
  }
  equal(gateway.records.orders.byId.size, 20);
  ended.abort();
  await running;
  await stopExchange();
});

test("an order that trades in parts is answered when all are decided", async () => {
  const read = { most: 1_000 };
  const faults = { ...noFaults, sliceMax: () => read.most };
  const cluster = openMemoryCluster(1, { clock: realClock, faults });
  const count = fillsMax + 1;
  const resting = Array.from({ length: count }, (_, n) => {
    const value = encodeCommand(sell(`s${n}`, 1, 500));
    return { key: logKey, value };
  });
  cluster.partition(commandsTopic, 0).append(resting, Date.now());
  const stopExchange = startExchange(cluster);
  const gateway = open(cluster);
  const ended = new AbortController();
  const running = gateway.run(ended.signal);
  await until(() => gateway.records.orders.byId.size === count);
  read.most = 1; // each part comes with a read of its own
  const parts: number[] = [];
  gateway.listen(({ step }) => parts.push(step.part));
  const asked = order("all");
  const answer = await gateway.submit({ ...asked, quantity: count } as DoorCommand);
  deepEqual(parts, [0, 1]);
  const accepted = answer.type === "decided" ? answer.outcome : null;
  equal(accepted?.type, "OrderAccepted");
  const { cumQuantity, status } = gateway.records.orders.byId.get(`O-0-${count}`) ?? {};
  deepEqual([cumQuantity, status], [count, "Filled"]);
  ended.abort();
  await running;
  await stopExchange();
});

test("how far it is behind is summed over shards, and a symbol's view is its shard's", async () => {
  const cluster = openMemoryCluster(2);
  const log = openMemoryLog(cluster, "gateway");
  const behind: MarketLog = {
    ...log,
    reader: async (_topic, shard) => {
      const slice = { records: [], end: 3 + shard };
      return {
        read: (waitMs) => realClock.sleep(waitMs / 50).then(() => slice),
        close: async () => {},
      };
    },
  };
  const gateway = open(cluster, { log: behind, shards: 2 });
  const ended = new AbortController();
  const running = gateway.run(ended.signal);
  await until(() => gateway.lag() > 4);
  deepEqual([gateway.lag(), gateway.seq(), gateway.marketId()], [7, 0, ""]);
  for (const symbol of ["SBIN", "ITC", "TCS", "INFY"])
    equal(gateway.viewOf(symbol), gateway.views[shardOf(symbol, 2)]);
  ended.abort();
  await running;
  await log.close();
});

test("a listener meets a step after views and records have it", async () => {
  const cluster = openMemoryCluster(1);
  const stopExchange = startExchange(cluster);
  const gateway = open(cluster);
  const ended = new AbortController();
  const known: boolean[] = [];
  gateway.listen(({ step, place }) => {
    for (const event of step.events)
      if (event.type === "OrderAccepted")
        known.push(
          gateway.records.orders.byId.has(event.orderId) &&
            (gateway.views[0]?.market.seq ?? 0) >= place.seq,
        );
  });
  const running = gateway.run(ended.signal);
  await until(() => gateway.isCaughtUp());
  await gateway.submit(order("a"));
  deepEqual(known, [true]);
  ended.abort();
  await running;
  await stopExchange();
});

/** A log whose commands go to the appender given. */
function logWith(append: Appender["append"]): MarketLog {
  const log = openMemoryLog(openMemoryCluster(1), "sender");
  return { ...log, appender: async () => ({ append, close: async () => {} }) };
}

const away: AppendResult = { type: "unanswered", why: "the broker is away" };

test("what was not acknowledged is sent again, the same bytes in the same order", async () => {
  const sent: string[][] = [];
  const log = logWith(async (records) => {
    sent.push(records.map(({ value }) => String(value)));
    return sent.length < 3 ? away : { type: "at", offset: 0, appendedAtMs: null };
  });
  const ended = new AbortController();
  const sender = newGatewaySender({
    log,
    shard: 0,
    clock: newDoorClock(realClock, () => {}),
    report: () => {},
  });
  for (const id of ["a", "b"]) sender.send(order(id), Date.now() + 5_000);
  const running = sender.run(ended.signal);
  await until(() => sent.length === 3 && sender.waiting() === 0);
  equal(sent[0]?.length, 2);
  match(sent[0]?.[0] ?? "", /"a"/);
  deepEqual(sent, [sent[0], sent[0], sent[0]]);
  ended.abort();
  await running;
});

test("a command whose deadline passed before it was sent never reaches the log", async () => {
  const sent: number[] = [];
  const log = logWith(async (records) => {
    sent.push(records.length);
    return { type: "at", offset: 0, appendedAtMs: null };
  });
  const ended = new AbortController();
  const sender = newGatewaySender({
    log,
    shard: 0,
    clock: newDoorClock(realClock, () => {}),
    report: () => {},
  });
  sender.send(order("late"), Date.now() - 1);
  sender.send(order("in time"), Date.now() + 5_000);
  const running = sender.run(ended.signal);
  await until(() => sent.length > 0);
  deepEqual(sent, [1]);
  ended.abort();
  await running;
});

test("R17: commands that wait for a broker that is away are bounded too, whoever waits for answers", async () => {
  const log = logWith(async () => away);
  const gateway = open(openMemoryCluster(1), { log, pendingMax: 3, answerTimeoutMs: 1 });
  const answers: string[] = [];
  for (let count = 0; count < 5; count += 1)
    answers.push((await gateway.submit(order(`o${count}`, 60_000))).type);
  deepEqual(answers, ["unknown", "unknown", "unknown", "shed", "shed"]);
  equal((await log.bounds(commandsTopic, 0)).end, 0);
});
