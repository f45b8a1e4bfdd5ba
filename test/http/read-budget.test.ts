import { doesNotThrow, throws } from "node:assert/strict";
import { test } from "node:test";
import { ReadBudget } from "../../src/http/read-budget.ts";

test("a key saves up two seconds of reads, a list costs by its rows, and the bucket fills by the clock", () => {
  let nowMs = 0;
  const reads = new ReadBudget(20, () => nowMs);
  const list = (key: string) => () => reads.take(key, 5);
  for (let each = 0; each < 8; each += 1) doesNotThrow(list("a"));
  throws(list("a"), { code: "TOO_MANY_READS", message: /wait 250 ms/ });
  doesNotThrow(list("b"), "another key's bucket is its own");
  nowMs = 249;
  throws(list("a"));
  nowMs = 250;
  doesNotThrow(list("a"));
  throws(list("a"));
  nowMs = 60_000;
  for (let each = 0; each < 8; each += 1) doesNotThrow(list("a"));
  throws(list("a"), "no more than two seconds are saved up");
});

test("what costs more than a bucket holds may be had once it is full, and empties it for longer", () => {
  let nowMs = 0;
  const reads = new ReadBudget(20, () => nowMs);
  doesNotThrow(() => reads.take("a", 60));
  nowMs = 2_000;
  throws(() => reads.take("a", 60), { message: /wait 1000 ms/ });
  nowMs = 3_000;
  doesNotThrow(() => reads.take("a", 60));
});
