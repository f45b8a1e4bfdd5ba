import { strictEqual } from "node:assert/strict";
import {
  commandsTopic,
  eventsTopic,
  publishedTopic,
  sourceTopics,
  topicSpecs,
} from "../../src/protocol/topics.ts";
import { checkMarket, type MarketCheck } from "../checker/market-check.ts";
import type { PublishedRecord } from "../checker/publications.ts";
import { readCommittedRecords } from "../kafka/committed-reader.ts";
import type { Topics } from "./records.ts";

const outputs = topicSpecs.filter(({ role }) => role === "output").map(({ name }) => name);

/**
 * What a whole market came to. `uncommitted`: public records that only readers without
 * read_committed see.
 */
type Judged = {
  readonly reading: MarketCheck["readings"][number];
  readonly uncommitted: number;
};

/**
 * Reads every topic of a market at rest and lets the independent checker judge. What publishers
 * left uncommitted must be a repeat: the id and the bytes of a record that is committed. Throws
 * with the first problems found, but those that are expected of a market with a planted bug.
 */
export async function checkWholeMarket(
  topics: Topics,
  bootstrap: string,
  isExpected: (problem: string) => boolean = () => false,
): Promise<Judged> {
  const [events, commands] = [await topics.read(eventsTopic), await topics.read(commandsTopic)];
  const inputs = [];
  for (const topic of sourceTopics) {
    const state = await topics.cluster.findTopic(topic);
    for (let partition = 0; partition < (state?.partitions ?? 0); partition += 1) {
      // What was aborted was never said (R13).
      const committed = await readCommittedRecords(bootstrap, topic, partition);
      const offsets = new Set(committed.map(({ offset }) => offset));
      const all = await topics.read(topic, 0, partition);
      const records = all.filter(({ offset }) => offsets.has(offset));
      inputs.push({ topic, topicId: state?.id ?? "", partition, records });
    }
  }
  const published = await readPublished(topics, bootstrap);
  const parts = { events: [events], commands: [commands], inputs, published };
  const { problems, readings } = checkMarket(parts, true);
  const uncommitted = published.filter((one) => !one.isControl && !one.isCommitted);
  const unexpected = problems.filter((problem) => !isExpected(problem));
  const all = [...unexpected, ...findStrays(published, uncommitted)];
  strictEqual(all.slice(0, 20).join("\n"), "");
  const [reading] = readings;
  if (reading === undefined) throw new Error("no reading of the one shard");
  return { reading, uncommitted: uncommitted.length };
}

async function readPublished(topics: Topics, bootstrap: string): Promise<PublishedRecord[]> {
  const published: PublishedRecord[] = [];
  for (const topic of outputs) {
    const committed = await readCommittedRecords(bootstrap, topic, 0);
    const offsets = new Set(committed.map(({ offset }) => offset));
    for (const record of await topics.read(topic))
      published.push({ ...record, topic, partition: 0, isCommitted: offsets.has(record.offset) });
  }
  return published;
}

/** Uncommitted records that nobody with read_committed ever sees under their id. */
function findStrays(
  published: readonly PublishedRecord[],
  uncommitted: readonly PublishedRecord[],
): string[] {
  const idOf = ({ topic, headers }: PublishedRecord): string =>
    `${topic} ${headers.find(([name]) => name === "sauda-id")?.[1] ?? "without an id"}`;
  const committed = new Set(published.filter((one) => one.isCommitted).map(idOf));
  const strays = uncommitted.filter(({ topic }) => topic !== publishedTopic);
  return strays.flatMap((record) =>
    committed.has(idOf(record)) ? [] : [`only uncommitted: ${idOf(record)}`],
  );
}
