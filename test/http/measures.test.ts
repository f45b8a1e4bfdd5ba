import { equal } from "node:assert/strict";
import { test } from "node:test";
import { measurePublic, measureStep, newMeasures } from "../../src/http/measures/measures.ts";
import { newMeters } from "../../src/http/measures/meters.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { realClock } from "../../src/services/clock.ts";
import { newGateway } from "../../src/services/gateway.ts";
import { buy, given, sell } from "../given.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import { timeMs } from "../../src/domain/facts/units.ts";
import { until } from "../acceptance/market-process.ts";

test("a trade seen on the public topic before its step is not waited for ever after", async () => {
  const gateway = newGateway({
    log: openMemoryLog(openMemoryCluster(1), "gateway"),
    shards: 1,
    clock: realClock,
    report: () => {},
    pendingMax: 1,
    answerTimeoutMs: 1,
  });
  const ended = new AbortController();
  const running = gateway.run(ended.signal);
  await until("the gateway has caught up", () => gateway.isCaughtUp());
  const { events } = given([sell("s", 1, 500)]).when(buy("b", 1, 500));
  const traded = events.find(({ type }) => type === "TradeExecuted");
  const tradeId = traded?.type === "TradeExecuted" ? traded.tradeId : "";
  const step: Step = {
    cause: { offset: 1, digest: "" },
    part: 0,
    last: true,
    at: timeMs(5),
    events,
  };
  const place = { shard: 0, seq: 2, commandOffset: 1, part: 0, logOffset: 1, atMs: 5 };
  const settled = {
    topic: "sauda.settlements",
    partition: 0,
    offset: 0,
    timestampMs: 9,
    id: "S-1",
  } as const;
  const measures = newMeasures(newMeters());
  measurePublic(measures, settled, tradeId);
  measureStep(measures, gateway, { step, changes: [], place, appendedAtMs: 5 });
  equal(measures.unpublished.size, 0, "it was published before we heard of it");
  measureStep(measures, gateway, { step, changes: [], place, appendedAtMs: 5 });
  equal(measures.unpublished.size, 1);
  measurePublic(measures, settled, tradeId);
  equal(measures.unpublished.size, 0);
  ended.abort();
  await running;
});
