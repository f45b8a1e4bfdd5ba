import { chartOf } from "./chart.ts";
import { writeFigure } from "../docs.ts";
import { thousands } from "../statistics.ts";
import { measurePeers } from "./peers.ts";
import { compare, figureOf, summarize, tablesOf, type PeersData } from "./report.ts";
import type { PeerRun } from "./run.ts";

/** What was asked for at the terminal. */
export type AskedOfPeers = {
  readonly orders: number;
  readonly rounds: number;
  readonly rate: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Names of peers; null: all. */
  readonly only: readonly string[] | null;
  readonly isJson: boolean;
  readonly hasDocs: boolean;
  /** How it is had again. */
  readonly command: string;
  readonly say: (line: string) => void;
};

/** Latency is measured at the rate asked for, and at so many times of it. */
const fasterTimes = 4;
const warmUpOrdersMost = 50_000;

/** Measures Sauda beside its peers on this Kafka, and says or writes what came. */
export async function benchPeers(bootstrap: string, asked: AskedOfPeers): Promise<void> {
  const { orders, rounds, rate, seconds, warmUpSeconds, only, command, say, isJson } = asked;
  const plan = {
    orders,
    warmUp: Math.min(orders, warmUpOrdersMost),
    rates: [rate, rate * fasterTimes],
    seconds,
    warmUpSeconds,
  };
  const onRun = (round: number, run: PeerRun): void =>
    say(isJson ? JSON.stringify({ type: "run", round, ...run }) : lineOf(round, run));
  const data = await measurePeers(bootstrap, { plan, rounds, only, command }, onRun);
  if (isJson) sayAll(data, say);
  else for (const line of tablesOf(data).split("\n")) say(line);
  if (!asked.hasDocs) return;
  const files = {
    "peers.json": `${JSON.stringify(data, null, 2)}\n`,
    "peers.svg": chartOf(data),
  };
  await writeFigure("peers", figureOf(data), files);
}

function sayAll(data: PeersData, say: (line: string) => void): void {
  for (const one of data.leftOut) say(JSON.stringify({ type: "left_out", ...one }));
  for (const one of data.kafkaOwn) say(JSON.stringify({ type: "kafka_own", ...one }));
  for (const one of summarize(data)) say(JSON.stringify({ type: "summary", ...one }));
  for (const one of compare(data)) say(JSON.stringify({ type: "ratio", ...one }));
}

function lineOf(round: number, { peer, ordersPerSecond, cpuUs, latencies }: PeerRun): string {
  const parts = Object.entries(cpuUs).map(([name, us]) => `${name} ${us.toFixed(0)}`);
  const lags = latencies.map(
    ({ rate, p50, p99 }) => `at ${rate}/s p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
  );
  return (
    `PEERS      round ${round}: ${peer}: ${thousands(ordersPerSecond)} orders/s; ` +
    `us of CPU an order: ${parts.join(", ")}; ${lags.join("; ")}`
  );
}
