import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/memory/random.ts";
import {
  checkpointAt,
  checkpointBefore,
  nearby,
  newLogCheckpoints,
  noteCheckpoint,
} from "../../src/services/log-checkpoints.ts";
import { foldRecord, newLogFold, readerStateOf } from "../../src/services/log-fold.ts";
import { makeMarketLog } from "../postgres/market-log.ts";

const { records } = makeMarketLog(3, 6_000);
const log = records.map((record, offset) => ({
  ...record,
  offset,
  timestampMs: 0,
  isControl: false,
}));

test("a reader that begins at any checkpoint ends as one that began at the first record", () => {
  const whole = newLogFold();
  const checkpoints = newLogCheckpoints();
  for (const record of log) {
    noteCheckpoint(checkpoints, whole);
    foldRecord(whole, record);
  }
  ok(checkpoints.kept.length > 3, `${checkpoints.kept.length} checkpoints`);
  for (const state of checkpoints.kept) {
    const fold = { ...newLogFold(), ...state };
    for (const record of log.slice(state.offset))
      ok(foldRecord(fold, record).type !== "stop", `from ${state.offset}`);
    deepEqual(readerStateOf(fold), readerStateOf(whole));
  }
});

test("the checkpoint before an offset or a command is the newest that is", () => {
  const checkpoints = newLogCheckpoints();
  const fold = newLogFold();
  for (const record of log) {
    noteCheckpoint(checkpoints, fold);
    foldRecord(fold, record);
  }
  const random = new Random(1);
  for (let turn = 0; turn < 200; turn += 1) {
    const offset = random.between(0, log.length - 1);
    const found = checkpointAt(checkpoints, offset);
    ok(found !== undefined && found.offset <= offset && offset - found.offset < nearby.records);
    const command = random.between(0, fold.lastCause?.offset ?? 0);
    const before = checkpointBefore(checkpoints, command);
    ok(before !== undefined && (before.lastCause?.offset ?? -1) < command);
    const next = checkpoints.kept[checkpoints.kept.indexOf(before) + 1];
    ok(next === undefined || (next.lastCause?.offset ?? -1) >= command);
  }
  equal(checkpointAt(newLogCheckpoints(), 5), undefined);
});

test("checkpoints are bounded: of the older ones every second leaves, the first stays", () => {
  const checkpoints = newLogCheckpoints(10);
  const fold = newLogFold();
  for (let each = 0; each < 1_000; each += 1) {
    fold.offset = each * nearby.records;
    noteCheckpoint(checkpoints, fold);
    ok(checkpoints.kept.length <= 10);
  }
  equal(checkpoints.kept[0]?.offset, 0);
  equal(checkpoints.kept.at(-1)?.offset, 999 * nearby.records);
});
