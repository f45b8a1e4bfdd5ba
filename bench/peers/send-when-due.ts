import { setTimeout as sleep } from "node:timers/promises";
import type { Appender } from "../../src/services/log.ts";
import { append } from "../flow-b.ts";

/**
 * Sends `rate * seconds` records, each when it is due, whether or not earlier ones have come to
 * anything (open loop: a stall counts against every record behind it). Those due together share a
 * request. Returns when the first was due, on `performance.now()`'s clock; record n is due
 * n / rate seconds later.
 */
export async function sendWhenDue(
  appender: Appender,
  rate: number,
  seconds: number,
  valueOf: (index: number) => string,
): Promise<number> {
  const startedAtMs = performance.now();
  const count = rate * seconds;
  for (let next = 0; next < count;) {
    const nowMs = performance.now();
    const batch: string[] = [];
    for (; next < count && startedAtMs + (next * 1000) / rate <= nowMs; next += 1)
      batch.push(valueOf(next));
    if (batch.length > 0) await append(appender, ...batch);
    else await sleep(1);
  }
  return startedAtMs;
}
