import { sourceTopics, type TopicName } from "../protocol/topics.ts";
import { unlessMissing } from "./log-errors.ts";
import type { MarketLog, OpenTransaction } from "./log.ts";

/** A partition of a source that waits for a stranger's transaction to end (R13). */
export type HeldSource = OpenTransaction & {
  readonly topic: TopicName;
  readonly partition: number;
};

/** A transaction is open for a moment whenever one is used: it holds nobody up before this. */
const heldAfterMs = 1000;

/** The partitions that are held back now, and by whom. Nothing else waits. */
export async function findHeldSources(log: MarketLog): Promise<HeldSource[]> {
  const found = await Promise.all(sourceTopics.map((topic) => findHeldIn(log, topic)));
  return found.flat();
}

async function findHeldIn(log: MarketLog, topic: TopicName): Promise<HeldSource[]> {
  const held: HeldSource[] = [];
  const partitions = await countPartitions(log, topic);
  for (let partition = 0; partition < partitions; partition += 1) {
    for (const open of await log.openTransactions(topic, partition))
      if (open.ageMs >= heldAfterMs) held.push({ topic, partition, ...open });
  }
  return held;
}

/** None where there is no such topic: that is told as its own trouble. */
export async function countPartitions(log: MarketLog, topic: TopicName): Promise<number> {
  return (await unlessMissing(log.partitions(topic))) ?? 0;
}
