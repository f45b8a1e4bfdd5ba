import { setTimeout as sleep } from "node:timers/promises";

import { KafkaProblem } from "./problem.ts";

/**
 * True if the Kafka can work now: it gave a producer id. For that the broker must be registered and the controller must
 * write; an open port proves neither. Gives up after two seconds.
 */
export async function isReady(bootstrap: string): Promise<boolean> {
  // Only now: most who look at a Kafka of ours find none that runs.
  const { Producer } = await import("../client.ts");
  const producer = new Producer({
    clientId: "sauda-ready",
    bootstrapBrokers: bootstrap.split(","),
    idempotent: true,
    retries: false,
    connectTimeout: 1_000,
    requestTimeout: 2_000,
    timeout: 2_000,
  });
  try {
    await producer.initIdempotentProducer({});
    return true;
  } catch {
    return false;
  } finally {
    await producer.close(true).catch(() => undefined);
  }
}

/** Waits until the Kafka is ready. Breaks with UNREACHABLE after `limitMs`, and with the signal's reason when aborted. */
export async function waitUntilReady(
  bootstrap: string,
  options: { limitMs: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const deadline = performance.now() + options.limitMs;
  while (!(await isReady(bootstrap))) {
    options.signal?.throwIfAborted();
    if (performance.now() >= deadline) throw unreachable(bootstrap, options.limitMs);
    await sleep(50, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

function unreachable(bootstrap: string, limitMs: number): KafkaProblem {
  return new KafkaProblem(
    "UNREACHABLE",
    `no Kafka that works was found at ${bootstrap} within ${limitMs / 1000} s`,
    "check that it runs, and that the address which it advertises can be reached from here; " +
      "without KAFKA_BOOTSTRAP_SERVERS a Kafka is started for you",
  );
}
