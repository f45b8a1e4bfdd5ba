import { deepEqual, equal, match } from "node:assert/strict";
import test from "node:test";
import type { LogClient } from "../../src/cli/log-client.ts";
import type { AppendResult } from "../../src/services/log.ts";
import { realClock } from "../../src/services/clock.ts";
import { act, personAtTerminal } from "./act.ts";
import { memoryTopics } from "./memory-market.ts";
import { until } from "../acceptance/market-process.ts";

/** A log whose broker answers every append with the next of these, then takes it. */
function answering(...answers: AppendResult[]): { logClient: LogClient; written: () => number } {
  const { logClient, values } = memoryTopics();
  const log: LogClient["log"] = {
    ...logClient.log,
    async appender(topic, partition) {
      const appender = await logClient.log.appender(topic, partition);
      return {
        ...appender,
        append: (records) => Promise.resolve(answers.shift() ?? appender.append(records)),
      };
    },
  };
  return { logClient: { ...logClient, log }, written: () => values("Trade_Order").length };
}

const retriable: AppendResult = { type: "refused", retriable: true, why: "no leader" };
const words = ["broker", "100,SBI,985", "200,SBI,985"];

test("a refusal that may pass is tried again, and the record is there once", async () => {
  const { logClient, written } = answering(retriable, retriable);
  const { code, out } = await act(logClient, words);
  equal(code, 0);
  equal(out.length, 2);
  equal(written(), 2);
});

test("a refusal for good is told, and the next line goes on", async () => {
  const { logClient, written } = answering({ type: "refused", retriable: false, why: "too large" });
  const { code, err, out } = await act(logClient, words);
  match(err, /not sent: too large/);
  deepEqual(out, ["ORDER BUY 200 SBI @ 985.0 -> Trade_Order-0@0"]);
  equal(code, 1);
  equal(written(), 1);
});

test("a refusal that does not pass is given up after a while", async () => {
  const { logClient } = answering(...Array.from({ length: 6 }, () => retriable));
  const { code, err } = await act(logClient, words.slice(0, 2));
  match(err, /not sent: no leader/);
  equal(code, 1);
});

test("no answer is unknown, and the record is never sent a second time", async () => {
  const { logClient, written } = answering({ type: "unanswered", why: "no answer in 3 s" });
  const { code, err, out } = await act(logClient, words);
  match(
    err,
    /unknown: no answer in 3 s; the record may or may not have been written to Trade_Order/,
  );
  equal(out.length, 1);
  equal(written(), 1);
  equal(code, 1);
});

test("a broker that cannot be reached is asked again, and the next line goes on", async () => {
  const { logClient, values } = memoryTopics();
  let failures = 2;
  const log: LogClient["log"] = {
    ...logClient.log,
    appender: (topic, partition) =>
      (failures -= 1) >= 0
        ? Promise.reject(new Error("connection refused"))
        : logClient.log.appender(topic, partition),
  };
  equal((await act({ ...logClient, log }, words)).code, 0);
  equal(values("Trade_Order").length, 2);
  failures = 6;
  const { code, err, out } = await act({ ...logClient, log }, words);
  match(err, /not sent: connection refused/);
  equal(out.length, 1);
  equal(code, 1);
});

test("a topic made anew between two lines takes the second one", async () => {
  const { logClient, cluster, values } = memoryTopics();
  const log: LogClient["log"] = {
    ...logClient.log,
    async appender(topic, partition) {
      const { id } = cluster.topic(topic);
      const appender = await logClient.log.appender(topic, partition);
      return {
        ...appender,
        append: (records) =>
          cluster.topic(topic).id === id
            ? appender.append(records)
            : Promise.resolve({ type: "refused", retriable: false, why: "made anew" }),
      };
    },
  };
  const terminal = personAtTerminal();
  const acted = act({ ...logClient, log }, ["broker"], { terminal });
  terminal.keys.write("100,SBI,985\n");
  await until("the record is there", () => values("Trade_Order").length !== 0);
  await realClock.sleep(20);
  cluster.createTopic("Trade_Order", 1, {});
  terminal.keys.write("200,SBI,985\nexit\n");
  equal((await acted).code, 0);
  equal(values("Trade_Order").length, 1);
});

test("an append that throws is indeterminate like one without an answer", async () => {
  const { logClient, values } = memoryTopics();
  const log: LogClient["log"] = {
    ...logClient.log,
    async appender(topic, partition) {
      const appender = await logClient.log.appender(topic, partition);
      return {
        ...appender,
        async append(records) {
          await appender.append(records);
          throw new Error("after it was written");
        },
      };
    },
  };
  const { err } = await act({ ...logClient, log }, ["broker", "100,SBI,985"]);
  match(err, /unknown: after it was written/);
  equal(values("Trade_Order").length, 1);
});

test("--json says it too", async () => {
  const { logClient } = answering({ type: "unanswered", why: "no answer" });
  const { out } = await act(logClient, ["broker", "--json", "100,SBI,985"]);
  match(String(out[0]), /^\{"type":"unknown","why":"no answer","topic":"Trade_Order"/);
});
