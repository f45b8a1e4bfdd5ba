import assert from "node:assert/strict";
import { test } from "node:test";
import { localTerms } from "../../src/domain/facts/terms.ts";
import {
  allRecords,
  openMemoryCluster,
  type MemoryCluster,
} from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { logKey, readLogRecord } from "../../src/protocol/log/log-record.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import { realClock } from "../../src/services/clock.ts";
import { runExchange, type ExchangeReport } from "../../src/services/exchange.ts";
import { newWriterClock } from "../../src/services/writer-clock.ts";

const hourMs = 3_600_000;

/**
 * An exchange on a log whose broker's clock is this machine's, with a clock of its own that can
 * be set.
 */
async function withExchange(
  work: (market: {
    readonly cluster: MemoryCluster;
    readonly reports: readonly ExchangeReport[];
    readonly setAheadMs: (ms: number) => void;
    /** Sends a command and returns the time of its step. */
    readonly decide: () => Promise<number>;
  }) => Promise<void>,
): Promise<void> {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "exchange");
  const group = await log.join("exchange", [commandsTopic], "each");
  const ended = new AbortController();
  const reports: ExchangeReport[] = [];
  let aheadMs = 0;
  const running = runExchange(
    {
      log,
      group,
      shard: 0,
      shards: 1,
      terms: localTerms,
      termsDigest: "test",
      clock: { ...realClock, nowMs: () => Date.now() + aheadMs },
      randomHex: (bytes) => "ab".repeat(bytes),
      owner: "test",
      report: (one) => void reports.push(one),
    },
    ended.signal,
  );
  const decide = async (): Promise<number> => {
    const value = encodeCommand({ type: "Tick" });
    const offset = cluster.partition(commandsTopic, 0).append([{ key: logKey, value }], Date.now());
    const untilMs = performance.now() + 10_000;
    for (;;) {
      const step = stepOf(cluster, offset);
      if (step !== undefined) return step.at;
      assert.ok(performance.now() < untilMs, "the command is decided within 10 s");
      await realClock.sleep(5);
    }
  };
  try {
    await work({ cluster, reports, setAheadMs: (ms) => void (aheadMs = ms), decide });
  } finally {
    ended.abort();
    await running;
    await log.close();
  }
}

function stepOf(cluster: MemoryCluster, command: number): { readonly at: number } | undefined {
  return allRecords(cluster, eventsTopic, 0)
    .flatMap(({ key, value }) => {
      const read = readLogRecord(key, value);
      return read.ok && read.value?.type === "Steps" ? read.value.steps : [];
    })
    .find(({ cause }) => cause.offset === command);
}

function alarms(reports: readonly ExchangeReport[]): string[] {
  return reports.flatMap((one) => (one.type === "alarm" ? [one.what] : []));
}

test("R11: a writer's clock an hour ahead for a while moves the market's clock by no more than the broker's", async () => {
  await withExchange(async ({ reports, setAheadMs, decide }) => {
    const before = await decide();
    setAheadMs(hourMs);
    const during = await decide();
    assert.ok(during - before < 10_000, `the step is ${during - before} ms after the one before`);
    assert.match(alarms(reports).join("\n"), /360\d{4} ms ahead of the broker's/);
    await realClock.sleep(30);
    const later = await decide();
    assert.ok(later > during, "time goes on by the broker's clock");
    setAheadMs(0);
    const after = await decide();
    assert.ok(Math.abs(after - Date.now()) < 2_000, `${after - Date.now()} ms from now`);
    assert.equal(alarms(reports).length, 1);
  });
});

test("R11: a writer's clock that is ahead when it claims is not believed either", async () => {
  await withExchange(async ({ reports, setAheadMs, decide }) => {
    setAheadMs(hourMs);
    const at = await decide();
    assert.ok(at - Date.now() < 5_000);
    assert.equal(alarms(reports).length, 1);
  });
});

test("R11: a writer's clock an hour behind raises an alarm, and the market's clock stands still", async () => {
  await withExchange(async ({ reports, setAheadMs, decide }) => {
    const before = await decide();
    setAheadMs(-hourMs);
    await decide();
    assert.equal(await decide(), before);
    assert.match(alarms(reports).join("\n"), /ms behind the broker's/);
  });
});

test("R11: a machine that slept is asked for the broker's time before its own is doubted", () => {
  let [nowMs, elapsedMs] = [1_000_000, 0];
  const alarms: string[] = [];
  const clock = { ...realClock, nowMs: () => nowMs, elapsedMs: () => elapsedMs };
  const time = newWriterClock(clock, (what) => void alarms.push(what));
  time.heard(1_000_000, elapsedMs);
  assert.equal(time.isDoubtful(), false);
  nowMs += hourMs; // asleep: the date went on, the count of milliseconds did not
  elapsedMs += 10;
  assert.equal(time.isDoubtful(), true);
  time.heard(nowMs, elapsedMs);
  assert.equal(time.isDoubtful(), false);
  assert.equal(time.nowMs(), nowMs);
  assert.deepEqual(alarms, []);
});

test("R11: a writer that was paused while its append was under way raises no alarm of its clock", () => {
  let [nowMs, elapsedMs] = [1_000_000, 0];
  const alarms: string[] = [];
  const clock = { ...realClock, nowMs: () => nowMs, elapsedMs: () => elapsedMs };
  const time = newWriterClock(clock, (what) => void alarms.push(what));
  const sentAtMs = elapsedMs;
  nowMs += hourMs; // SIGSTOP, an hour, SIGCONT
  elapsedMs += hourMs;
  time.heard(1_000_005, sentAtMs);
  assert.equal(time.isDoubtful(), true, "it may be ahead as well: the broker is asked");
  time.heard(nowMs, elapsedMs);
  assert.equal(time.isDoubtful(), false);
  assert.equal(time.nowMs(), nowMs);
  assert.deepEqual(alarms, []);
});
