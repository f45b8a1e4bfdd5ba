import type { Random } from "../../src/memory/random.ts";

/**
 * Runs `work` in a process that has no time and no chance of its own: real timers and `Date.now`
 * throw, `Math.random` is the seed's. What reaches for them would make two runs of a seed differ. A
 * rejection nobody waits for would end a real process, so it is given to `onUnhandled`.
 */
export async function withoutRealTime<Value>(
  random: Random,
  onUnhandled: (reason: unknown) => void,
  work: () => Promise<Value>,
): Promise<Value> {
  const { setTimeout, setInterval } = globalThis;
  const { now } = Date;
  const { random: chance } = Math;
  const forbidden = (name: string) => (): never => {
    throw new Error(`${name} in a simulation: use the Clock`);
  };
  const timersBefore = realTimers();
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", onUnhandled);
  Object.assign(globalThis, {
    setTimeout: forbidden("setTimeout"),
    setInterval: forbidden("setInterval"),
  });
  Object.assign(Date, { now: forbidden("Date.now") });
  Object.assign(Math, { random: () => random.next() });
  try {
    const value = await work();
    // Timers got through an import of node:timers, or AbortSignal.timeout, are seen here.
    if (realTimers() > timersBefore) throw new Error("a real timer was started in the simulation");
    return value;
  } finally {
    Object.assign(globalThis, { setTimeout, setInterval });
    Object.assign(Date, { now });
    Object.assign(Math, { random: chance });
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
}

function realTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}
