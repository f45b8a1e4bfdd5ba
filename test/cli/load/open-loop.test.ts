import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { keepSchedule } from "../../../src/cli/load/open-loop.ts";

type Sent = { readonly index: number; readonly dueMs: number; readonly atMs: number };

async function keep(
  perSecond: number,
  count: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  const send = (index: number, dueMs: number): void =>
    void sent.push({ index, dueMs, atMs: performance.now() });
  equal(await keepSchedule({ perSecond, count }, send, signal), sent.length);
  return sent;
}

test("each order is due by a timetable that nothing moves, and none is sent before", async () => {
  const sent = await keep(1_000, 300);
  equal(sent.length, 300);
  const [first] = sent;
  for (const { index, dueMs, atMs } of sent) {
    ok(Math.abs(dueMs - (first?.dueMs ?? 0) - index) < 0.001);
    ok(atMs >= dueMs);
  }
});

test("a stall of the generator itself leaves no order out: what was due meanwhile is late", async () => {
  const keeping = keep(1_000, 600);
  await sleep(50);
  const untilMs = performance.now() + 300;
  while (performance.now() < untilMs); // nothing else runs in this process
  const sent = await keeping;
  equal(sent.length, 600);
  const late = sent.filter(({ dueMs, atMs }) => atMs - dueMs > 100);
  ok(late.length >= 190, `${late.length} late`);
  const lasted = (sent.at(-1)?.dueMs ?? 0) - (sent[0]?.dueMs ?? 0);
  ok(Math.abs(lasted - 599) < 0.001, `${lasted} ms`);
});

test("a change of the date moves nothing", async () => {
  const keeping = keep(500, 200);
  const { now } = Date;
  await sleep(50);
  Date.now = () => now() + 3_600_000;
  try {
    const sent = await keeping;
    equal(sent.length, 200);
    ok(sent.every(({ dueMs, atMs }) => atMs - dueMs < 3_000));
  } finally {
    Date.now = now;
  }
});

test("the signal ends it, and it says how many were sent", async () => {
  const ended = new AbortController();
  setTimeout(() => ended.abort(), 100);
  const sent = await keep(100, 1_000_000, ended.signal);
  ok(sent.length > 0 && sent.length < 1_000, `${sent.length}`);
});
