import type { Appender } from "../src/services/log.ts";

/** Flow B's buy order for one share, which takes it of the seller's offer. */
export function buyOrder(id: string): string {
  return (
    `{"order_id":"${id}","buyer":"HDFC","stock_symbol":"SBI","quantity":1,` +
    '"price_per_unit":885.0}'
  );
}

/** Flow B's offer of so many shares, without a price. */
export function sellOffer(quantity: number): string {
  return `{"offer_id":"bench","seller":"SELLER","stock_symbol":"SBI","quantity":${quantity}}`;
}

/** Appends texts, or their bytes, as one request; throws where they do not stand. */
export async function append(
  appender: Appender,
  ...values: readonly (string | Buffer)[]
): Promise<void> {
  const records = values.map((value) => ({
    key: null,
    value: typeof value === "string" ? Buffer.from(value) : value,
  }));
  const result = await appender.append(records);
  if (result.type !== "at") throw new Error(`append ${result.type}: ${result.why}`);
}
