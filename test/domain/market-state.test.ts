import { test } from "node:test";
import { answer, buy, given, negotiate, newSource, sell } from "../given.ts";

test("R12: a source position at or below the last one taken is a repeat, whatever its outcome was", () => {
  const source = newSource({ topicId: "s" });
  const start = given([buy("b", 0, 98_500, { source })]);
  start.when(buy("other", 1, 98_500, { source })).emits(["REPEATED other of null"]);
  const before = { ...source, offset: source.offset - 1 };
  start.when(answer("CONFIRM", "n", { source: before })).emits(["REPEATED null of null"]);
  start
    .when(sell("s", 1, null, { source: { ...source, partition: 1 } }))
    .emitsOf(["ACCEPTED"], ["ACCEPTED O-0-3 s SELL 1 SBIN"]);
  start
    .when(sell("t", 1, null, { source: { ...source, topicId: "anew" } }))
    .emitsOf(["ACCEPTED"], ["ACCEPTED O-0-4 t SELL 1 SBIN"]);
});

test("the outcome of an earlier input does not open its source again", () => {
  const at = (offset: number) => newSource({ topicId: "one", offset });
  const start = given([
    answer("CONFIRM", "n", { source: at(5) }),
    buy("b", 1, 500, { source: at(6) }),
    negotiate("n", 1, 500, { source: newSource({ topicId: "two" }) }),
  ]);
  start.when(buy("b2", 1, 500, { source: at(6) })).emits(["REPEATED b2 of null"]);
});

test("an unreadable record is a dead letter once; one without a source each time", () => {
  const original = { keyBase64: null, valueBase64: "//8=" };
  const unreadable = {
    type: "Unreadable",
    reason: "NOT_UTF8",
    detail: "value: bytes ff ff",
    original,
  } as const;
  const source = newSource();
  const start = given([]);
  start.when({ ...unreadable, source }).emits(["DEAD NOT_UTF8"]);
  start.when({ ...unreadable, source }).emits(["REPEATED null of null"]);
  start.when({ ...unreadable, source: null }).emits(["DEAD NOT_UTF8"]);
  start.when({ ...unreadable, source: null }).emits(["DEAD NOT_UTF8"]);
});

test("R12: missing inputs are noted once, and what lies below them is a repeat", () => {
  const source = newSource({ topicId: "gap", offset: 9 });
  const start = given([]);
  start.when({ type: "InputsMissing", from: 0, to: 9, source }).emits(["MISSING 0 to 9"]);
  start.when({ type: "InputsMissing", from: 0, to: 9, source }).emits(["REPEATED null of null"]);
  start.when(buy("b", 1, 500, { source })).emits(["REPEATED b of null"]);
});
