import { digestSecret, readKeyText } from "../../../src/http/keys.ts";
import type { Answered, RunningGateway, Who } from "../running-gateway.ts";

/** A key as Kite's clients name it: id, secret, and the API secret that checksums are made with. */
type KiteKey = {
  readonly apiKey: string;
  readonly accessToken: string;
  readonly apiSecret: string;
};

/** The key of a member in Kite's words. */
export function kiteKey({ keys }: RunningGateway, who: Who): KiteKey {
  const { id, secret } = readKeyText(keys[who]) ?? { id: "", secret: "" };
  return { apiKey: id, accessToken: secret, apiSecret: digestSecret(secret) };
}

/** A request as Kite's clients send it; `form` is sent url-encoded. */
export async function kiteCall(
  market: RunningGateway,
  who: Who | null,
  method: string,
  path: string,
  form?: Readonly<Record<string, string>>,
): Promise<Answered> {
  const headers: Record<string, string> = { "x-kite-version": "3" };
  if (who !== null) {
    const { apiKey, accessToken } = kiteKey(market, who);
    headers["authorization"] = `token ${apiKey}:${accessToken}`;
  }
  const body = form === undefined ? null : new URLSearchParams(form);
  const answer = await fetch(`${market.url}/kite${path}`, { method, headers, body });
  return { status: answer.status, body: (await answer.json()) as Answered["body"] };
}

/** The form of a good order. */
export function orderFields(
  over: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    exchange: "NSE",
    tradingsymbol: "SBIN",
    transaction_type: "BUY",
    quantity: "10",
    product: "CNC",
    order_type: "LIMIT",
    price: "985.05",
    validity: "DAY",
    ...over,
  };
}

/** Places an order that must be taken. Returns its id. */
export async function placeOrder(
  market: RunningGateway,
  who: Who,
  over: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { body } = await kiteCall(market, who, "POST", "/orders/regular", orderFields(over));
  return dataOf<{ order_id: string }>(body).order_id;
}

/** The data of a good answer; throws for any other. */
export function dataOf<Data>(body: Answered["body"]): Data {
  if (body["status"] !== "success") throw new Error(JSON.stringify(body));
  return body["data"] as Data;
}
