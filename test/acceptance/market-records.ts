import { strictEqual } from "node:assert/strict";
import { commandsTopic, eventsTopic, sourceTopics, topicSpecs } from "../../src/protocol/topics.ts";
import { checkMarket } from "../checker/market-check.ts";
import type { MarketCheck } from "../checker/market-check.ts";
import { readCommittedRecords } from "../kafka/committed-reader.ts";
import type { Topics } from "./records.ts";

const outputs = topicSpecs.filter(({ role }) => role === "output").map(({ name }) => name);

/**
 * Reads every topic of a market at rest and lets the independent checker judge. Throws with the first
 * problems it finds. Returns what the log says.
 */
export async function checkWholeMarket(
  topics: Topics,
  bootstrap: string,
): Promise<{ reading: MarketCheck["readings"][number]; repeats: number }> {
  const [events, commands] = [await topics.read(eventsTopic), await topics.read(commandsTopic)];
  const inputs = [];
  for (const topic of sourceTopics) {
    const topicId = (await topics.cluster.findTopic(topic))?.id ?? "";
    inputs.push({ topic, topicId, partition: 0, records: await topics.read(topic) });
  }
  const published = [];
  for (const topic of outputs) {
    const committed = await readCommittedRecords(bootstrap, topic, 0);
    const offsets = new Set(committed.map(({ offset }) => offset));
    for (const record of await topics.read(topic))
      published.push({ ...record, topic, partition: 0, isCommitted: offsets.has(record.offset) });
  }
  const parts = { events: [events], commands: [commands], inputs, published };
  const { problems, readings } = checkMarket(parts, true);
  strictEqual(problems.slice(0, 20).join("\n"), "");
  const [reading] = readings;
  if (reading === undefined) throw new Error("no reading of the one shard");
  const repeats = published.filter(({ isControl, isCommitted }) => !isControl && !isCommitted);
  return { reading, repeats: repeats.length };
}
