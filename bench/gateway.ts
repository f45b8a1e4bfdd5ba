import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { deskText, keysPath, makeFirstKeys, newSecret } from "../src/cli/keys/keys-file.ts";
import { newGatewayClient } from "../src/cli/client/gateway-client.ts";
import { openGatewayWay } from "../src/cli/load/gateway-way.ts";
import { append } from "./flow-b.ts";
import { newLatencies, type Latencies } from "../src/cli/load/latencies.ts";
import type { LoadOrder } from "../src/cli/load/load-orders.ts";
import { keepSchedule } from "../src/cli/load/open-loop.ts";
import { startServices } from "../src/cli/market/kept-services.ts";
import { openKafkaLog } from "../src/kafka/kafka-log.ts";
import type { Appender } from "../src/services/log.ts";

const participants = join(import.meta.dirname, "..", "participants.json");
/**
 * How much is sent, for how long, and for how long before that nothing counts: code is compiled.
 */
export type Load = {
  readonly rate: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
};

/** A market with a gateway on the Kafka given, all processes of their own. */
export type BenchedGateway = {
  readonly url: string;
  /** The dashboard's. */
  readonly key: string;
  /** Of three members: one key may open a hundred streams. */
  readonly memberKeys: readonly string[];
  readonly orders: Appender;
  stop(): Promise<void>;
};

/** Starts services and gateway on an empty market; `more`: options of the gateway. */
export async function startBenchedGateway(
  bootstrap: string,
  more: readonly string[] = [],
): Promise<BenchedGateway> {
  const log = openKafkaLog({ bootstrap, clientId: "sauda-bench" });
  await log.deleteMarket(["sauda-intake", "sauda-exchange", "sauda-publisher"]);
  await log.createTopics(1);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const args = ["--kafka", bootstrap, "--participants", participants];
  const deskSecret = newSecret();
  const dataDir = await mkdtemp(join(tmpdir(), "sauda-bench-keys-"));
  const memberKeys = await makeFirstKeys(keysPath(dataDir), ["HDFC", "SELLER", "COUNTERPARTY"]);
  const before = process.env["SAUDA_DATA_DIR"];
  process.env["SAUDA_DATA_DIR"] = dataDir; // the gateway looks for its keys there
  const gateway = {
    deskSecret,
    database: null,
    args: ["--kafka", bootstrap, "--http-port", "0", "--orders-per-second", "100000", ...more],
  };
  const tell = { note: () => {}, warn: say };
  const { services, url } = await startServices({ args, gateway }, tell, 60_000);
  const orders = await log.appender("sauda.orders", 0);
  return {
    url,
    key: deskText(deskSecret),
    memberKeys,
    orders,
    stop: async () => {
      await orders.close();
      await services.stop();
      await log.close();
      await rm(dataDir, { recursive: true, force: true });
      if (before === undefined) delete process.env["SAUDA_DATA_DIR"];
      else process.env["SAUDA_DATA_DIR"] = before;
    },
  };
}

/**
 * Sends orders over HTTP by the timetable of `sauda load`. Gives for each the time from its due
 * moment to its answer, which comes from the log. Half of them trade with the order before.
 */
export async function measureHttp(
  { url, key }: BenchedGateway,
  { rate, seconds, warmUpSeconds }: Load,
): Promise<Latencies> {
  const silent = async (): Promise<string> => "the bench's gateway";
  const endpoint = { http: url, key, keyFrom: "of the bench", whySilent: silent, beside: null };
  const { signal } = new AbortController();
  const taken = newLatencies();
  const refused: string[] = [];
  const warm = rate * warmUpSeconds;
  const way = openGatewayWay(newGatewayClient(endpoint, signal), httpDeadlineMs, (sent) => {
    if (sent.outcome !== "accepted") refused.push(`${sent.outcome} ${sent.why}`);
    else if (sent.index >= warm) taken.note(sent.answeredMs - sent.dueMs);
  });
  const run = randomUUID();
  const count = warm + rate * seconds;
  await keepSchedule(
    { perSecond: rate, count },
    (index, dueMs) => way.send(httpOrder(run, index), dueMs),
    signal,
  );
  while (way.unanswered() > 0) await sleep(10); // bounded: every request has a deadline
  await way.close();
  if (refused.length > 0) throw new Error(`${refused.length} orders were ${refused[0]}`);
  return taken;
}

const httpDeadlineMs = 10_000;

function httpOrder(run: string, index: number): LoadOrder {
  const side = index % 2 === 0 ? "BUY" : "SELL";
  const participant = side === "BUY" ? "HDFC" : "SELLER";
  const ids = { participant, client_order_id: `${run}-${index}` };
  const deal = { symbol: "SBIN", side, quantity: 1, price_paise: 98_500 };
  return { index, kind: "limit", message: { type: "NewOrder", ...ids, ...deal } };
}

/**
 * How late the depth stream is: from a trade's step to its change at a client, for a sample
 * of clients.
 */
type StreamLag = {
  readonly lagsMs: number[];
  readonly gatewayMiB: number;
  /** CPU of the gateway while it was measured. */
  readonly gatewayCpuSeconds: number;
};

/**
 * Connects clients to the depth of one book, and sends orders that all trade at a fixed rate
 * through Kafka, whose ids begin with `name`. With `isStalled` one more client subscribes and never
 * reads.
 */
export async function measureStream(
  gateway: BenchedGateway,
  load: Load & { readonly clients: number },
  name: string,
  isStalled: boolean,
): Promise<StreamLag> {
  const lagsMs: number[] = [];
  const sockets: WebSocket[] = [];
  while (sockets.length < load.clients) {
    const opening = Array.from({ length: streamsAtOnce }, (_, index) =>
      openDepth(gateway, sockets.length, index === 0 ? (lagMs) => lagsMs.push(lagMs) : () => {}),
    );
    sockets.push(...(await Promise.all(opening)));
  }
  const stalled = isStalled ? await openDepth(gateway, sockets.length, () => {}) : null;
  stalled?.pause();
  const { orders } = gateway;
  await sendAtRate(orders, load.rate, load.warmUpSeconds, tradesNamed(`warm${name}`));
  lagsMs.length = 0;
  const cpuBefore = await metricOf(gateway, "process_cpu_seconds_total");
  await sendAtRate(orders, load.rate, load.seconds, tradesNamed(`lag${name}`));
  await sleep(500);
  const gatewayCpuSeconds = (await metricOf(gateway, "process_cpu_seconds_total")) - cpuBefore;
  const bytes = await metricOf(gateway, "process_resident_memory_bytes");
  for (const socket of [...sockets, ...(stalled === null ? [] : [stalled])]) socket.terminate();
  return { lagsMs, gatewayMiB: bytes / 1024 / 1024, gatewayCpuSeconds };
}

async function metricOf({ url }: BenchedGateway, name: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)`, "m").exec(metrics)?.[1] ?? NaN);
}

/** So many introduce themselves at a time; one of them is measured. */
const streamsAtOnce = 20;
const streamsOfKey = 100;

/** Opens one more stream beside the `open` ones. Throws where the gateway refuses it. */
async function openDepth(
  { url, memberKeys }: BenchedGateway,
  open: number,
  onLag: (lagMs: number) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/stream`);
  let lastAt = "";
  socket.on("message", (data: Buffer) => {
    const text = data.toString("latin1");
    const at = /"last_at":"([^"]+)"/.exec(text)?.[1] ?? lastAt;
    if (at !== lastAt && lastAt !== "") onLag(Date.now() - Date.parse(at));
    lastAt = at;
  });
  await once(socket, "open");
  const key = memberKeys[Math.floor(open / streamsOfKey)];
  socket.send(JSON.stringify({ op: "auth", key }));
  socket.send(JSON.stringify({ op: "subscribe", channel: "depth", symbol: "SBIN", levels: 20 }));
  const [first] = (await Promise.race([once(socket, "message"), once(socket, "close")])) as [
    Buffer,
  ];
  const answer = String(first);
  if (!answer.includes('"ready"')) throw new Error(`a stream was refused: ${answer}`);
  return socket;
}

/** Well below a topic's largest batch, also after a stall. */
const batchMax = 1_000;

/**
 * Sends `rate * seconds` orders through a topic, each when it is due, whether or not earlier ones
 * have come to anything (open loop: a stall counts against every order behind it). Those due
 * together share a request, and the next waits for it. Returns when the first was due, on
 * `performance.now()`'s clock; order n is due n / rate seconds later.
 */
export async function sendAtRate(
  orders: Appender,
  rate: number,
  seconds: number,
  orderOf: (index: number) => string | Buffer,
): Promise<number> {
  const startedAtMs = performance.now();
  const count = rate * seconds;
  for (let next = 0; next < count;) {
    const nowMs = performance.now();
    const batch: (string | Buffer)[] = [];
    const isDue = (): boolean => next < count && startedAtMs + (next * 1000) / rate <= nowMs;
    for (; isDue() && batch.length < batchMax; next += 1) batch.push(orderOf(next));
    if (batch.length > 0) await append(orders, ...batch);
    else await sleep(1);
  }
  return startedAtMs;
}

function tradesNamed(name: string): (index: number) => Buffer {
  return (index) => {
    const side = index % 2 === 0 ? "BUY" : "SELL";
    const order = {
      type: "NewOrder",
      participant: side === "BUY" ? "HDFC" : "SELLER",
      client_order_id: `${name}-${index}`,
      symbol: "SBIN",
      side,
      quantity: 1 + (index % 7),
      price_paise: 98_500 + (index % 9) * 5,
    };
    return Buffer.from(JSON.stringify(order));
  };
}
