import { deepStrictEqual, ok } from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seeded } from "../bench/orders.ts";
import { openKafkaLog } from "../src/kafka/kafka-log.ts";
import { ordersTopic } from "../src/protocol/topics.ts";
import { buggyProgram, keepRunning, poisoners } from "../test/acceptance/buggy-program.ts";
import { startSauda } from "../test/acceptance/market-process.ts";
import { checkWholeMarket } from "../test/acceptance/market-records.ts";
import { openTopics } from "../test/acceptance/records.ts";
import { testKafka } from "../test/kafka/broker.ts";
import { awaitLegs, openLoad } from "./load.ts";

/** Orders that are well, and between them one that loops, one that eats memory, one that throws. */
type Poison = {
  readonly seed: number;
  readonly orders: number;
  readonly perSecond: number;
  readonly tell: (line: string) => void;
};

/** What came of it. `slowestMs`: what the others waited for their last legs, once all were sent. */
type PoisonReport = {
  readonly quarantined: number;
  readonly claims: number;
  readonly deaths: readonly string[];
  readonly slowestMs: number;
};

/** The symbols that orders which break the market are for: nobody else trades them. */
const halted = ["INFY", "WIPRO", "TCS"];
const settleLimitMs = 420_000;
/** Three claims of seven may be for each other's. */
const claimsMost = 7;

/**
 * Runs a market whose exchange has bugs, under load. Each poison order must be refused in
 * quarantine within seven claims, its symbol halted, and every other order settled exactly once.
 * Throws what it finds.
 */
export async function runPoison({ seed, orders, perSecond, tell }: Poison): Promise<PoisonReport> {
  const kafka = await testKafka();
  const { bootstrap } = kafka;
  const folder = await buggyProgram();
  const log = openKafkaLog({ bootstrap, clientId: "poison" });
  await log.createTopics(1);
  const topics = openTopics(bootstrap);
  const exchange = keepRunning(join(folder, "bin", "sauda.js"), bootstrap);
  const others = ["intake", "publisher"].map((name) =>
    startSauda([name, "--json", "--kafka", bootstrap]),
  );
  const load = await openLoad(bootstrap, "poison", seeded(seed));
  try {
    const sending = load.send(orders, perSecond);
    for (const [index, participant] of poisoners.entries()) {
      await sleep((orders * 1000) / perSecond / (poisoners.length + 1));
      await topics.send(ordersTopic, poisonOrder(participant, halted[index] ?? ""));
      tell(`an order that ${participant} the exchange, after ${load.sentAtMs.size} others`);
    }
    await sending;
    const sentMs = performance.now();
    await awaitLegs(topics, load, settleLimitMs);
    const slowestMs = Math.round(performance.now() - sentMs);
    const { reading } = await checkWholeMarket(topics, bootstrap, (problem) =>
      problem.endsWith(" is in quarantine"),
    );
    const events = reading.steps.flatMap(({ step }) => step.events);
    const broken = events.filter(({ type }) => type === "Quarantined");
    deepStrictEqual(broken.length, poisoners.length);
    const claims = reading.claims.length;
    ok(claims <= claimsMost * poisoners.length, `${claims} claims`);
    const { deaths } = exchange;
    return { quarantined: broken.length, claims, deaths: [...deaths], slowestMs };
  } finally {
    exchange.end();
    for (const process of others) process.signal("SIGKILL");
    await Promise.all([load.close(), topics.close(), log.close()]);
    await kafka.stop();
    await rm(folder, { recursive: true });
  }
}

function poisonOrder(participant: string, symbol: string): string {
  const order = { type: "NewOrder", participant, symbol, client_order_id: "poison" };
  return JSON.stringify({ ...order, side: "SELL", quantity: 1, price_paise: 100_000 });
}
