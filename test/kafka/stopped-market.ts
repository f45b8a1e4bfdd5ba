import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopKafka } from "../../src/kafka/managed/stop.ts";
import { loadServices } from "../services/service-variant.ts";
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
    }
    await stopKafka(kafka.dir);
    const folder = await mkdtemp(join(tmpdir(), "sauda-stopped-"));
    await cp(join(kafka.dir, "log"), folder, { recursive: true });
    return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
  } finally {
    await kafka.stop();
  }
}
