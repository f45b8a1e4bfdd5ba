import assert from "node:assert/strict";
import { test } from "node:test";
import { askAgain } from "../../src/kafka/ask-again.ts";

const passing = new Error("not yet");
const mayPass = (error: unknown): boolean => error === passing;

/** Asks something that throws so often; how often it was asked, and after which pauses. */
async function ask(
  times: number,
  { limitMs = 1000, error = passing, signal = new AbortController().signal } = {},
): Promise<{ readonly asked: number; readonly failed: number[]; readonly end: unknown }> {
  const failed: number[] = [];
  let asked = 0;
  const pauseMs = (before: number): number => {
    failed.push(before);
    return 1;
  };
  const question = async (): Promise<string> => {
    asked += 1;
    if (asked <= times) throw error;
    return "answer";
  };
  const policy = { limitMs, pauseMs, mayPass, signal };
  const end = await askAgain(question, policy).catch((thrown: unknown) => thrown);
  return { asked, failed, end };
}

test("what may pass is asked again until there is an answer", async () => {
  assert.deepEqual(await ask(3), { asked: 4, failed: [0, 1, 2], end: "answer" });
});

test("what does not pass is asked once, and so is what comes when the time is over", async () => {
  const wrong = new Error("wrong");
  assert.deepEqual(await ask(3, { error: wrong }), { asked: 1, failed: [], end: wrong });
  assert.deepEqual(await ask(3, { limitMs: -1 }), { asked: 1, failed: [], end: passing });
});

test("a signal ends the asking with its own reason", async () => {
  const ended = AbortSignal.abort(new Error("closed"));
  const { asked, end } = await ask(3, { signal: ended });
  assert.deepEqual([asked, end], [1, ended.reason]);
});
