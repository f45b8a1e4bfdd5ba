import { deepEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { localTerms } from "../../../src/domain/market.ts";
import { allRecords, openMemoryCluster } from "../../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../../src/memory/memory-log.ts";
import { encodeCommand } from "../../../src/protocol/log/command-record.ts";
import { logKey } from "../../../src/protocol/log/log-record.ts";
import { commandsTopic, eventsTopic } from "../../../src/protocol/topics.ts";
import { realClock, type Clock } from "../../../src/services/clock.ts";
import { runExchange } from "../../../src/services/exchange.ts";
import type { Appender, MarketLog } from "../../../src/services/log.ts";
import { until } from "../../acceptance/market-process.ts";
import { readLog } from "../../checker/log-reading.ts";
import { sell } from "../../given.ts";
import { logText } from "../../steps-record.ts";

/** The same waits, shorter. */
const hasty: Clock = {
  ...realClock,
  sleep: (ms, signal) => realClock.sleep(Math.min(ms, 5), signal),
};

/** A broker that is so slow that some answers come too late: what was sent stands all the same. */
function slowLog(log: MarketLog, isTooLate: (text: string) => boolean): MarketLog {
  const slowed = (inner: Appender): Appender => ({
    ...inner,
    async append(records) {
      const answer = await inner.append(records);
      const isLate = isTooLate(logText(records[0]?.value ?? null));
      return isLate ? { type: "unanswered", why: "the answer came too late" } : answer;
    },
  });
  const appender = async (topic: typeof eventsTopic, partition: number): Promise<Appender> => {
    const inner = await log.appender(topic, partition);
    return topic === eventsTopic ? slowed(inner) : inner;
  };
  return { ...log, appender: appender as MarketLog["appender"] };
}

test("R10: a broker whose answers are late puts no command in quarantine: its writer lives and knows", async () => {
  const cluster = openMemoryCluster(1);
  const value = encodeCommand(sell("good", 5, 100_00));
  cluster.partition(commandsTopic, 0).append([{ key: logKey, value }], Date.now());
  const late = { Claim: 3, Trying: 5 };
  const log = slowLog(openMemoryLog(cluster, "exchange"), (text) => {
    const what = text.includes('"Claim"') ? "Claim" : text.includes('"Trying"') ? "Trying" : null;
    if (what === null || late[what] === 0) return false;
    late[what] -= 1;
    return true;
  });
  const group = await log.join("sauda-exchange", [commandsTopic], "each");
  const ended = new AbortController();
  const own = { termsDigest: "d", owner: "test", terms: localTerms, shard: 0, shards: 1 };
  const made = (bytes: number): string => randomBytes(bytes).toString("hex");
  const parts = { ...own, log, group, report: () => {}, clock: hasty, randomHex: made };
  const running = runExchange(parts, ended.signal);
  const outcomes = (): string[] =>
    readLog(allRecords(cluster, eventsTopic, 0)).steps.map(({ step }) =>
      step.events.map(({ type }) => type).join(" "),
    );
  const isEnded = (): boolean => outcomes().some((types) => types !== "Trying");
  await Promise.race([until("the order is decided", isEnded), running]);
  ended.abort();
  await running;
  const trying = Array.from({ length: 6 }, () => "Trying");
  const accepted = "InstrumentListed JournalPosted JournalPosted OrderAccepted JournalPosted";
  deepEqual(outcomes(), [...trying, accepted]);
});
