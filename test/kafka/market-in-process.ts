import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { localTerms } from "../../src/domain/market.ts";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { commandsTopic, eventsTopic, sourceTopics } from "../../src/protocol/topics.ts";
import { realClock } from "../../src/services/clock.ts";
import { unlessMissing } from "../../src/services/log-errors.ts";
import type { ExchangeReport } from "../../src/services/exchange.ts";
import type { IntakeReport } from "../../src/services/intake.ts";
import type { Group, MarketLog, OutRecord } from "../../src/services/log.ts";
import { openTopics, type Topics } from "../acceptance/records.ts";
import { checkCommands } from "../checker/commands.ts";
import { checkInputs, type InputPartition } from "../checker/inputs.ts";
import type { LogReading } from "../checker/log-reading.ts";
import { checkMarket } from "../checker/market-check.ts";
import type { Services, Told } from "../services/service-variant.ts";

// The real services on a real Kafka, several of them in this one process, so that a test can see
// what each holds for done and put a proxy before one of them. Each has connections of its own.

/** Bounds a wait for something that must happen. */
const timeoutMs = 30_000;

/** An exchange, and everything it said. */
export type RunningExchange = {
  readonly group: Group;
  readonly reports: readonly ExchangeReport[];
  /** What it holds for done, and when it began to. */
  readonly told: readonly (Told & { readonly atMs: number })[];
  stop(): Promise<void>;
};

/**
 * How an exchange is started. Two in groups of different names both believe that the shard
 * is theirs.
 */
type ExchangeStart = {
  readonly services: Services;
  readonly bootstrap: string;
  readonly group?: string;
  readonly endsAtFirstIndeterminate?: boolean;
  /** Joins, but works only after this. */
  readonly after?: Promise<unknown>;
};

/** An intake, and everything it said. */
export type RunningIntake = { readonly reports: readonly IntakeReport[]; stop(): Promise<void> };

/** What the independent checker makes of the market. */
type Verdict = {
  readonly problems: readonly string[];
  readonly reading: LogReading;
};

/** A market of one shard whose services run in this process. */
export type MarketInProcess = {
  readonly topics: Topics;
  exchange(start: ExchangeStart): Promise<RunningExchange>;
  intake(services: Services, bootstrap?: string): Promise<RunningIntake>;
  /** Writes so many buy orders to a source partition, each with an id of its own. */
  order(count: number, partition?: number): Promise<void>;
  /**
   * Waits until every order is decided, and everything any exchange held for done is in the log.
   */
  settled(): Promise<LogReading>;
  judge(): Promise<Verdict>;
  claims(): Promise<number>;
  stop(): Promise<void>;
};

const orderTopic = "buy-orders";

/** Makes the topics of a market of one shard on this Kafka. Nothing works on it yet. */
export async function openMarketInProcess(bootstrap: string): Promise<MarketInProcess> {
  const log = openKafkaLog({ bootstrap, clientId: "market-in-process" });
  await log.createTopics(1);
  const topics = openTopics(bootstrap);
  const exchanges: RunningExchange[] = [];
  const running = new Set<{ stop(): Promise<void> }>();
  let ordered = 0;

  async function order(count: number, partition = 0): Promise<void> {
    const records = Array.from({ length: count }, () => orderRecord(`order-${(ordered += 1)}`));
    const appender = await log.appender(orderTopic, partition);
    const result = await appender.append(records);
    await appender.close();
    if (result.type !== "at") throw new Error(`orders: ${result.why}`);
  }

  async function judge(): Promise<Verdict> {
    const inputs = await readInputs(log, topics);
    const commands = await topics.read(commandsTopic);
    const events = await topics.read(eventsTopic);
    // No publisher runs here, so the market as a whole is never complete; its commands are.
    const parts = { events: [events], commands: [commands], inputs, published: [] };
    const { problems, readings } = checkMarket(parts, false);
    const [reading] = readings;
    if (reading === undefined) throw new Error("no reading of the one shard");
    const inputProblems = checkInputs(inputs, [reading.steps], true);
    const commandProblems = checkCommands(reading.steps, commands, true);
    const all = [...problems, ...inputProblems, ...commandProblems];
    const found = all.filter((problem) => !isOfDeleted(problem, inputs));
    return { problems: [...found, ...findVoid(reading, exchanges)], reading };
  }

  async function settled(): Promise<LogReading> {
    const untilMs = performance.now() + timeoutMs;
    for (;;) {
      const { problems, reading } = await judge();
      if (problems.length === 0) return reading;
      const reports = exchanges.flatMap((one) => one.reports.map((each) => JSON.stringify(each)));
      const all = [...problems.slice(0, 10), ...reports.slice(-20)].join("\n");
      if (performance.now() > untilMs) throw new Error(`not settled:\n${all}`);
      await sleep(100);
    }
  }

  function keep<Kind extends { stop(): Promise<void> }>(one: Kind): Kind {
    running.add(one);
    return one;
  }

  return {
    topics,
    order,
    settled,
    judge,
    exchange: async (start) => {
      const exchange = keep(await startExchange(start));
      exchanges.push(exchange);
      return exchange;
    },
    intake: async (services, near = bootstrap) => keep(await startIntake(services, near)),
    claims: async () => (await judge()).reading.claims.length,
    stop: async () => {
      const ends = await Promise.allSettled([...running].map((one) => one.stop()));
      await topics.close();
      await log.close();
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    },
  };
}

function orderRecord(order_id: string): OutRecord {
  const order = { order_id, buyer: "HDFC", stock_symbol: "SBI", quantity: 1, price_per_unit: 985 };
  return { key: null, value: Buffer.from(JSON.stringify(order)) };
}

type Input = InputPartition & { readonly start: number };

/** All records of the sources, partition by partition. */
async function readInputs(log: MarketLog<string>, topics: Topics): Promise<Input[]> {
  const inputs = [];
  for (const topic of sourceTopics) {
    const topicId = await unlessMissing(log.topicId(topic));
    if (topicId === null) continue;
    const partitions = await log.partitions(topic);
    for (let partition = 0; partition < partitions; partition += 1) {
      const { start } = await log.bounds(topic, partition);
      const records = await topics.read(topic, start, partition);
      inputs.push({ topic, topicId, partition, records, start });
    }
  }
  return inputs;
}

/** Of what was decided before its record was deleted, or the whole topic. */
function isOfDeleted(problem: string, inputs: readonly Input[]): boolean {
  const position = /^nobody wrote (.+)\/(\d+)\/(\d+)$/.exec(problem);
  const [, topicId, partition, offset] = position ?? [];
  const there = inputs.find(
    (input) => input.topicId === topicId && input.partition === Number(partition),
  );
  return position !== null && (there === undefined || Number(offset) < there.start);
}

async function startExchange(start: ExchangeStart): Promise<RunningExchange> {
  const log = openKafkaLog({ bootstrap: start.bootstrap, clientId: "exchange" });
  const group = await log.join(start.group ?? "sauda-exchange", [commandsTopic], "each");
  const reports: ExchangeReport[] = [];
  const told: (Told & { atMs: number })[] = [];
  const tell = (one: Told): void => void told.push({ ...one, atMs: performance.now() });
  const ended = new AbortController();
  const options = {
    log,
    group,
    shard: 0,
    shards: 1,
    terms: { ...localTerms, tell },
    termsDigest: "terms",
    clock: realClock,
    randomHex: (bytes: number) => randomBytes(bytes).toString("hex"),
    owner: `exchange ${randomBytes(4).toString("hex")}`,
    report: (report: ExchangeReport) => {
      reports.push(report);
      if (report.type === "doubt" && start.endsAtFirstIndeterminate === true) ended.abort();
    },
  };
  const work = (start.after ?? Promise.resolve()).then(() =>
    start.services.runExchange(options, ended.signal),
  );
  return { group, reports, told, stop: () => stopService(work, ended, log) };
}

async function startIntake(services: Services, bootstrap: string): Promise<RunningIntake> {
  const log = openKafkaLog({ bootstrap, clientId: "intake" });
  const group = await log.join("sauda-intake", sourceTopics, "one");
  const reports: IntakeReport[] = [];
  const ended = new AbortController();
  const report = (one: IntakeReport): void => void reports.push(one);
  const work = services.runIntake(
    { log, group, shards: 1, clock: realClock, report },
    ended.signal,
  );
  return { reports, stop: () => stopService(work, ended, log) };
}

/** Throws what the service threw. */
async function stopService(
  work: Promise<void>,
  ended: AbortController,
  log: { close(): Promise<void> },
): Promise<void> {
  ended.abort();
  try {
    await work;
  } finally {
    await log.close();
  }
}

/** Rule R9: what an exchange held for done is in the log for good, with the content it held. */
function findVoid(reading: LogReading, exchanges: readonly RunningExchange[]): string[] {
  const chains = new Set(reading.chains.values());
  return exchanges
    .flatMap(({ told }) => told)
    .filter(({ chain }) => !chains.has(chain))
    .map(({ seq }) => `told as done up to step ${seq}, and the log says no`);
}

/** Waits until it is so. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs: number = timeoutMs,
): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > untilMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(10);
  }
}
