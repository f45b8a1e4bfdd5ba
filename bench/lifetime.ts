import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { memoryFlags } from "../src/cli/memory-flags.ts";

/** What one of the two processes has cost, and what it holds, after a tenth of all orders. */
export type ProcessSoFar = {
  /** CPU of the process, of the last tenth of all. */
  readonly cpuUsEach: number;
  /** What the process has, after the garbage went: objects, buffers, and all of it. */
  readonly heapBytes: number;
  readonly bufferBytes: number;
  readonly residentBytes: number;
};

/** After a tenth: the exchange, and the gateway that follows it. */
export type LifetimeSoFar = {
  readonly orders: number;
  readonly exchange: ProcessSoFar;
  readonly gateway: ProcessSoFar;
};

/** What each knows at the end as a snapshot has it, and how long a start from that reads it. */
export type Reread = { readonly bytes: number; readonly readMs: number };

/** What a market's whole life came to. */
export type Lifetime = {
  readonly tenths: readonly LifetimeSoFar[];
  readonly rereads: { readonly exchange: Reread; readonly gateway: Reread };
  /** Events that the gateway's process has folded, and its CPU for them. */
  readonly events: number;
  readonly eventsPerCpuSecond: number;
};

/** What the processes say over their channel. */
export type Said =
  | { readonly type: "tenth"; readonly orders: number; readonly cost: ProcessSoFar }
  | { readonly type: "end"; readonly reread: Reread; readonly events: number };

const programs = {
  exchange: "lifetime-exchange.ts",
  gateway: "lifetime-gateway.ts",
} as const;

/**
 * Lets a process decide `count` orders of flow B as the exchange does, pairs that trade at once
 * beside `resting` orders that nothing takes, from commands' bytes to the log's, and another one
 * fold these bytes as the gateway does; each has the flags of the process that it stands for. No
 * Kafka: one's log is the other's input. `onTenth` hears of each tenth.
 */
export async function measureLifetime(
  count: number,
  resting: number,
  onTenth: (tenth: LifetimeSoFar) => void,
): Promise<Lifetime> {
  const exchange = start("exchange", count, resting);
  const gateway = start("gateway", count, resting);
  if (exchange.stdout === null || gateway.stdin === null) throw new Error("no pipe between them");
  exchange.stdout.pipe(gateway.stdin);
  const tenths: LifetimeSoFar[] = [];
  const heard = {
    exchange: new Map<number, ProcessSoFar>(),
    gateway: new Map<number, ProcessSoFar>(),
  };
  const ends: Partial<Record<keyof typeof programs, Extract<Said, { type: "end" }>>> = {};
  const listen = (name: keyof typeof programs) => (message: unknown) => {
    const word = message as Said;
    if (word.type === "end") return void (ends[name] = word);
    const { orders, cost } = word;
    heard[name].set(orders, cost);
    const both = { exchange: heard.exchange.get(orders), gateway: heard.gateway.get(orders) };
    if (both.exchange === undefined || both.gateway === undefined) return;
    const tenth = { orders, exchange: both.exchange, gateway: both.gateway };
    tenths.push(tenth);
    onTenth(tenth);
  };
  exchange.on("message", listen("exchange"));
  gateway.on("message", listen("gateway"));
  await Promise.all([ended("exchange", exchange), ended("gateway", gateway)]);
  if (ends.exchange === undefined || ends.gateway === undefined || tenths.length !== 10)
    throw new Error("a process ended before its orders did");
  const { events } = ends.gateway;
  const cpuUs = tenths.reduce((sum, tenth) => sum + tenth.gateway.cpuUsEach * (count / 10), 0);
  return {
    tenths,
    rereads: { exchange: ends.exchange.reread, gateway: ends.gateway.reread },
    events,
    eventsPerCpuSecond: (events * 1e6) / cpuUs,
  };
}

function start(name: keyof typeof programs, count: number, resting: number): ChildProcess {
  const program = join(import.meta.dirname, programs[name]);
  return fork(program, [String(count), String(resting)], {
    execArgv: ["--expose-gc", ...memoryFlags(name)],
    stdio: ["pipe", "pipe", "inherit", "ipc"],
  });
}

async function ended(name: string, child: ChildProcess): Promise<void> {
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0) throw new Error(`the ${name}'s process ended with ${code ?? signal}`);
}
