import { randomBytes } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { stopKafka } from "../../src/kafka/managed/stop.ts";
import { realClock } from "../../src/services/clock.ts";
import { takeSnapshot } from "../../src/services/snapshots/take-snapshot.ts";
import { loadServices } from "../services/service-variant.ts";
import { openAll } from "../services/snapshot-market.ts";
import { testKafka } from "./broker.ts";
import { openMarketInProcess } from "./market-in-process.ts";

/** The files of a market's Kafka that was stopped, and how to be rid of them. */
export type StoppedMarket = { readonly folder: string; remove(): Promise<void> };

/**
 * A small market on a real Kafka, with two writers one after the other and a Kafka that was started
 * twice: stopped cleanly, and its folder kept.
 */
export async function stopMarket(): Promise<StoppedMarket> {
  const kafka = await testKafka();
  try {
    const services = await loadServices();
    for (const orders of [30, 20]) {
      if (orders === 20) await kafka.restart();
      const market = await openMarketInProcess(kafka.bootstrap);
      await market.intake(services);
      await market.exchange({ services, bootstrap: kafka.bootstrap });
      for (let sent = 0; sent < orders; sent += 5) {
        await market.order(5);
        await market.settled();
      }
      await market.stop();
      await snapshot(kafka.bootstrap);
    }
    await stopKafka(kafka.dir);
    const folder = await mkdtemp(join(tmpdir(), "sauda-stopped-"));
    await cp(join(kafka.dir, "log"), folder, { recursive: true });
    return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
  } finally {
    await kafka.stop();
  }
}

/** As a standby takes one. */
async function snapshot(bootstrap: string): Promise<void> {
  const log = openKafkaLog({ bootstrap, clientId: "standby" });
  try {
    const { followed } = await openAll(log);
    const randomHex = (bytes: number): string => randomBytes(bytes).toString("hex");
    const parts = { log, shard: 0, clock: realClock, randomHex };
    await takeSnapshot(parts, followed, new AbortController().signal);
  } finally {
    await log.close();
  }
}
