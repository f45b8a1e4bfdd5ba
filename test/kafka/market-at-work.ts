import { loadServices } from "../services/service-variant.ts";
import { testKafka, type TestKafka } from "./broker.ts";
import { openMarketInProcess, type MarketInProcess } from "./market-in-process.ts";

/** A market of one shard with its intake and its exchange, on a Kafka of its own. */
export type MarketAtWork = {
  readonly kafka: TestKafka;
  readonly market: MarketInProcess;
  /** So many times five orders, each five decided before the next. */
  orders(times: number): Promise<void>;
  stop(): Promise<void>;
};

/** Starts it. */
export async function startMarketAtWork(): Promise<MarketAtWork> {
  const kafka = await testKafka();
  const market = await openMarketInProcess(kafka.bootstrap);
  const services = await loadServices();
  await market.intake(services);
  await market.exchange({ services, bootstrap: kafka.bootstrap });
  return {
    kafka,
    market,
    async orders(times) {
      for (let each = 0; each < times; each += 1) {
        await market.order(5);
        await market.settled();
      }
    },
    async stop() {
      await market.stop();
      await kafka.stop();
    },
  };
}
