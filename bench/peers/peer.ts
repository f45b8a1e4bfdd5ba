import { spawn } from "node:child_process";

/** A program that takes flow B's orders and writes their legs, measured beside others. */
export type Peer = {
  /** As it stands in the tables. */
  readonly name: string;
  /** What it is and with which settings, for people. */
  readonly what: string;
  /** Matches orders with offers; one that does not writes each order to both topics of legs. */
  readonly isMatcher: boolean;
  /** Has a log of steps, `sauda.events`, in which an order is known before its legs are. */
  readonly hasEvents: boolean;
  /** A slow one gets one order in so many, or a round would take an hour. */
  readonly oneIn: number;
  /** Starts it on a Kafka with the market's topics, all empty; returns what ends it. */
  start(bootstrap: string): Promise<() => Promise<void>>;
};

/** The names that the tables and the aims go by. */
export const names = {
  alike: "Sauda, like for like",
  whole: "Sauda, whole market",
  copy: "copy loop",
  streams: "Kafka Streams",
  quickStreams: "Kafka Streams, quick commits",
  python: "kafka-python",
} as const;

const endLimitMs = 15_000;

/**
 * Starts a peer's program, which ends when its standard input does, so that none outlives this
 * process. What it says goes to stderr. Returns what ends it.
 */
export function startProgram(program: string, args: readonly string[]): () => Promise<void> {
  const child = spawn(program, args, { stdio: ["pipe", 2, 2] });
  const { stdin } = child;
  if (stdin === null) throw new Error("broken invariant: stdin is a pipe");
  stdin.on("error", () => {}); // it may have ended by itself
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let isAsked = false;
  child.on("error", ({ message }) => process.stderr.write(`${program}: ${message}\n`));
  child.on("close", (code, signal) => {
    if (!isAsked) process.stderr.write(`${program} ended by itself: ${code ?? signal}\n`);
    resolve();
  });
  return async () => {
    isAsked = true;
    stdin.end();
    const killing = setTimeout(() => child.kill("SIGKILL"), endLimitMs);
    await ended;
    clearTimeout(killing);
  };
}
