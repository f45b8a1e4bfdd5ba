import {
  allRecords,
  committedRecords,
  type MemoryCluster,
} from "../../src/memory/memory-cluster.ts";
import type { StoredRecord } from "../../src/memory/partition.ts";
import type { Random } from "../../src/memory/random.ts";
import {
  commandsTopic,
  eventsTopic,
  publishedTopic,
  sourceTopics,
  topicSpecs,
} from "../../src/protocol/topics.ts";
import { readLogRecord } from "../../src/protocol/log/log-record.ts";
import { localTerms, type MarketTerms } from "../../src/domain/market.ts";
import type { ExchangeReport } from "../../src/services/exchange.ts";
import type { Clock } from "../../src/services/clock.ts";
import { checkMarket, type MarketCheck, type MarketRecords } from "../checker/market-check.ts";
import type { ProcessMain, Scenario } from "../memory/simulation.ts";
import { writeOrders } from "./order-flow.ts";
import type { Services, Told } from "./service-variant.ts";

const stormMs = 25_000;
const localStorm: MarketTerms = { ...localTerms, confirmationWindowMs: 20_000 };

/** How many processes of each service there are. */
export type Cast = {
  readonly exchanges: number;
  readonly intakes: number;
  readonly publishers: number;
};

const wholeCast: Cast = { exchanges: 3, intakes: 2, publishers: 2 };

/**
 * The real services in a storm, on one or two shards. `more`: terms other than the local market's.
 */
export function marketScenario(
  services: Services,
  seed: number,
  cast = wholeCast,
  more: Partial<MarketTerms> = {},
): Scenario {
  const terms = { ...localStorm, ...more };
  const shards = seed % 3 === 0 ? 2 : 1;
  const told: Told[] = [];
  const claimed: Claimed[] = [];
  const named = (name: string, count: number, main: ProcessMain): [string, ProcessMain][] =>
    numbers(count).map((number) => [`${name}-${number + 1}`, main]);
  return {
    shards,
    stormMs,
    processes: Object.fromEntries([
      ...named("exchange", cast.exchanges, exchange(services, shards, terms, { told, claimed })),
      ...named("intake", cast.intakes, intake(services, shards)),
      ...named("publisher", cast.publishers, publisher(services, shards)),
    ]),
    strangers: (cluster: MemoryCluster, clock: Clock, random: Random) =>
      writeOrders(cluster, clock, random, stormMs),
    isFatal: (error) => error instanceof Error && error.name === "Stop",
    check(cluster, isComplete) {
      const records = marketRecords(cluster, shards);
      const checked = checkMarket(records, isComplete);
      const marks = isComplete
        ? [...checkMarks(cluster, shards), ...checkVisible(cluster, records)]
        : [];
      const believed = [
        ...checkTold(checked, told),
        ...checkClaimed(checked, claimed),
        ...checkTimes(cluster, shards),
      ];
      return [...checked.problems, ...believed, ...marks];
    },
  };
}

/** A process that took itself for the writer of an epoch. */
type Claimed = { readonly shard: number; readonly epoch: number; readonly owner: string };

function exchange(
  services: Services,
  shards: number,
  terms: MarketTerms,
  { told, claimed }: { readonly told: Told[]; readonly claimed: Claimed[] },
): ProcessMain {
  return async ({ name, log, clock, signal, random }) => {
    const owner = `${name}/${random.hex(4)}`;
    const group = await log.join("sauda-exchange", [commandsTopic], "each");
    const options = {
      log,
      group,
      shards,
      terms: { ...terms, tell: (one: Told) => told.push(one) },
      termsDigest: "terms",
      snapshotSteps: 10,
      clock,
      randomHex: (bytes: number) => random.hex(bytes),
      owner,
      report: (report: ExchangeReport) => {
        if (report.type === "claimed") claimed.push({ ...report, owner });
      },
    };
    await Promise.all(
      numbers(shards).map((shard) => services.runExchange({ ...options, shard }, signal)),
    );
  };
}

function intake(services: Services, shards: number): ProcessMain {
  return async ({ log, clock, signal }) => {
    const group = await log.join("sauda-intake", sourceTopics, "one");
    await services.runIntake({ log, group, shards, clock, report: () => {} }, signal);
  };
}

function publisher(services: Services, shards: number): ProcessMain {
  return async ({ log, clock, signal }) => {
    const group = await log.join("sauda-publisher", [eventsTopic], "each");
    await Promise.all(
      numbers(shards).map((shard) =>
        services.runPublisher({ log, group, shard, clock, report: () => {} }, signal),
      ),
    );
  };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

/** Everything that lies in the market's topics. */
export function marketRecords(cluster: MemoryCluster, shards: number): MarketRecords {
  const ofShards = (topic: string): MarketRecords["events"] =>
    numbers(shards).map((shard) => allRecords(cluster, topic, shard));
  const outputs = topicSpecs.filter(({ role }) => role === "output");
  return {
    events: ofShards(eventsTopic),
    commands: ofShards(commandsTopic),
    inputs: sourceTopics.flatMap((topic) => readSource(cluster, topic)),
    published: outputs.flatMap(({ name: topic }) =>
      cluster.topic(topic).partitions.flatMap((_, partition) => {
        const all = allRecords(cluster, topic, partition);
        return all.map((one) => ({ ...one, topic, partition, isCommitted: isCommitted(one) }));
      }),
    ),
  };
}

/**
 * Every partition of a source that is there now, without what strangers aborted, or have not
 * committed yet: nobody may decide that.
 */
export function readSource(cluster: MemoryCluster, topic: string): MarketRecords["inputs"] {
  const found = cluster.findTopic(topic);
  return (found?.partitions ?? []).map((_, partition) => ({
    topic,
    topicId: found?.id ?? "",
    partition,
    records: committedRecords(cluster, topic, partition),
  }));
}

/** By its transaction's outcome; it may still be hidden behind another shard's open transaction. */
function isCommitted({ isControl, transaction }: StoredRecord): boolean {
  return !isControl && (transaction === null || transaction.outcome === "committed");
}

/** At rest a correct `read_committed` reader sees everything that was committed. */
function checkVisible(cluster: MemoryCluster, { published }: MarketRecords): string[] {
  const topics = new Set(published.map(({ topic }) => topic));
  return [...topics].flatMap((topic) => {
    const count = published.filter((one) => one.topic === topic && one.isCommitted).length;
    const seen = cluster
      .topic(topic)
      .partitions.flatMap((_, partition) => committedRecords(cluster, topic, partition)).length;
    return seen === count ? [] : [`${topic}: ${count} records committed, ${seen} to be seen`];
  });
}

/**
 * Rule R9: what a writer held for done is in the log for good, with the content it was told with.
 */
function checkTold({ readings }: MarketCheck, told: readonly Told[]): string[] {
  return told.flatMap(({ shard, seq, chain }) => {
    const reading = readings[shard];
    const isThere = reading !== undefined && [...reading.chains.values()].includes(chain);
    return isThere ? [] : [`shard ${shard}: told as done up to step ${seq}, and the log says no`];
  });
}

/** Rule R6: an epoch has one writer, the one whose claim is in force. */
function checkClaimed({ readings }: MarketCheck, claimed: readonly Claimed[]): string[] {
  return claimed.flatMap(({ shard, epoch, owner }) => {
    const writer = readings[shard]?.claims.find((claim) => claim.epoch === epoch)?.owner;
    const what = `shard ${shard}: ${owner} wrote in epoch ${epoch}, which is ${writer}'s`;
    return writer === owner ? [] : [what];
  });
}

/**
 * Rule R11: whatever the writers' clocks say, no step is more than five seconds ahead of
 * its append.
 */
function checkTimes(cluster: MemoryCluster, shards: number): string[] {
  const events = numbers(shards).flatMap((shard) => allRecords(cluster, eventsTopic, shard));
  return events.flatMap(({ offset, timestampMs, key, value }) => {
    const read = readLogRecord(key, value);
    if (!read.ok || read.value?.type !== "Steps") return [];
    const aheadMs = Math.max(...read.value.steps.map(({ at }) => at)) - timestampMs;
    return aheadMs <= 5_000
      ? []
      : [`offset ${offset}: a step is ${aheadMs} ms ahead of the broker`];
  });
}

/** Rule R15: a committed marker says that the publisher has begun. */
function checkMarks(cluster: MemoryCluster, shards: number): string[] {
  return numbers(shards).flatMap((shard) =>
    committedRecords(cluster, publishedTopic, shard).length > 0
      ? []
      : [`no committed marker of shard ${shard} on ${publishedTopic}`],
  );
}
