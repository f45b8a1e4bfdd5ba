import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { atMostOnceIn } from "../../src/services/at-most-once-in.ts";

/** What asks, with answers that the test gives, and a clock that it moves. */
function asked() {
  const answers: PromiseWithResolvers<number>[] = [];
  let nowMs = 0;
  const ask = atMostOnceIn(
    400,
    () => nowMs,
    () => {
      const answer = Promise.withResolvers<number>();
      answers.push(answer);
      return answer.promise;
    },
  );
  return { ask, answers, pass: (ms: number) => void (nowMs += ms) };
}

test("within the time all get one answer, after it another", async () => {
  const { ask, answers, pass } = asked();
  const both = [ask(), ask()];
  answers[0]?.resolve(1);
  deepEqual(await Promise.all(both), [1, 1]);
  pass(400);
  equal(await ask(), 1);
  pass(1);
  const later = ask();
  answers[1]?.resolve(2);
  equal(await later, 2);
});

test("while an answer is still to come nobody asks again, however long it takes", async () => {
  const { ask, answers, pass } = asked();
  const all = Array.from({ length: 100 }, () => {
    pass(1_000);
    return ask();
  });
  equal(answers.length, 1);
  answers[0]?.reject(new Error("away"));
  for (const one of all) await rejects(one, /away/);
  pass(1_000);
  void ask();
  equal(answers.length, 2);
});
