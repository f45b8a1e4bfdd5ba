import { Random } from "../../src/memory/random.ts";
import {
  allRecords,
  openMemoryCluster,
  type MemoryCluster,
} from "../../src/memory/memory-cluster.ts";
import { noFaults } from "../../src/memory/faults.ts";
import { localTerms } from "../../src/domain/facts/terms.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import { encodeClaim, logKey, nextChain } from "../../src/protocol/log/log-record.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { realClock } from "../../src/services/clock.ts";
import type { OutRecord } from "../../src/services/log.ts";
import { genesis } from "../genesis.ts";
import { buy, cancel, negotiate, play, sell } from "../given.ts";
import { encodeSteps } from "../steps-record.ts";

/** The market of every log made here. */
export const { marketId } = genesis;

/** The records of a log, and the steps that count in them. */
type MarketLogBytes = {
  readonly records: readonly OutRecord[];
  readonly steps: readonly Step[];
};

/**
 * The log of a small market, the same for the same seed: so many orders of a dozen accounts in four
 * symbols, steps in records of one to eight, a new writer now and then, and void records
 * in between.
 */
export function makeMarketLog(seed: number, orders: number): MarketLogBytes {
  const random = new Random(seed);
  const { steps } = play(makeOrders(random, orders), localTerms);
  return { records: logOf(random, steps), steps };
}

/** The steps in records of one to eight, a new writer now and then, and void records in between. */
export function logOf(random: Random, steps: readonly Step[]): OutRecord[] {
  const records: OutRecord[] = [];
  const state = { epoch: 0, chain: "0".repeat(64), seq: 1 };
  const put = (value: Buffer, counts: boolean): void => {
    records.push({ key: logKey, value });
    if (counts) state.chain = nextChain(state.chain, logKey, value);
  };
  const claim = (): void => {
    state.epoch += 1;
    put(claimOf(state.epoch, random), true);
  };
  claim();
  for (let next = 0; next < steps.length;) {
    const some = steps.slice(next, next + random.between(1, 8));
    const value = encodeSteps(state.epoch, state.seq, state.chain, some);
    if (random.chance(0.05)) put(encodeSteps(state.epoch, state.seq + 9, state.chain, some), false);
    put(value, true);
    if (random.chance(0.05)) put(value, false);
    state.seq += some.length;
    next += some.length;
    if (random.chance(0.03)) claim();
  }
  return records;
}

/** A claim of that epoch, with a nonce of its own. */
export function claimOf(epoch: number, random: Random): Buffer {
  const nonce = random.hex(16);
  return encodeClaim({ type: "Claim", format: 1, rules: 2, epoch, nonce, owner: "test", genesis });
}

function makeOrders(random: Random, count: number) {
  return Array.from({ length: count }, (_, number) => {
    const symbol = random.pick(["SBIN", "TCS", "INFY", "RELIANCE"]);
    const client = random.pick([null, null, "C1", "C2", "C3"]);
    const over = { symbol, symbolAsSent: symbol, client };
    const quantity = random.between(1, 200);
    const price = 100_000 + 50 * random.between(-10, 10);
    const id = `order-${number}`;
    if (random.chance(0.05)) return cancel(`cancel-${number}`, `order-${number - 3}`, { symbol });
    if (random.chance(0.1)) return negotiate(id, quantity, price, over);
    if (random.chance(0.1)) return sell(id, quantity, null, over);
    return random.chance(0.5) ? buy(id, quantity, price, over) : sell(id, quantity, price, over);
  });
}

/** A cluster whose log holds these records, read at most so many at a time. */
export function clusterOf(records: readonly OutRecord[], sliceMax = 5000): MemoryCluster {
  const faults = { ...noFaults, sliceMax: () => sliceMax };
  const cluster = openMemoryCluster(1, { clock: realClock, faults });
  cluster.partition(eventsTopic, 0).append(records, 0);
  return cluster;
}

/** How many records the log of a cluster holds. */
export function logEnd(cluster: MemoryCluster): number {
  return allRecords(cluster, eventsTopic, 0).length;
}
