import { deepEqual, equal, match } from "node:assert/strict";
import test from "node:test";
import type { Door } from "../../src/cli/door.ts";
import type { AppendResult } from "../../src/services/log.ts";
import { act } from "./act.ts";
import { memoryTopics } from "./memory-market.ts";

/** A door whose broker answers every append with the next of these, then takes it. */
function answering(...answers: AppendResult[]): { door: Door; written: () => number } {
  const { door, values } = memoryTopics();
  const log: Door["log"] = {
    ...door.log,
    async appender(topic, partition) {
      const appender = await door.log.appender(topic, partition);
      return {
        ...appender,
        append: (records) => Promise.resolve(answers.shift() ?? appender.append(records)),
      };
    },
  };
  return { door: { ...door, log }, written: () => values("Trade_Order").length };
}

const retriable: AppendResult = { type: "refused", retriable: true, why: "no leader" };
const words = ["broker", "100,SBI,985", "200,SBI,985"];

test("a refusal that may pass is tried again, and the record is there once", async () => {
  const { door, written } = answering(retriable, retriable);
  const { code, out } = await act(door, words);
  equal(code, 0);
  equal(out.length, 2);
  equal(written(), 2);
});

test("a refusal for good is told, and the next line goes on", async () => {
  const { door, written } = answering({ type: "refused", retriable: false, why: "too large" });
  const { code, err, out } = await act(door, words);
  match(err, /not sent: too large/);
  deepEqual(out, ["ORDER BUY 200 SBI @ 985.0 -> Trade_Order-0@0"]);
  equal(code, 1);
  equal(written(), 1);
});

test("a refusal that does not pass is given up after a while", async () => {
  const { door } = answering(...Array.from({ length: 6 }, () => retriable));
  const { code, err } = await act(door, words.slice(0, 2));
  match(err, /not sent: no leader/);
  equal(code, 1);
});

test("no answer is unknown, and the record is never sent a second time", async () => {
  const { door, written } = answering({ type: "unanswered", why: "no answer in 3 s" });
  const { code, err, out } = await act(door, words);
  match(
    err,
    /unknown: no answer in 3 s; the record may or may not have been written to Trade_Order/,
  );
  equal(out.length, 1);
  equal(written(), 1);
  equal(code, 1);
});

test("--json says it too", async () => {
  const { door } = answering({ type: "unanswered", why: "no answer" });
  const { out } = await act(door, ["broker", "--json", "100,SBI,985"]);
  match(String(out[0]), /^\{"type":"unknown","why":"no answer","topic":"Trade_Order"/);
});
