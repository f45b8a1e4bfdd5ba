import type { Latencies } from "../src/cli/load/latencies.ts";
import { exitCode } from "../src/cli/output.ts";
import { openKafkaLog } from "../src/kafka/kafka-log.ts";
import { testKafka } from "../test/kafka/broker.ts";
import { replayAll } from "../test/replay/digests.ts";
import { benchBrowser } from "./browser.ts";
import { writeAims } from "./aims.ts";
import { measureCost } from "./cost.ts";
import { measureClearing, measureUnsettled, type ClearingRound } from "./clearing.ts";
import { benchedJournals, measureLag, measureWrites, withPostgres } from "./books.ts";
import { measureHops } from "./hops.ts";
import { measureLifetime, type LifetimeSoFar, type ProcessSoFar } from "./lifetime.ts";
import { findMarks, writeLines } from "./docs.ts";
import { busyWords, figureData, watchBusy, writeFigureData, type Findings } from "./figure.ts";
import {
  byMarket,
  costFindings,
  determinismFindings,
  latencyFindings,
  lifetimeFindings,
  restartFindings,
} from "./findings.ts";
import { commandOf, isGiven, positionals, titles, values, type Figure } from "./line.ts";
import { measureLatency } from "./latency.ts";
import { measureReads, readers, readsPerSecond } from "./reads.ts";
import { measureHttp, measureStream, startBenchedGateway } from "./gateway.ts";
import { benchPeers, type AskedOfPeers } from "./peers/bench-peers.ts";
import { benchRestart } from "./restart.ts";
import { measureStarts } from "./start.ts";
import { measureDeterminism, type DeterminismRound } from "./determinism.ts";
import { percentile, thousands } from "./statistics.ts";
import { measureThroughput } from "./throughput.ts";

/** Orders a second where nothing is said. */
const [latencyRate, httpRate, peersRate] = [2_000, 500, 500];
/** Orders of `cost` before those that count: compiled code, and a Kafka that has its files. */
const warmUpOrders = 50_000;

/** What is said alone has no table and picture. */
type Measured = Findings | void;
type OnKafka = (bootstrap: string) => Promise<Measured>;
/** Figures that start what they need themselves. */
const alone: ReadonlyMap<Figure, () => Promise<Measured>> = new Map<
  Figure,
  () => Promise<Measured>
>([
  ["clearing", async () => benchClearing()],
  ["lifetime", benchLifetime],
  ["start", benchStart],
  ["cost", benchCost],
]);
/** Figures on one Kafka that is started for them. */
const onKafka: ReadonlyMap<Figure, OnKafka> = new Map<Figure, OnKafka>([
  ["throughput", benchThroughput],
  ["latency", benchLatency],
  ["http", benchHttp],
  ["reads", benchReads],
  ["stream", benchStream],
  ["restart", benchRestarts],
  ["books", benchBooks],
  ["browser", (bootstrap) => benchBrowser(bootstrap, values, say)],
  ["peers", (bootstrap) => benchPeers(bootstrap, askedOfPeers())],
]);
/** What the figure that is measured now has said. */
let spoken: string[] = [];

await bench();

/**
 * Runs the figures asked for, all where none is. Those that need a Kafka share one, which is gone
 * afterwards.
 */
async function bench(): Promise<void> {
  if (positionals.includes("digests")) {
    for (const line of replayAll()) say(line);
    return;
  }
  if (positionals.includes("determinism")) return measure("determinism", benchDeterminism);
  if (values.json === true && positionals.join() !== "peers") {
    process.stderr.write("error: --json is of `npm run bench -- peers` alone\n");
    process.exitCode = exitCode.usage;
    return;
  }
  const isWanted = ([figure]: readonly [Figure, unknown]): boolean =>
    positionals.length === 0 || positionals.includes(figure);
  for (const [figure, work] of [...alone].filter(isWanted)) await measure(figure, work);
  const more = [...onKafka].filter(isWanted);
  if (more.length === 0) return;
  process.stderr.write("starting Kafka\n");
  const kafka = await testKafka();
  try {
    for (const [figure, work] of more) await measure(figure, () => work(kafka.bootstrap));
  } finally {
    await kafka.stop();
  }
}

/** Sets the exit code where two rounds of a market differ. */
async function benchDeterminism(): Promise<Findings> {
  const all: DeterminismRound[] = [];
  for await (const round of measureDeterminism(values.orders, values.rounds)) {
    const { market, digest, steps, records, claims, restored, sliceMax, ms } = round;
    all.push(round);
    say(
      `DETERMINISM ${digest}  ${market}: ${thousands(steps)} steps in ${thousands(records)} ` +
        `records, ${thousands(sliceMax)} commands a read, ${claims} writers, ${restored} of them ` +
        `from a snapshot, ${(ms / 1000).toFixed(1)} s`,
    );
  }
  for (const { name, rounds, digests } of byMarket(all)) {
    const words = digests === 1 ? "one digest" : `${digests} DIGESTS`;
    say(`DETERMINISM ${name}: ${words} of ${rounds.length} rounds`);
    if (digests !== 1) process.exitCode = 1;
  }
  return determinismFindings(all);
}

/**
 * Measures a figure; with --docs what it found goes into the document, or what it said. Peers write
 * their own.
 */
async function measure(figure: Figure, work: () => Promise<Measured>): Promise<void> {
  spoken = [];
  if (values.docs === true) await findMarks(figure);
  const watch = watchBusy();
  const findings = await work();
  if (values.docs !== true) return;
  const [command, busy] = [commandOf(figure), watch()];
  if (findings)
    await writeFigureData(figureData({ figure, title: titles[figure], command, busy }, findings));
  else if (figure !== "peers") await writeLines(figure, { command, busy: busyWords(busy) }, spoken);
  await writeAims();
}

/** What nobody gave has values of its own there: a run of all peers takes a minute each. */
function askedOfPeers(): AskedOfPeers {
  const { orders, rounds, rate = peersRate, seconds, warmUp } = values;
  return {
    orders: isGiven("orders") ? orders : 60_000,
    rounds: isGiven("rounds") ? rounds : 3,
    rate,
    seconds: isGiven("seconds") ? seconds : 10,
    warmUpSeconds: isGiven("warmUp") ? warmUp : 5,
    only: values.only ?? null,
    isJson: values.json === true,
    hasDocs: values.docs === true,
    command: commandOf("peers"),
    say,
  };
}

function benchClearing(): void {
  const count = values.orders;
  const rounds = Array.from({ length: values.rounds }, () => measureClearing(count));
  for (const [index, { instant, cleared, trades }] of rounds.entries())
    say(
      `CLEARING   round ${index + 1}: ${thousands(trades)} trades, ` +
        `paid out in T+1 ${thousands(cleared)} trades/s, settled at once ${thousands(instant)}, ` +
        `ratio ${(cleared / instant).toFixed(2)}`,
    );
  const median = (of: (round: ClearingRound) => number): number => percentile(rounds.map(of), 50);
  say(
    `CLEARING   median ${thousands(median(({ cleared }) => cleared))} trades/s (aim 20,000), ` +
      `ratio ${median(({ cleared, instant }) => cleared / instant).toFixed(2)}; ` +
      `largest tick ${thousands(median(({ tickBytes }) => tickBytes))} bytes`,
  );
  const { trades, bytesEach } = measureUnsettled(count);
  say(
    `CLEARING   ${thousands(trades)} trades that are not settled take ${thousands(bytesEach)} ` +
      "bytes each in the publisher, and as much in a gateway",
  );
}

async function benchLifetime(): Promise<Findings> {
  const resting = Math.min(100_000, values.orders);
  const told = ({ cpuUsEach, heapBytes, bufferBytes, residentBytes }: ProcessSoFar): string =>
    `${cpuUsEach.toFixed(1)} us of CPU an order, objects ${thousands(heapBytes / 1e6)} MB, ` +
    `buffers ${thousands(bufferBytes / 1e6)} MB, process ${thousands(residentBytes / 1e6)} MB`;
  const onTenth = ({ orders, exchange, gateway }: LifetimeSoFar): void => {
    say(`LIFETIME   exchange after ${thousands(orders)} orders: ${told(exchange)}`);
    say(`LIFETIME   gateway after ${thousands(orders)} orders: ${told(gateway)}`);
  };
  const lifetime = await measureLifetime(values.orders, resting, onTenth);
  const { rereads, eventsPerCpuSecond } = lifetime;
  for (const [name, { bytes, readMs }] of Object.entries(rereads))
    say(
      `LIFETIME   what the ${name} starts from at the end: ${thousands(bytes)} bytes, ` +
        `read in ${thousands(readMs)} ms (aim 5,000)`,
    );
  say(
    `LIFETIME   ${thousands(lifetime.events)} events folded by the gateway, ` +
      `${thousands(eventsPerCpuSecond)} in a second of CPU`,
  );
  return lifetimeFindings(lifetime, resting);
}

async function benchStart(): Promise<void> {
  const starts = await measureStarts(values.rounds);
  for (const { line, cpuSeconds } of starts)
    say(`START      ${cpuSeconds.toFixed(3)} s of CPU: ${line}`);
}

async function benchCost(): Promise<Findings> {
  const orders = values.orders;
  const warmUp = Math.min(orders, warmUpOrders);
  const measured = await measureCost(orders, warmUp, values.idle);
  const { ordersPerSecond, cpuUs, collections, residentBytes, topics, asking, idleMs } = measured;
  say(
    `COST       ${thousands(orders)} orders of flow B end to end, ` +
      `books and gateway beside: ${thousands(ordersPerSecond)} orders/s`,
  );
  const all = [...cpuUs.values()].reduce((sum, us) => sum + us, 0);
  for (const [name, us] of [...cpuUs].toSorted(([, one], [, other]) => other - one))
    say(
      `COST       ${name.padEnd(10)} ${us.toFixed(1).padStart(6)} us of CPU an order, ` +
        `${thousands((residentBytes.get(name) ?? 0) / 1e6)} MB`,
    );
  for (const [name, { allocatedBytes, stoodStillUs }] of collections) {
    const share = (100 * stoodStillUs) / (cpuUs.get(name) ?? Infinity);
    say(
      `COST       ${name.padEnd(10)} ${thousands(allocatedBytes)} bytes of objects an order, ` +
        `stood still for the collector ${stoodStillUs.toFixed(1)} us, ` +
        `${share.toFixed(0)} % of its CPU`,
    );
  }
  say(`COST       ${"all".padEnd(10)} ${all.toFixed(1).padStart(6)} us of CPU an order`);
  for (const [topic, { records, bytes }] of topics)
    if (records > 0)
      say(
        `COST       ${topic.padEnd(18)} ${records.toFixed(2)} records, ` +
          `${bytes.toFixed(0)} bytes an order`,
      );
  const idle = [...idleMs].toSorted(([, one], [, other]) => other - one);
  const idleTexts = idle.map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
  say(`COST       idle: ${idleTexts.join(", ")} ms of CPU a second`);
  say(`COST       ${thousands(orders + warmUp)} orders in the log`);
  for (const { line, cpuSeconds } of asking)
    say(`COST       ${cpuSeconds.toFixed(3)} s of CPU: ${line}`);
  return costFindings(measured, { orders, warmUp, idleSeconds: values.idle });
}

async function benchThroughput(bootstrap: string): Promise<void> {
  const log = openKafkaLog({ bootstrap, clientId: "sauda-bench" });
  const ratios: number[] = [];
  const count = values.orders;
  for (let round = 1; round <= values.rounds; round += 1) {
    const { market, copy } = await measureThroughput(log, count);
    ratios.push(market / copy);
    say(
      `THROUGHPUT round ${round}: market ${thousands(market)} orders/s, ` +
        `copy loop ${thousands(copy)}, ratio ${(market / copy).toFixed(2)}`,
    );
  }
  await log.close();
  say(`THROUGHPUT median ratio ${percentile(ratios, 50).toFixed(2)} of ${count} orders (aim 0.50)`);
}

async function benchLatency(bootstrap: string): Promise<Findings> {
  const [rate, seconds] = [values.rate ?? latencyRate, values.seconds];
  const load = { rate, seconds, warmUpSeconds: values.warmUp };
  const hops = await measureHops(bootstrap, load);
  say(`LATENCY    two hops of Kafka alone, ${rate} records/s for ${seconds} s: ${spread(hops)}`);
  const { spans } = await measureLatency(bootstrap, load);
  const { late, written, decided, legs } = spans;
  const ratio = (decided.at(50) / hops.at(50)).toFixed(2);
  say(`LATENCY    the generator behind its timetable: ${spread(late)}`);
  say(`LATENCY    order on buy-orders to the broker's word: ${spread(written)}`);
  say(
    `LATENCY    order on buy-orders to its event, ${rate} orders/s: ${spread(decided)} ` +
      `(aims: p99 15 ms, p50 at most 2 times two hops: ${ratio})`,
  );
  say(
    "LATENCY    order on buy-orders to both legs, read_committed, " +
      `${rate} orders/s: ${spread(legs)} (aims: p50 8 ms, p99 40 ms), ${legs.count} orders`,
  );
  const spansOf = [
    { what: "two hops of Kafka alone", of: hops, aim: "" },
    { what: "the generator's own lateness", of: late, aim: "" },
    { what: "to the broker's word", of: written, aim: "" },
    { what: "to its event", of: decided, aim: `p99 15, p50 2 times two hops (${ratio})` },
    { what: "to both legs", of: legs, aim: "p50 8, p99 40" },
  ];
  return latencyFindings(spansOf, load);
}

async function benchRestarts(bootstrap: string): Promise<Findings> {
  return restartFindings(await benchRestart(bootstrap, values, say), values.rounds);
}

function spread(latencies: Latencies): string {
  const at = (percent: number): string => `${latencies.at(percent).toFixed(1)} ms`;
  const shares = [50, 90, 99].map((percent) => `p${percent} ${at(percent)}`);
  return [...shares, `max ${at(100)}`].join(", ");
}

async function benchHttp(bootstrap: string): Promise<void> {
  const rate = values.rate ?? httpRate;
  const seconds = values.seconds;
  const gateway = await startBenchedGateway(bootstrap);
  try {
    const warmUpSeconds = values.warmUp;
    const latencies = await measureHttp(gateway, { rate, seconds, warmUpSeconds });
    say(
      `HTTP       order to its answer from the log, ${rate} orders/s for ${seconds} s: ` +
        `${spread(latencies)} (aims: p50 6 ms, p99 30 ms), ${latencies.count} orders`,
    );
  } finally {
    await gateway.stop();
  }
}

async function benchReads(bootstrap: string): Promise<void> {
  const [rate, seconds] = [values.rate ?? httpRate, values.seconds];
  const more = ["--reads-per-second", String(readsPerSecond)];
  const gateway = await startBenchedGateway(bootstrap, more);
  try {
    const load = { rate, seconds, warmUpSeconds: values.warmUp };
    const { alone, beside, answers, refused } = await measureReads(gateway, load);
    say(
      "READS      order to its answer from the log, " +
        `${rate} orders/s for ${seconds} s: alone ${spread(alone)}; ` +
        `beside ${readers} readers of 1,000 orders at their whole budget ${spread(beside)}; ` +
        `${answers} lists read, ${refused} refused`,
    );
  } finally {
    await gateway.stop();
  }
}

/** One with and one without in turn: the market grows meanwhile, and the machine has its moods. */
async function benchStream(bootstrap: string): Promise<void> {
  const { seconds, rounds } = values;
  const gateway = await startBenchedGateway(bootstrap);
  const p99s = { alone: [] as number[], stalled: [] as number[] };
  try {
    for (let round = 0; round < 2 * rounds; round += 1) {
      const isStalled = round % 2 === 1;
      const warmUpSeconds = round === 0 ? values.warmUp : 1;
      const load = { clients: 200, rate: 2_000, seconds, warmUpSeconds };
      const found = await measureStream(gateway, load, `${round}`, isStalled);
      const { lagsMs, gatewayMiB, gatewayCpuSeconds } = found;
      const [p50 = NaN, p99 = NaN] = [50, 99].map((share) => percentile(lagsMs, share));
      p99s[isStalled ? "stalled" : "alone"].push(p99);
      const how = isStalled ? ", one more stalled" : "";
      say(
        `STREAM     depth to ${load.clients} clients${how} at ${load.rate} orders/s: p50 ` +
          `${p50} ms, p99 ${p99} ms (aim 100), gateway ${gatewayMiB.toFixed(0)} MiB, ` +
          `${((gatewayCpuSeconds / seconds) * 100).toFixed(0)} % of a core`,
      );
    }
    const { alone, stalled } = p99s;
    const moved = (percentile(stalled, 50) / percentile(alone, 50) - 1) * 100;
    say(
      "STREAM     a stalled client moves the others' p99 by " +
        `${moved.toFixed(0)} % (aim 20 at most), medians of ${rounds}`,
    );
  } finally {
    await gateway.stop();
  }
}

async function benchBooks(bootstrap: string): Promise<void> {
  await withPostgres(async (url) => {
    const ratios: number[] = [];
    for (let round = 1; round <= values.rounds; round += 1) {
      const { books, single } = await measureWrites(url, benchedJournals);
      ratios.push(books / single);
      say(
        `BOOKS      round ${round}: ${thousands(books)} journals/s of four postings (aim ` +
          `8,000), one posting at a time ${thousands(single)}, ` +
          `${(books / single).toFixed(1)} times`,
      );
    }
    say(`BOOKS      median ${percentile(ratios, 50).toFixed(1)} times as fast (aim 10)`);
  });
  await withPostgres(async (url) => {
    const [seconds, warmUpSeconds] = [values.seconds, values.warmUp];
    const load = { tradesPerSecond: 4_000, seconds, warmUpSeconds };
    const { lagsMs, trades } = await measureLag(bootstrap, url, load);
    const [p50, p99, most] = [50, 99, 100].map((share) => percentile(lagsMs, share));
    say(
      `BOOKS      behind the market at ${load.tradesPerSecond} trades/s for ${seconds} s: p50 ` +
        `${p50} ms, p99 ${p99} ms, max ${most} ms (aim 2,000), ${thousands(trades)} trades`,
    );
  });
}

function say(line: string): void {
  spoken.push(line);
  process.stdout.write(`${line}\n`);
}
