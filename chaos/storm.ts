import { deepStrictEqual } from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seeded } from "../bench/orders.ts";
import { checkWholeMarket } from "../test/acceptance/market-records.ts";
import type { SettlementCycle } from "../src/domain/facts/instrument.ts";
import {
  ephemeralMarket,
  root,
  type ServiceOrKafka,
  type TestMarket,
} from "../test/acceptance/market-process.ts";
import { openTopics, type Topics } from "../test/acceptance/records.ts";
import { readCommittedRecords } from "../test/kafka/committed-reader.ts";
import type { ValidStep } from "../test/checker/log-reading.ts";
import { awaitLegs, awaitTrades, openLoad, type Load } from "./load.ts";

/**
 * A storm: in each round every service dies once at a random moment under orders; in some,
 * Kafka too.
 */
type Storm = {
  readonly seed: number;
  readonly orders: number;
  readonly perSecond: number;
  readonly rounds: number;
  readonly kafkaKills: number;
  /** With T+1 a round is whole once its trades are known: their legs come days later. */
  readonly settlement: SettlementCycle;
  readonly tell: (line: string) => void;
};

/** What dies: the gateway holds no truth and has its own tests. */
type Victim = Exclude<ServiceOrKafka, "gateway" | "books">;

/** What a storm did. `recoveryMs`: from a round's last kill until its last order had both legs. */
type StormReport = {
  readonly kills: Readonly<Record<Victim, number>>;
  readonly recoveryMs: readonly number[];
  readonly claims: number;
  /** Records that an intake sent again after a death and that the exchange dropped (R12). */
  readonly relayRepeats: number;
  /**
   * Records on public topics that a committed reader does not see: left by publishers that died.
   */
  readonly uncommitted: number;
};

/** How long a round's orders may take to settle after its kills. */
const settleLimitMs = 180_000;
const services = ["exchange", "publisher", "intake"] as const;

/**
 * Runs the storm on a market of its own. Afterwards the independent checker judges the whole log
 * and all topics, and every order must have been settled exactly once. Throws what it finds.
 */
export async function runStorm(storm: Storm): Promise<StormReport> {
  const random = seeded(storm.seed);
  const isCycle = storm.settlement !== "instant";
  const folder = await mkdtemp(join(tmpdir(), "sauda-storm-"));
  const market = await ephemeralMarket(await participantsOf(storm.settlement, folder));
  const topics = openTopics(market.bootstrap);
  const load = await openLoad(market.bootstrap, "storm", random);
  const kills: Record<Victim, number> = { intake: 0, exchange: 0, publisher: 0, kafka: 0 };
  const recoveryMs: number[] = [];
  try {
    for (let round = 0; round < storm.rounds; round += 1) {
      // Kafka dies in the last rounds, so that a failure before needs no thought about it.
      const withKafka = round >= storm.rounds - storm.kafkaKills;
      const victims = withKafka ? [...services, "kafka" as const] : services;
      const lastKillAt = await runRound(storm, market, load, victims, random);
      for (const victim of victims) kills[victim] += 1;
      await (isCycle ? awaitTrades : awaitLegs)(topics, load, settleLimitMs);
      recoveryMs.push(Math.round(performance.now() - lastKillAt));
      storm.tell(
        `round ${round + 1}: ${victims.join(", ")} killed, whole after ${recoveryMs.at(-1)} ms`,
      );
    }
    return { kills, recoveryMs, ...(await judge(topics, market.bootstrap, load, isCycle)) };
  } catch (error) {
    storm.tell(["what up said last:", ...market.up.err.slice(-40)].join("\n"));
    throw error;
  } finally {
    await load.close();
    await topics.close();
    await market.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The arguments of `up` for a market that settles so. */
async function participantsOf(settlement: SettlementCycle, folder: string): Promise<string[]> {
  const file = join(folder, "participants.json");
  const participants = JSON.parse(
    await readFile(join(root, "participants.json"), "utf8"),
  ) as object;
  await writeFile(file, JSON.stringify({ ...participants, settlement }));
  return ["--participants", file];
}

/**
 * Sends the round's orders and kills each victim at a moment of its own. Returns when the last
 * one died.
 */
async function runRound(
  storm: Storm,
  market: TestMarket,
  load: Load,
  victims: readonly Victim[],
  random: () => number,
): Promise<number> {
  const orders = Math.ceil(storm.orders / storm.rounds);
  const lengthMs = (orders * 1000) / storm.perSecond;
  const deaths = victims.map(async (victim) => {
    await sleep(random() * lengthMs);
    await killNow(market, victim);
    return performance.now();
  });
  const [, ...diedAt] = await Promise.all([load.send(orders, storm.perSecond), ...deaths]);
  return Math.max(...diedAt);
}

/** SIGKILL by pid; one that is just dead is killed as soon as it runs again. */
async function killNow(market: TestMarket, victim: Victim): Promise<void> {
  const untilMs = performance.now() + settleLimitMs;
  for (;;) {
    const pid = await market.pid(victim);
    if (pid !== null) return void process.kill(pid, "SIGKILL");
    if (performance.now() > untilMs) throw new Error(`${victim} does not run again`);
    await sleep(50);
  }
}

async function judge(
  topics: Topics,
  bootstrap: string,
  load: Load,
  isCycle: boolean,
): Promise<Pick<StormReport, "claims" | "relayRepeats" | "uncommitted">> {
  const { reading, uncommitted } = await checkWholeMarket(topics, bootstrap);
  const { negotiated, book } = load.sent;
  deepStrictEqual(findNotOnce([...negotiated, ...book], tradedIds(reading.steps)), []);
  for (const [topic, ids] of [
    ["Demat_allocation", negotiated],
    ["Cash_movement", negotiated],
    ["demat-transfers", book],
    ["cash-movements", book],
  ] as const) {
    const committed = await readCommittedRecords(bootstrap, topic, 0);
    const seen = committed.map(
      ({ value }) => (JSON.parse(String(value)) as { order_id: string }).order_id,
    );
    deepStrictEqual(findNotOnce(isCycle ? [] : ids, seen), [], `${topic}, read_committed`);
  }
  const relayRepeats = reading.steps
    .flatMap(({ step }) => step.events)
    .filter((event) => event.type === "Repeated" && event.firstSeq === null).length;
  return { claims: reading.claims.length, relayRepeats, uncommitted };
}

/** The client's id of the buy order of each trade in the log. */
function tradedIds(steps: readonly ValidStep[]): string[] {
  const clientIds = new Map<string, string>();
  const traded: string[] = [];
  for (const { step } of steps)
    for (const event of step.events) {
      if (event.type === "OrderAccepted" && event.clientOrderId !== null)
        clientIds.set(event.orderId, event.clientOrderId);
      if (event.type === "TradeExecuted")
        traded.push(clientIds.get(event.buy.orderId ?? "") ?? `${event.tradeId}: of no order`);
    }
  return traded;
}

/** Ids that are not there exactly once, and what is there that nobody sent. */
function findNotOnce(ids: readonly string[], seen: readonly string[]): string[] {
  const counts = new Map<string, number>(ids.map((id) => [id, 0]));
  for (const id of seen) counts.set(id, (counts.get(id) ?? Infinity) + 1);
  return [...counts].flatMap(([id, count]) => (count === 1 ? [] : [`${id}: ${count} times`]));
}
