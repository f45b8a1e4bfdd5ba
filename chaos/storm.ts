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
  sauda,
  type TestMarket,
} from "../test/acceptance/market-process.ts";
import { openTopics, type Topics } from "../test/acceptance/records.ts";
import { readCommittedRecords } from "../test/kafka/committed-reader.ts";
import type { ValidStep } from "../test/checker/log-reading.ts";
import { openFoldFrom0, type FoldFrom0 } from "./folds.ts";
import { awaitLegs, awaitTrades, openLoad, type Load } from "./load.ts";
import { openSnapshotWatch, type SnapshotRecord, type SnapshotWatch } from "./snapshot-watch.ts";
import { awaitPid, hasTaken, killNow, pauseFor, victims, type Victim } from "./victims.ts";

/**
 * A storm: in each round every process of the market dies once at a random moment under orders, and
 * one stands still for some seconds. A standby exchange takes snapshots all the time.
 */
type Storm = {
  readonly seed: number;
  readonly orders: number;
  readonly perSecond: number;
  readonly rounds: number;
  readonly kafkaKills: number;
  /** Orders that rest in the book before: a snapshot of many is several pieces. */
  readonly resting: number;
  /** After so many steps the standby takes a snapshot. */
  readonly snapshotSteps: number;
  /** With T+1 a round is whole once its trades are known: their legs come days later. */
  readonly settlement: SettlementCycle;
  readonly tell: (line: string) => void;
};

/** What a storm did. `recoveryMs`: from a round's last kill until its last order had both legs. */
type StormReport = {
  readonly kills: Readonly<Record<Victim, number>>;
  readonly pauses: number;
  readonly recoveryMs: readonly number[];
  readonly claims: number;
  /** Starts that went on from a snapshot, of exchanges and publishers. */
  readonly restored: number;
  /** Different snapshots that led to the state that the log has from 0. */
  readonly snapshots: number;
  /** Snapshots that a standby died over, so that they were never whole. */
  readonly half: number;
  /** Records that an intake sent again after a death and that the exchange dropped (R12). */
  readonly relayRepeats: number;
  /**
   * Records on public topics that a committed reader does not see: left by publishers that died.
   */
  readonly uncommitted: number;
};

/** How long a round's orders may take to settle after its kills. */
const settleLimitMs = 180_000;
/** How long the standby is waited for to take a snapshot, before it is killed without. */
const snapshotLimitMs = 5_000;
/** How long one stands still: about the time after which an exchange is missed (2 s), or longer. */
const pauseMs = { least: 1_000, most: 5_000 };

/** What a storm works with. */
type Running = {
  readonly storm: Storm;
  readonly market: TestMarket;
  readonly load: Load;
  readonly fold: FoldFrom0;
  readonly watch: SnapshotWatch;
  readonly random: () => number;
  /** Ids of snapshots that a standby was killed over. */
  readonly overSnapshot: Set<string>;
};

/**
 * Runs the storm on a market of its own, as `npm start` runs it, with books and standby. After each
 * round every snapshot that is there must lead to the state that the log has from 0. At the end
 * the independent checker judges the whole log and all topics, every order must have been settled
 * exactly once, and the market's own auditors find nothing. Throws what it finds.
 */
export async function runStorm(storm: Storm): Promise<StormReport> {
  const random = seeded(storm.seed);
  const folder = await mkdtemp(join(tmpdir(), "sauda-storm-"));
  const market = await ephemeralMarket(await argsOf(storm, folder), true);
  const { bootstrap } = market;
  const topics = openTopics(bootstrap);
  const load = await openLoad(bootstrap, "storm", random);
  const [fold, watch] = [openFoldFrom0(bootstrap), openSnapshotWatch(bootstrap)];
  try {
    await load.rest(storm.resting);
    const overSnapshot = new Set<string>();
    const running = { storm, market, load, fold, watch, random, overSnapshot };
    const done = await runRounds(running, topics);
    const judged = await judge(running, topics);
    return { ...done, ...judged, restored: countRestored(market) };
  } catch (error) {
    storm.tell(["what up said last:", ...market.up.err.slice(-40)].join("\n"));
    throw error;
  } finally {
    await Promise.all([load.close(), topics.close(), fold.close(), watch.close()]);
    await market.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runRounds(
  running: Running,
  topics: Topics,
): Promise<Pick<StormReport, "kills" | "pauses" | "recoveryMs" | "snapshots" | "half">> {
  const { storm, load, fold, watch, overSnapshot } = running;
  const { rounds, kafkaKills, settlement, tell } = storm;
  const kills = Object.fromEntries(victims.map((victim) => [victim, 0])) as Record<Victim, number>;
  const recoveryMs: number[] = [];
  const good = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    // Kafka dies in the last rounds, so that a failure before needs no thought about it.
    const withKafka = round >= rounds - kafkaKills;
    const dying = victims.filter((victim) => withKafka || victim !== "kafka");
    const { lastKillAtMs, paused } = await runRound(running, dying);
    for (const victim of dying) kills[victim] += 1;
    await (settlement === "instant" ? awaitLegs : awaitTrades)(topics, load, settleLimitMs);
    recoveryMs.push(Math.round(performance.now() - lastKillAtMs));
    const compared = await fold.compareSnapshots();
    for (const id of compared) good.add(id);
    tell(
      `round ${round + 1}: ${dying.join(", ")} killed, ${paused} paused, ` +
        `whole after ${recoveryMs.at(-1)} ms; ${compared.length} snapshots lead to one state`,
    );
  }
  const half = (await watch.findWithoutManifest(overSnapshot)).length;
  return { kills, pauses: rounds, recoveryMs, snapshots: good.size, half };
}

/** Starts of exchanges and publishers that said that they went on from a snapshot. */
function countRestored({ up }: TestMarket): number {
  return up.err.filter((line) => /^\S+ restored /.test(line)).length;
}

/** The arguments of `up` for such a market. */
async function argsOf({ settlement, snapshotSteps }: Storm, folder: string): Promise<string[]> {
  const file = join(folder, "participants.json");
  const participants = JSON.parse(
    await readFile(join(root, "participants.json"), "utf8"),
  ) as object;
  await writeFile(file, JSON.stringify({ ...participants, settlement }));
  const snapshots = ["--standby", "--snapshot-steps", String(snapshotSteps)];
  return ["--participants", file, ...snapshots];
}

/**
 * Sends the round's orders, kills each victim at a moment of its own, the standby over a snapshot,
 * and lets one stand still. Returns when the last one died.
 */
async function runRound(
  running: Running,
  dying: readonly Victim[],
): Promise<{ readonly lastKillAtMs: number; readonly paused: Victim }> {
  const { storm, market, load, fold, random } = running;
  const orders = Math.ceil(storm.orders / storm.rounds);
  const lengthMs = (orders * 1000) / storm.perSecond;
  const { writerPid } = fold;
  const pick = <Item>(from: readonly [Item, ...Item[]]): Item =>
    from[Math.floor(random() * from.length)] ?? from[0];
  const over = pick(["piece", "piece", "manifest", "deletion"] as const);
  const paused = pick(["exchange", "standby", "publisher", "books", "kafka"] as const);
  const stillMs = pauseMs.least + random() * (pauseMs.most - pauseMs.least);
  const moments = victims.map((victim) => ({ victim, atMs: random() * lengthMs }));
  const deaths = moments
    .filter(({ victim }) => dying.includes(victim))
    .map(async ({ victim, atMs }) => {
      await sleep(atMs);
      if (victim === "standby") await killOverSnapshot(running, over);
      else await killNow(market, victim, writerPid);
      return performance.now();
    });
  const pauseAtMs = random() * lengthMs;
  const pausing = sleep(pauseAtMs).then(() => pauseFor(market, paused, writerPid, stillMs));
  const sending = load.send(orders, storm.perSecond);
  const [, , ...diedAt] = await Promise.all([sending, pausing, ...deaths]);
  return { lastKillAtMs: Math.max(...diedAt), paused };
}

/**
 * Kills the standby as soon as its snapshot has come so far; after a while without one, anyhow. Its
 * pid is looked up before: a snapshot is a matter of milliseconds.
 */
async function killOverSnapshot(
  { market, fold, watch, overSnapshot }: Running,
  over: SnapshotRecord,
): Promise<void> {
  const pid = await awaitPid(market, "standby", fold.writerPid);
  const id = await watch.await(over, snapshotLimitMs);
  if (!hasTaken(pid, "SIGKILL")) return killNow(market, "standby", fold.writerPid);
  if (id !== null) overSnapshot.add(id);
}

async function judge(
  { storm, market, load, fold }: Running,
  topics: Topics,
): Promise<Pick<StormReport, "claims" | "relayRepeats" | "uncommitted">> {
  const { bootstrap } = market;
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
    const wanted = storm.settlement === "instant" ? ids : [];
    deepStrictEqual(findNotOnce(wanted, seen), [], `${topic}, read_committed`);
  }
  const own = { seq: reading.steps.length, chain: [...reading.chains.values()].at(-1) };
  deepStrictEqual(await fold.end(), own, "the checker's reading and the fold from 0");
  await askAuditors(market);
  const relayRepeats = reading.steps
    .flatMap(({ step }) => step.events)
    .filter((event) => event.type === "Repeated" && event.firstSeq === null).length;
  return { claims: reading.claims.length, relayRepeats, uncommitted };
}

/** What people ask when they doubt: log, snapshots, public topics and books. */
async function askAuditors({ bootstrap, database }: TestMarket): Promise<void> {
  const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap, DATABASE_URL: database ?? "" };
  for (const words of [
    "verify",
    "reconcile --grace 0 --from-start",
    "reconcile --grace 0",
    "books verify",
  ]) {
    const { code, out, err } = await sauda(words.split(" "), { env });
    deepStrictEqual(code, 0, [`sauda ${words}`, ...out.slice(-20), ...err.slice(-20)].join("\n"));
  }
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
