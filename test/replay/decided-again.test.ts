import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { decideAgain, recordedCommands, type Decided } from "./decided-again.ts";

const count = 2_400;
const commands = recordedCommands(count);

test("commands decided ten times, in batches of other sizes and by writers that go on from snapshots, give one digest", async () => {
  const rounds: Decided[] = [];
  for (const [sliceMax, endsAfter] of [
    [1, Infinity],
    [2, 700],
    [7, Infinity],
    [13, 600],
    [100, Infinity],
    [250, 1_500],
    [999, 1_000],
    [1_000, Infinity],
    [2_399, 1],
    [5_000, Infinity],
  ] as const)
    rounds.push(await decideAgain(commands, { sliceMax, endsAfter }));
  equal(new Set(rounds.map(({ digest }) => digest)).size, 1, JSON.stringify(rounds, null, 1));
  ok(rounds.every(({ steps }) => steps >= count));
  const sizes = new Set(rounds.map(({ records }) => records));
  ok(sizes.size >= 7, `the logs differ in their records: ${[...sizes].join(", ")}`);
  ok(rounds.some(({ claims, restored }) => claims >= 4 && restored === claims - 1));
});

test("one command that is another one gives another digest", async () => {
  const round = { sliceMax: 1_000, endsAfter: Infinity };
  const [as, other] = [commands.slice(0, 300), [...commands.slice(0, 299), commands[300]]];
  const [one, two] = [
    await decideAgain(as, round),
    await decideAgain(
      other.filter((each) => each !== undefined),
      round,
    ),
  ];
  notEqual(one.digest, two.digest);
  deepEqual([one.steps, two.steps], [300, 300]);
});
