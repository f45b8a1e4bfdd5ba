import { deepStrictEqual } from "node:assert/strict";
import { test } from "node:test";
import { runFlips } from "../../chaos/flips.ts";
import { groupLimitMs } from "./market-process.ts";

// The short form of `npm run chaos -- flips`.
test(
  "sauda verify finds one changed byte in a stopped market's log, snapshots and archive, and names its batch",
  { timeout: groupLimitMs },
  async (context) => {
    const seed = Number(process.env["SAUDA_SEED"] ?? Date.now() % 1_000_000);
    context.diagnostic(`seed ${seed} (SAUDA_SEED repeats it)`);
    const tell = (line: string): void => context.diagnostic(line);
    const report = await runFlips({ seed, flips: 10, orders: 300, perSecond: 300, tell });
    deepStrictEqual(report, { flips: 10, found: 10, placed: 10, missed: [] });
  },
);
