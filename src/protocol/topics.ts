import { deadLetterBatchBytesMax, logBatchBytesMax } from "./carriage.ts";

/** Who may write a topic, and who reads it. */
export type TopicRole = "internal" | "input" | "output";

/**
 * What a topic must be. `partitions` "shards": one for each shard of the market, its number
 * the shard's.
 */
export type TopicSpec<Name extends string = TopicName, Role extends TopicRole = TopicRole> = {
  readonly name: Name;
  readonly role: Role;
  readonly partitions: "shards" | 1;
  readonly key: string;
  readonly written: string;
  /** Settings given when it is made, and checked at every start where `checked` names them (R1). */
  readonly config: Readonly<Record<string, string>>;
  readonly checked: readonly string[];
};

const forEver = { "cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1" };
const thirtyDays = { "cleanup.policy": "delete", "retention.ms": String(30 * 24 * 3600 * 1000) };
/** Kafka's time of a record of ours is the broker's: a writer's clock is compared with it (R11). */
const brokerTime = { "message.timestamp.type": "LogAppendTime" };
/** What one batch may hold (R22). */
const logBatches = { "max.message.bytes": String(logBatchBytesMax) };
/** Old snapshots are deleted by their keys; a segment is compacted only once it is closed. */
const compactedSnapshots = {
  ...logBatches,
  "cleanup.policy": "compact",
  "segment.bytes": String(64 * 1024 * 1024),
  "delete.retention.ms": "60000",
};
const truth = [
  "cleanup.policy",
  "retention.ms",
  "retention.bytes",
  "max.message.bytes",
  "message.timestamp.type",
];

function internal<Name extends string>(name: Name, written: string): TopicSpec<Name, "internal"> {
  const config = { ...forEver, ...logBatches, ...brokerTime };
  return {
    name,
    role: "internal",
    partitions: "shards",
    key: "sauda",
    written,
    config,
    checked: truth,
  };
}

function input<Name extends string>(name: Name, written: string): TopicSpec<Name, "input"> {
  return {
    name,
    role: "input",
    partitions: 1,
    key: "none",
    written,
    config: thirtyDays,
    checked: [],
  };
}

function output<Name extends string>(
  name: Name,
  partitions: "shards" | 1,
  key: string,
): TopicSpec<Name, "output"> {
  return {
    name,
    role: "output",
    partitions,
    key,
    written: "publisher",
    config: thirtyDays,
    checked: [],
  };
}

/** What the market is asked, in the order it answers. Partition = shard of the symbol. */
export const commandsTopic = "sauda.commands";
/** The truth: what every command caused. */
export const eventsTopic = "sauda.events";
/** The publisher's marks that it has begun, by shard; compacted. */
export const publishedTopic = "sauda.published";
/** The market's state as of a place in the log, so that nobody need read all of it; compacted. */
export const snapshotsTopic = "sauda.snapshots";
/** Records nobody could read or use, with their original bytes. */
export const deadLettersTopic = "sauda.dead-letters";
/** Orders and requests of anybody who is not a seed's program. */
export const ordersTopic = "sauda.orders";

/** Where the seeds' readers look for the shares of a trade, and for its payment, by its kind. */
export const legTopics = {
  negotiated: ["Demat_allocation", "Cash_movement"],
  book: ["demat-transfers", "cash-movements"],
} as const;

const specs = [
  input("Trade_Order", "flow A's broker"),
  input("Counter_party", "flow A's counterparty"),
  input("buy-orders", "flow B's buyer"),
  input("sell-offers", "flow B's seller"),
  { ...input(ordersTopic, "anybody"), key: "symbol" },
  internal(commandsTopic, "intake, exchange (ticks)"),
  internal(eventsTopic, "exchange"),
  {
    ...internal(snapshotsTopic, "a standby exchange"),
    key: "shard, snapshot, number",
    config: compactedSnapshots,
    checked: ["cleanup.policy", "max.message.bytes"],
  },
  output("Demat_allocation", 1, "none"),
  output("Cash_movement", 1, "none"),
  output("demat-transfers", 1, "none"),
  output("cash-movements", 1, "none"),
  output("sauda.trades", "shards", "symbol"),
  output("sauda.executions", "shards", "participant"),
  output("sauda.settlements", "shards", "trade_id"),
  {
    ...output(deadLettersTopic, "shards", "the original's"),
    config: { ...thirtyDays, "max.message.bytes": String(deadLetterBatchBytesMax) },
    checked: ["max.message.bytes"],
  },
  {
    ...output(publishedTopic, "shards", "shard"),
    config: { "cleanup.policy": "compact" },
    checked: ["cleanup.policy"],
  },
] as const;

/**
 * The name of a topic of the market: any other does not compile. What strangers name stays text.
 */
export type TopicName = (typeof specs)[number]["name"];
/** The topics that strangers write. */
export type SourceTopic = Extract<(typeof specs)[number], { readonly role: "input" }>["name"];

/** Every topic of the market, in the order of the trade. */
export const topicSpecs: readonly TopicSpec[] = specs;

/** The market's topic of this name; undefined where it has none. */
export function findTopic(name: string): TopicName | undefined {
  return topicSpecs.find((spec) => spec.name === name)?.name;
}

/** The source topics an intake relays, in the order it starts them: orders before answers. */
export const sourceTopics: readonly SourceTopic[] = specs
  .filter((spec) => spec.role === "input")
  .map((spec) => spec.name);
