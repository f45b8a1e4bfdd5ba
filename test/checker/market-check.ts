import { checkAnswers } from "./answers.ts";
import { checkCommands, checkQuarantine } from "./commands.ts";
import { checkInputs, type InputPartition } from "./inputs.ts";
import { checkJournals } from "./journals.ts";
import { readLog, type LogReading, type RawRecord } from "./log-reading.ts";
import { checkOrders } from "./orders.ts";
import { checkPublications, type PublishedRecord } from "./publications.ts";

/** All there is to see of a market from outside: what lies in its topics. */
export type MarketRecords = {
  /** By shard: the partitions of `sauda.events` and `sauda.commands`. */
  readonly events: readonly (readonly RawRecord[])[];
  readonly commands: readonly (readonly RawRecord[])[];
  readonly inputs: readonly InputPartition[];
  readonly published: readonly PublishedRecord[];
};

/** The verdict. `readings` is what the log of each shard says. */
export type MarketCheck = {
  readonly problems: readonly string[];
  readonly readings: readonly LogReading[];
};

/**
 * Checks a whole market from the records in its topics alone. `isComplete`: it is at rest, so
 * nothing may be undecided or unpublished.
 */
export function checkMarket(records: MarketRecords, isComplete: boolean): MarketCheck {
  const readings = records.events.map(readLog);
  const shards = readings.map(({ steps }) => steps);
  const problems = readings.flatMap(({ steps, stop }, shard) => {
    const stopped = stop === null ? [] : [`the log stops at offset ${stop.offset}: ${stop.why}`];
    const own = [
      ...stopped,
      ...checkCommands(steps, records.commands[shard] ?? [], isComplete),
      ...checkQuarantine(steps),
      ...checkJournals(steps),
      ...checkOrders(steps),
      ...checkAnswers(records.inputs, steps),
    ];
    return own.map((problem) => `shard ${shard}: ${problem}`);
  });
  problems.push(...checkInputs(records.inputs, shards, isComplete));
  problems.push(...checkPublications(shards, records.published, isComplete));
  return { problems, readings };
}
