import { deepStrictEqual } from "node:assert/strict";
import { test } from "node:test";
import { runStorm } from "../../chaos/storm.ts";
import { groupLimitMs } from "./market-process.ts";

// The short form of `npm run chaos`. R12 is in it: the checker finds exactly one decision for each
// source offset although the intake dies at a random moment under order flow.
test(
  "exchange, publisher, intake and Kafka are killed under orders; every order settles exactly once",
  { timeout: groupLimitMs },
  async (context) => {
    const seed = Number(process.env["SAUDA_SEED"] ?? Date.now() % 1_000_000);
    context.diagnostic(`seed ${seed} (SAUDA_SEED repeats it)`);
    const tell = (line: string): void => context.diagnostic(line);
    const storm = {
      seed,
      orders: 900,
      perSecond: 300,
      rounds: 2,
      kafkaKills: 1,
      settlement: "instant",
      tell,
    } as const;
    const report = await runStorm(storm);
    deepStrictEqual(report.kills, { exchange: 2, publisher: 2, intake: 2, kafka: 1 });
    context.diagnostic(
      `${report.claims} claims; ${report.relayRepeats} relay repeats dropped; ` +
        `${report.uncommitted} records left uncommitted`,
    );
  },
);
