import { deepStrictEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { runStorm } from "../../chaos/storm.ts";
import { groupLimitMs } from "./market-process.ts";

// The short form of `npm run chaos`. R12 is in it: the checker finds exactly one decision for each
// source offset although the intake dies at a random moment under order flow.
test(
  "every process of a market with snapshots is killed under orders: each order settles exactly once, and each snapshot leads to the state that the log has from 0",
  { timeout: groupLimitMs },
  async (context) => {
    const seed = Number(process.env["SAUDA_SEED"] ?? Date.now() % 1_000_000);
    context.diagnostic(`seed ${seed} (SAUDA_SEED repeats it)`);
    const tell = (line: string): void => context.diagnostic(line);
    const storm = {
      seed,
      orders: 900,
      perSecond: 150,
      rounds: 2,
      kafkaKills: 1,
      resting: 2000,
      snapshotSteps: 50,
      settlement: "instant",
      tell,
    } as const;
    const report = await runStorm(storm);
    const twice = { exchange: 2, standby: 2, publisher: 2, intake: 2, gateway: 2, books: 2 };
    deepStrictEqual(report.kills, { ...twice, postgres: 2, kafka: 1 });
    ok(report.restored > 0, "no start went on from a snapshot");
    ok(report.snapshots > 0, "no snapshot was compared");
    context.diagnostic(
      `${report.restored} starts from snapshots; ${report.snapshots} snapshots compared, ` +
        `${report.half} half written`,
    );
    context.diagnostic(
      `${report.claims} claims; ${report.relayRepeats} relay repeats dropped; ` +
        `${report.uncommitted} records left uncommitted`,
    );
  },
);
