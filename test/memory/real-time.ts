import type { Random } from "../../src/memory/random.ts";

/**
 * Runs `work` in a process that has no time and no chance of its own: real timers and `Date.now` throw,
 * `Math.random` is the seed's. What reaches for them would make two runs of a seed differ.
 */
export async function withoutRealTime<Value>(
  random: Random,
  work: () => Promise<Value>,
): Promise<Value> {
  const { setTimeout, setInterval } = globalThis;
  const { now } = Date;
  const { random: chance } = Math;
  const forbidden = (name: string) => (): never => {
    throw new Error(`${name} in a simulation: use the Clock`);
  };
  const timersBefore = realTimers();
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
  }
}

function realTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}
