import { setTimeout as sleep } from "node:timers/promises";
import { evolveStep, initialMarket, type Market } from "../src/domain/market.ts";
import type { Step } from "../src/domain/facts/event.ts";
import { pricePaise, quantity, timeMs } from "../src/domain/facts/units.ts";
import { openKafkaLog, type KafkaLog } from "../src/kafka/kafka-log.ts";
import { commandsTopic, eventsTopic } from "../src/protocol/topics.ts";
import { followToEnd, newShardView } from "../src/services/shard-view.ts";
import { decodeState, encodeState } from "../src/services/snapshots/state.ts";
import { sauda, startSauda, until, type SaudaProcess } from "../test/acceptance/market-process.ts";
import { percentile, thousands } from "./statistics.ts";
import { fill } from "./throughput.ts";

/** What was measured over so many orders. */
export type RestartMeasured = {
  readonly orders: number;
  readonly state: Restored;
  readonly restarts: Restarts;
};

/** An exchange's start with and without a snapshot, and a kill with and without a standby. */
export async function benchRestart(
  bootstrap: string,
  { orders, rounds }: { readonly orders: number; readonly rounds: number },
  say: (line: string) => void,
): Promise<RestartMeasured> {
  const state = measureRestore(orders);
  say(
    `RESTART    ${thousands(orders)} resting orders: ${thousands(state.bytes)} bytes, ` +
      `written in ${thousands(state.encodeMs)} ms by a standby, ` +
      `restored in ${thousands(state.decodeMs)} ms (aim 5,000 of 1,000,000)`,
  );
  const log = openKafkaLog({ bootstrap, clientId: "bench" });
  try {
    const restarts = await measureRestarts({ log, bootstrap }, orders, rounds);
    const { from0, fromSnapshot, snapshotBytes, standbyMs, restartMs } = restarts;
    say(
      `RESTART    after ${thousands(orders)} orders an exchange claims ` +
        `${thousands(from0.exchangeMs)} ms after its start from offset 0, ` +
        `${thousands(fromSnapshot.exchangeMs)} ms from a snapshot ` +
        `of ${thousands(snapshotBytes)} bytes`,
    );
    say(
      "RESTART    a gateway serves " +
        `${thousands(from0.gatewayMs)} ms after its start from offset 0, ` +
        `${thousands(fromSnapshot.gatewayMs)} ms from the snapshot (aim 5,000); ` +
        "sauda accounts --kafka has answered after " +
        `${thousands(from0.accountsMs)} and ${thousands(fromSnapshot.accountsMs)} ms`,
    );
    say(
      `RESTART    kill -9 to the next step, ${rounds} times: ` +
        `with a standby ${spreadOf(standbyMs)} (aim p99 3,000); ` +
        `started again at once ${spreadOf(restartMs)} (aim p99 10,000)`,
    );
    return { orders, state, restarts };
  } finally {
    await log.close();
  }
}

function spreadOf(ms: readonly number[]): string {
  return `p50 ${thousands(percentile(ms, 50))} ms, p99 ${thousands(percentile(ms, 99))} ms`;
}

/** How soon an exchange decides again, in ms; and what a snapshot of its log weighs. */
type Restarts = {
  readonly from0: Starts;
  readonly fromSnapshot: Starts;
  readonly snapshotBytes: number;
  /** From kill -9 to the next step in the log: another process stands by, or is started at once. */
  readonly standbyMs: readonly number[];
  readonly restartMs: readonly number[];
};

/** How soon after the start of its process each answers, in ms. */
type Starts = {
  /** Its claim. */
  readonly exchangeMs: number;
  /** It has read the log. */
  readonly gatewayMs: number;
  /** The command's end. */
  readonly accountsMs: number;
};

const limitMs = 300_000;

/** Fills the log with so many orders, decides them, and starts the exchange again and again. */
async function measureRestarts(
  { log, bootstrap }: { readonly log: KafkaLog; readonly bootstrap: string },
  orders: number,
  rounds: number,
): Promise<Restarts> {
  await log.deleteMarket(["sauda-exchange"]);
  await log.createTopics(1);
  await fill(log, orders);
  const terms = ["--kafka", bootstrap, "--session-timeout", "2"];
  const start = (): SaudaProcess => startSauda(["exchange", "--json", ...terms]);
  const first = start();
  await decided(log);
  await end(first);
  const measureStarts = async (): Promise<Starts> => ({
    exchangeMs: await timeToClaim(start),
    ...(await timeReaders(bootstrap)),
  });
  const from0 = await measureStarts();
  const taken = await sauda(["snapshot", "take", "--json", "--kafka", bootstrap]);
  const { bytes } = JSON.parse(taken.out[0] ?? "{}") as { bytes: number };
  const fromSnapshot = await measureStarts();
  const restartMs: number[] = [];
  for (let round = 0; round < rounds; round += 1)
    restartMs.push(await timeToStep(log, start(), start));
  let writer = start();
  await claimed(writer);
  const standbyMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const standby = start();
    await standby.line(/"type":"standby"/, "out", limitMs);
    await sleep(1000);
    standbyMs.push(await timeToStep(log, writer, () => standby, false));
    writer = standby;
  }
  await end(writer);
  return { from0, fromSnapshot, snapshotBytes: bytes, standbyMs, restartMs };
}

/** Every command has its step. */
async function decided(log: KafkaLog): Promise<void> {
  const view = newShardView();
  const { end: commands } = await log.bounds(commandsTopic, 0);
  const isDecided = async (): Promise<boolean> => {
    await followToEnd(view, log, 0);
    return (view.fold.lastCause?.offset ?? -1) + 1 >= commands;
  };
  await until("every command is decided", isDecided, limitMs);
}

const claimed = (exchange: SaudaProcess): Promise<string> =>
  exchange.line(/"type":"claimed"/, "out", limitMs);

async function end(exchange: SaudaProcess): Promise<void> {
  exchange.signal("SIGTERM");
  await exchange.ended();
}

async function timeToClaim(start: () => SaudaProcess): Promise<number> {
  const beganMs = performance.now();
  const exchange = start();
  await claimed(exchange);
  const tookMs = performance.now() - beganMs;
  await end(exchange);
  return tookMs;
}

async function timeReaders(bootstrap: string): Promise<Omit<Starts, "exchangeMs">> {
  const beganMs = performance.now();
  const words = ["--desk-only", "--http-port", "0", "--json", "--kafka", bootstrap];
  const gateway = startSauda(["gateway", ...words]);
  await gateway.line(/"type":"serving"/, "out", limitMs);
  const servedMs = performance.now();
  await end(gateway);
  const askedMs = performance.now();
  const { code, err } = await sauda(["accounts", "--kafka", bootstrap]);
  if (code !== 0) throw new Error(err.join("\n"));
  return { gatewayMs: servedMs - beganMs, accountsMs: performance.now() - askedMs };
}

/** Kills the writer, gives the next one an order, and waits for a record behind its claim. */
async function timeToStep(
  log: KafkaLog,
  writer: SaudaProcess,
  next: () => SaudaProcess,
  endsThen = true,
): Promise<number> {
  await claimed(writer);
  await decided(log);
  const before = (await log.bounds(eventsTopic, 0)).end;
  const beganMs = performance.now();
  writer.signal("SIGKILL");
  const exchange = next();
  await fill(log, 1);
  const isDecided = async (): Promise<boolean> =>
    (await log.bounds(eventsTopic, 0)).end >= before + 2;
  await until("the next step stands in the log", isDecided, limitMs);
  const tookMs = performance.now() - beganMs;
  await claimed(exchange);
  if (endsThen) await end(exchange);
  return tookMs;
}

/** A state's bytes, and how long each way takes. */
type Restored = {
  readonly bytes: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
};

/** A snapshot's state of so many resting orders. */
function measureRestore(orders: number): Restored {
  const market = restingMarket(orders);
  const beganMs = performance.now();
  const chunks = encodeState("market", market);
  const encodedMs = performance.now();
  const restored = decodeState("market", chunks);
  const decodedMs = performance.now();
  if (restored.seq !== market.seq) throw new Error("another market was restored");
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  return { bytes, encodeMs: encodedMs - beganMs, decodeMs: decodedMs - encodedMs };
}

function restingMarket(orders: number): Market {
  const market = initialMarket();
  for (let number = 0; number < orders; number += 1) {
    const at = timeMs(1_700_000_000_000 + number);
    evolveStep(market, { ...wholeStep(number), at, events: [restingOrder(number)] }, number + 1);
  }
  return market;
}

const wholeStep = (offset: number): Pick<Step, "cause" | "part" | "last"> => ({
  cause: { offset, digest: "" },
  part: 0,
  last: true,
});

function restingOrder(number: number): Step["events"][number] {
  const isSell = number % 2 === 0;
  const symbol = `SYMBOL${number % 50}`;
  return {
    type: "OrderAccepted",
    orderId: `O-0-${number}`,
    clientOrderId: `client-${number}`,
    participant: `MEMBER${number % 20}`,
    client: `client${number % 500}`,
    custodian: null,
    symbol,
    symbolAsSent: symbol,
    side: isSell ? "SELL" : "BUY",
    quantity: quantity(100),
    pricePaise: pricePaise(isSell ? 100_000 + 5 * (number % 700) : 99_000 - 5 * (number % 700)),
    counterparty: null,
    expiresAtMs: null,
    product: "CNC",
    unfit: null,
    source: { topicId: "t", topic: "sauda.orders", partition: 0, offset: number, timestampMs: 0 },
  };
}
