import { ephemeralMarket, until } from "../acceptance/market-process.ts";
import { openTopics } from "../acceptance/records.ts";
import { textOf, type DashboardMarket } from "./dashboard-market.ts";

/**
 * Starts a market on a Kafka of its own, every service a process, as `sauda up --ephemeral` does.
 * Its topics are read and written with another client than ours.
 */
export async function startKafkaMarket(): Promise<DashboardMarket> {
  const market = await ephemeralMarket(["--orders-per-second", "1000"]);
  const topics = openTopics(market.bootstrap);
  let killed: number | null = null;
  return {
    url: market.http,
    key: market.key,
    killGateway: async () => {
      killed = await market.pid("gateway");
      if (killed === null) throw new Error("no gateway runs");
      process.kill(killed, "SIGKILL");
    },
    gatewayBack: () =>
      until("the supervisor starts the gateway again", async () => {
        const pid = await market.pid("gateway");
        return pid !== null && pid !== killed;
      }),
    write: async (topic, value) => void (await topics.send(topic, value)),
    read: async (topic) => {
      const records = (await topics.read(topic)).filter(({ isControl }) => !isControl);
      return records.map(({ offset, value }) => ({ offset, text: textOf(topic, value) }));
    },
    close: async () => {
      await topics.close();
      await market.stop();
    },
  };
}
