import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { readCommand } from "../../src/protocol/log/command-record.ts";
import { commandType } from "../../src/protocol/log/shapes/margin-events.ts";
import { wordsIn } from "../checker/shape-text.ts";
import { decideAgain, type Decided } from "./decided-again.ts";
import { recordings } from "./recordings.ts";

const count = 3_000;
const [orders, cycle] = recordings(count);
ok(orders !== undefined && cycle !== undefined);

for (const recording of [orders, cycle])
  test(`commands decided ten times, in batches of other sizes and by writers that go on from snapshots, give one digest: ${recording.name}`, async () => {
    const { length } = recording.commands;
    const rounds: Decided[] = [];
    for (const [sliceMax, share] of [
      [1, 0.3],
      [2, Infinity],
      [7, 0.5],
      [13, 0.1],
      [100, Infinity],
      [250, 0.6],
      [999, 0.4],
      [1_000, 0.2],
      [2_399, 1 / length],
      [5_000, Infinity],
    ] as const) {
      const endsAfter = Math.ceil(share * length);
      rounds.push(await decideAgain(recording, { sliceMax, endsAfter }));
    }
    equal(new Set(rounds.map(({ digest }) => digest)).size, 1, JSON.stringify(rounds, null, 1));
    ok(rounds.every(({ steps }) => steps >= length));
    const sizes = new Set(rounds.map(({ records }) => records));
    ok(sizes.size >= 6, `the logs differ in their records: ${[...sizes].join(", ")}`);
    ok(rounds.some(({ claims, restored }) => claims >= 4 && restored >= claims - 1));
  });

test("what is decided again is of every kind: each command, a halt and its end, days of clearing", async () => {
  const [kinds, seen] = [new Set<string>(), new Set<string>()];
  for (const recording of recordings(10_000)) {
    for (const { key, value } of recording.commands) kinds.add(readCommand(key, value).type);
    const { events } = await decideAgain(recording, { sliceMax: 1_000, endsAfter: Infinity });
    for (const type of events) seen.add(type);
  }
  deepEqual([...kinds].toSorted(), wordsIn(commandType.text));
  for (const type of ["Quarantined", "HaltLifted", "TradeAffirmed", "SettlementCompleted"])
    ok(seen.has(type), `${type} of ${[...seen].join(", ")}`);
  ok(seen.size > 55, `${seen.size} kinds of events`);
});

test("one command that is another one gives another digest", async () => {
  const round = { sliceMax: 1_000, endsAfter: Infinity };
  const all = { ...orders, firstWriters: [] };
  const as = orders.commands.slice(0, 300);
  const other = [...orders.commands.slice(0, 299), ...orders.commands.slice(300, 301)];
  const one = await decideAgain({ ...all, commands: as }, round);
  const two = await decideAgain({ ...all, commands: other }, round);
  notEqual(one.digest, two.digest);
  deepEqual([one.steps, two.steps], [300, 300]);
});
