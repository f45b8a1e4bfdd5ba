import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { newMarketRecords, noteStep } from "../../src/services/records/market-records.ts";
import { placeOf } from "../../src/services/step-place.ts";
import { recordedSteps } from "./snapshot-market.ts";

for (const name of ["clearing-crowd-5", "instant-crowd-3"])
  test(`what a log tells is counted, each event once (${name})`, () => {
    const records = newMarketRecords();
    const steps = recordedSteps(name);
    const naive: Record<string, number> = {};
    let paise = 0n;
    for (const [index, step] of steps.entries()) {
      const { changes } = noteStep(records, step, placeOf(step, 0, index + 1, index));
      for (const change of changes)
        if (change.type === "Trade" && change.state === "Settled")
          naive["TradeSettled"] = (naive["TradeSettled"] ?? 0) + 1;
      for (const event of step.events) {
        naive[event.type] = (naive[event.type] ?? 0) + 1;
        if (event.type === "TradeExecuted") paise += BigInt(event.amountPaise);
      }
    }
    const { counts } = records;
    const sum = (words: ReadonlyMap<string, number>): number =>
      [...words.values()].reduce((all, count) => all + count, 0);
    const { OrderRejected = 0, RequestRejected = 0, Repeated = 0, DeadLettered = 0 } = naive;
    deepEqual(
      {
        orders: sum(counts.orders),
        trades: sum(counts.trades),
        rejects: sum(counts.rejects),
        repeats: counts.repeats,
        deadLetters: sum(counts.deadLetters),
        settlements: counts.settlements,
      },
      {
        orders: naive["OrderAccepted"],
        trades: naive["TradeExecuted"],
        rejects: OrderRejected + RequestRejected,
        repeats: Repeated,
        deadLetters: DeadLettered,
        settlements: naive["TradeSettled"],
      },
    );
    equal(counts.tradedPaise, paise);
  });
