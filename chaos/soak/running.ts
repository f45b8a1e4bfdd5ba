import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seeded } from "../../bench/orders.ts";
import {
  ephemeralMarket,
  isAlive,
  startSauda,
  type SaudaProcess,
  type TestMarket,
  until,
} from "../../test/acceptance/market-process.ts";
import { checkWholeMarket } from "../../test/acceptance/market-records.ts";
import { openTopics } from "../../test/acceptance/records.ts";
import { openFoldFrom0 } from "../folds.ts";
import { awaitPid, killNow, pauseFor, victims, type Victim } from "../victims.ts";
import type { Blow } from "./judging.ts";
import { followers, openSampler, type Sample, type Sampler } from "./sampling.ts";

/** What a soak is asked for. */
export type SoakPlan = {
  readonly seed: number;
  readonly minutes: number;
  /** Orders a second; null: 30 % of what the market can. */
  readonly perSecond: number | null;
  /** How often every process is killed once. */
  readonly rounds: number;
  /** Orders before, as fast as they go, so that what is kept by number is full. */
  readonly fill: number;
  readonly snapshotSteps: number;
  readonly tell: (line: string) => void;
};

/** What a soak saw. */
export type Soaked = {
  readonly perSecond: number;
  /** Orders a second that the market can, where that was asked. */
  readonly canPerSecond: number | null;
  readonly orders: number;
  readonly samples: readonly Sample[];
  readonly blows: readonly Blow[];
  /** What checkers said: each its name, and what it found; null: nothing. */
  readonly checks: readonly { readonly name: string; readonly found: string | null }[];
};

const loadShare = 0.3;
/** Of the orders these come over HTTP, at most so many a second; the others are flow B. */
const httpShare = 0.1;
const httpMost = 100;
/** A rate is found with so many, after as many that do not count. */
const findingOrders = 20_000;
/** The whole market is at rest within, after the last order. */
const restLimitMs = 600_000;
const restingSeconds = 2;
/** A load has found its market and made its record within. */
const atWorkLimitMs = 60_000;
/** The independent checker keeps every step in memory. */
const checkerOrdersMost = 150_000;
/** A load gives up an answer after so long; at its end it waits so long for what nobody decided. */
const answerSeconds = { least: 10, most: 30 };
const pauseMs = { least: 2_000, most: 8_000 };

/** Runs a market as `npm start` does under load, with kills, and asks every checker afterwards. */
export async function soak(plan: SoakPlan): Promise<Soaked> {
  const folder = await mkdtemp(join(tmpdir(), "sauda-soak-"));
  const market = await ephemeralMarket(argsOf(plan), true);
  try {
    return await soakMarket(plan, market, folder);
  } catch (error) {
    plan.tell(["what up said last:", ...market.up.err.slice(-40)].join("\n"));
    throw error;
  } finally {
    await market.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function argsOf({ snapshotSteps }: SoakPlan): string[] {
  const snapshots = ["--standby", "--snapshot-steps", String(snapshotSteps)];
  return [...snapshots, "--orders-per-second", "1000000"];
}

async function soakMarket(plan: SoakPlan, market: TestMarket, folder: string): Promise<Soaked> {
  const { minutes, tell } = plan;
  if (plan.fill > 0) tell(`filling with ${plan.fill} orders`);
  if (plan.fill > 0) await sendAtOnce(market, plan.fill, plan.seed);
  const canPerSecond = plan.perSecond === null ? await findRate(market, plan.seed) : null;
  const perSecond = plan.perSecond ?? Math.max(1, Math.round((canPerSecond ?? 0) * loadShare));
  tell(`${perSecond} orders/s for ${minutes} minutes, seed ${plan.seed}`);
  const beganMs = performance.now();
  const lengthMs = minutes * 60_000;
  const sampler = await openSampler(market, beganMs);
  const samples: Sample[] = [];
  const blows: Blow[] = [];
  const over = new AbortController();
  try {
    const sampling = sampleOn(sampler, samples, lengthMs, over.signal);
    const loads = startLoads(plan, market, folder, perSecond);
    await Promise.all(loads.map(untilAtWork));
    await strike(plan, market, { beganMs, lengthMs }, blows);
    for (const { process } of loads) await process.ended(lengthMs + restLimitMs);
    await awaitRest(sampler);
    over.abort();
    await sampling;
    samples.push(await sampler.look());
    const orders =
      plan.fill + (canPerSecond === null ? 0 : 2 * findingOrders) + perSecond * minutes * 60;
    const checks = await askCheckers(market, loads, orders, tell);
    return { perSecond, canPerSecond, orders, samples, blows, checks };
  } finally {
    over.abort();
    await sampler.close();
  }
}

/** Orders a second, end to end, that this market can when they come as fast as it takes them. */
async function findRate(market: TestMarket, seed: number): Promise<number> {
  await sendAtOnce(market, findingOrders, seed);
  return sendAtOnce(market, findingOrders, seed + 1);
}

/** Sends so many orders of flow B at once and waits for their last leg; orders a second. */
async function sendAtOnce(market: TestMarket, orders: number, seed: number): Promise<number> {
  const perSecond = 100_000;
  const words = `load --json --kafka --to flow-b --rate ${perSecond} --orders ${orders}`;
  const more = ["--seed", String(seed), "--timeout", String(answerSeconds.most)];
  const env = { KAFKA_BOOTSTRAP_SERVERS: market.bootstrap };
  const load = startSauda([...words.split(" "), ...more], { env });
  const { code } = await load.ended(restLimitMs);
  if (code !== 0) throw new Error(`a load at once ended with ${code}: ${load.err.join("\n")}`);
  const facts = load.out.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const legs = facts.find(({ span }) => span === "legs");
  return orders / (orders / perSecond + Number(legs?.["max_ms"]) / 1000);
}

/** A load that runs, with its own account of what it was told. */
type RunningLoad = {
  readonly name: string;
  readonly record: string;
  readonly process: SaudaProcess;
};

/** Most come as flow B on Kafka, some over HTTP; both by a timetable, whatever is down. */
function startLoads(
  { seed, minutes }: SoakPlan,
  market: TestMarket,
  folder: string,
  perSecond: number,
): RunningLoad[] {
  const http = Math.max(1, Math.min(httpMost, Math.round(perSecond * httpShare)));
  const topic = Math.max(1, perSecond - http);
  const timeout = String(Math.min(answerSeconds.most, answerSeconds.least * minutes));
  const start = (name: string, rate: number, way: readonly string[]): RunningLoad => {
    const record = join(folder, name);
    const timetable = ["--rate", String(rate), "--duration", String(minutes * 60)];
    const more = ["--seed", String(seed), "--timeout", timeout, "--record", record];
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: market.bootstrap,
      SAUDA_URL: market.http,
      SAUDA_KEY: market.key,
      NODE_OPTIONS: "--max-old-space-size=8192",
    };
    const process = startSauda(["load", "--json", ...way, ...timetable, ...more], { env });
    return { name, record, process };
  };
  return [
    start("flow-b", topic, ["--kafka", "--to", "flow-b"]),
    start("gateway", http, ["--to", "gateway"]),
  ];
}

/** A load makes its record once it has found its market: from then on it outlives kills. */
async function untilAtWork({ name, record, process }: RunningLoad): Promise<void> {
  const isAtWork = (): boolean => {
    if (existsSync(record)) return true;
    if (!isAlive(process.pid)) throw new Error(`load ${name} ended at its start: ${all()}`);
    return false;
  };
  const all = (): string => process.err.join("\n");
  await until(`load ${name} is at work`, isAtWork, atWorkLimitMs, all);
}

/** Looks again and again, about 700 times in all, once a second at most. */
async function sampleOn(
  sampler: Sampler,
  samples: Sample[],
  lengthMs: number,
  signal: AbortSignal,
): Promise<void> {
  const everyMs = Math.max(1_000, lengthMs / 700);
  while (!signal.aborted) {
    samples.push(await sampler.look());
    await sleep(everyMs, undefined, { signal }).catch(() => {}); // over
  }
}

/**
 * In each round every process dies once and one stands still, in any order, in the round's first
 * tenth; the rest of it is theirs to live in.
 */
async function strike(
  { seed, rounds, tell }: SoakPlan,
  market: TestMarket,
  { beganMs, lengthMs }: { readonly beganMs: number; readonly lengthMs: number },
  blows: Blow[],
): Promise<void> {
  const random = seeded(seed);
  const roundMs = lengthMs / rounds;
  // Which one writes is not asked: both die in each round.
  const oldestExchange = async (): Promise<number | null> => market.pid("exchange");
  for (let round = 0; round < rounds; round += 1) {
    const stillOne = victims[Math.floor(random() * victims.length)] ?? "kafka";
    const planned = [...victims, stillOne]
      .map((victim, index) => ({
        victim,
        how: index < victims.length ? ("killed" as const) : ("paused" as const),
        atMs: roundMs * (round + 0.02 + 0.1 * random()),
      }))
      .toSorted((one, other) => one.atMs - other.atMs);
    for (const { victim, how, atMs } of planned) {
      await sleep(Math.max(0, beganMs + atMs - performance.now()));
      const forMs = pauseMs.least + random() * (pauseMs.most - pauseMs.least);
      const blow = await deal(market, victim, how, oldestExchange, forMs, beganMs);
      blows.push(blow);
      tell(`${victim} ${how} at ${(blow.atMs / 1000).toFixed(1)} s`);
    }
  }
}

async function deal(
  market: TestMarket,
  victim: Victim,
  how: Blow["how"],
  oldestExchange: () => Promise<number | null>,
  forMs: number,
  beganMs: number,
): Promise<Blow> {
  const atMs = (): number => Math.round(performance.now() - beganMs);
  if (how === "paused") {
    await pauseFor(market, victim, oldestExchange, forMs);
    return { victim, how, atMs: atMs() };
  }
  await awaitPid(market, victim, oldestExchange);
  const blow = { victim, how, atMs: atMs() };
  await killNow(market, victim, oldestExchange);
  return blow;
}

/** Waits until nobody is behind any more. */
async function awaitRest(sampler: Sampler): Promise<void> {
  const untilMs = performance.now() + restLimitMs;
  for (;;) {
    const { lagSeconds } = await sampler.look();
    if (followers.every((name) => lagSeconds[name] === 0)) return;
    // What a soak finds must be told, not waited for without end: the last sample says it.
    if (performance.now() > untilMs) return;
    await sleep(restingSeconds * 1000);
  }
}

async function askCheckers(
  market: TestMarket,
  loads: readonly RunningLoad[],
  orders: number,
  tell: (line: string) => void,
): Promise<Soaked["checks"]> {
  const env = {
    KAFKA_BOOTSTRAP_SERVERS: market.bootstrap,
    DATABASE_URL: market.database ?? "",
    NODE_OPTIONS: "--max-old-space-size=8192",
  };
  const checks: { name: string; found: string | null }[] = [];
  const note = (name: string, found: string | null): void => {
    checks.push({ name, found });
    tell(`${name}: ${found ?? "nothing found"}`);
  };
  const ask = async (
    words: readonly string[],
    name = `sauda ${words.join(" ")}`,
  ): Promise<void> => {
    const asked = startSauda(words, { env });
    // A checker that does not end is something that was found, too.
    const code = await asked.ended(restLimitMs).then(
      (end) => end.code,
      (error: unknown) => String(error),
    );
    const lastLines = [...asked.out.slice(-5), ...asked.err.slice(-5)].join("\n");
    note(name, code === 0 ? null : `exit code ${code}: ${lastLines}`);
  };
  for (const { name, record } of loads)
    await ask(["load", "--kafka", "--check", record], `sauda load --check (${name})`);
  await ask(["verify"]);
  await ask(["reconcile", "--grace", "0", "--from-start"]);
  await ask(["reconcile", "--grace", "0"]);
  await ask(["books", "verify"]);
  await ask(["snapshot", "list"]);
  const foundBy = async (name: string, look: () => Promise<unknown>): Promise<void> => {
    const found = await look().then(
      () => null,
      (error: unknown) => String(error).slice(0, 2_000),
    );
    note(name, found);
  };
  const fold = openFoldFrom0(market.bootstrap);
  await foundBy("each snapshot against the fold from 0", () => fold.compareSnapshots());
  await fold.close();
  if (orders > checkerOrdersMost) {
    tell(
      `the checker of the tests keeps all in memory: not asked above ${checkerOrdersMost} orders`,
    );
    return checks;
  }
  const topics = openTopics(market.bootstrap);
  await foundBy("the checker of the tests", () => checkWholeMarket(topics, market.bootstrap));
  await topics.close();
  return checks;
}
