import type { MarketLog } from "../../../src/services/log.ts";

/** Records of one append. */
const batch = 500;

/** Writes so many orders that rest in the book, each of its own id, as strangers write them. */
export async function writeRestingOrders(log: MarketLog, count: number): Promise<void> {
  const appender = await log.appender("sauda.orders", 0);
  for (let first = 0; first < count; first += batch) {
    const length = Math.min(batch, count - first);
    const records = Array.from({ length }, (_, index) => {
      const value = {
        v: 1,
        type: "NewOrder",
        participant: "HDFC",
        client_order_id: `many-${first + index}`,
        symbol: "SBIN",
        side: "BUY",
        quantity: 1,
        price_paise: 90_000 - 5 * ((first + index) % 1000),
        timestamp: "2026-06-01T04:30:00Z",
      };
      return { key: null, value: Buffer.from(JSON.stringify(value)) };
    });
    const { type } = await appender.append(records);
    if (type !== "at") throw new Error(`orders were not written: ${type}`);
  }
  await appender.close();
}
