import { logText } from "../steps-record.ts";

/** A market behind a dashboard, with a gateway that can be killed and comes back. */
export type DashboardMarket = {
  /** Of the gateway; the same after a restart. */
  readonly url: string;
  /** The key that the address in the terminal brings. */
  readonly key: string;
  /** Ends the gateway without a word to anybody. */
  killGateway(): Promise<void>;
  /** Returns when a killed gateway runs again. */
  gatewayBack(): Promise<void>;
  /** Writes a record to a topic, as a stranger does. */
  write(topic: string, value: string): Promise<void>;
  /** Everything on the topic's partition 0, read past the gateway. */
  read(topic: string): Promise<readonly WrittenRecord[]>;
  close(): Promise<void>;
};

/** A record as it lies on its topic. */
export type WrittenRecord = { readonly offset: number; readonly text: string };

/** Sends an order as the member, without the dashboard. Returns its id. */
export async function placeOrder(
  { url, key }: DashboardMarket,
  member: string,
  order: object,
): Promise<string> {
  const headers = {
    authorization: `Bearer ${key}`,
    "sauda-participant": member,
    "content-type": "application/json",
  };
  const body = JSON.stringify(order);
  const answer = await fetch(`${url}/v1/orders`, { method: "POST", headers, body });
  const answered = (await answer.json()) as { order?: { order_id: string } | null };
  if (answered.order === undefined || answered.order === null)
    throw new Error(`${answer.status} ${JSON.stringify(answered)}`);
  return answered.order.order_id;
}

/** A record's value as text: of the log, as its steps are shown. */
export function textOf(topic: string, value: Buffer | null): string {
  return topic === "sauda.events" ? logText(value) : (value?.toString("utf8") ?? "");
}
