import type { Result } from "../../protocol/result.ts";
import { pythonFloat } from "./python-float.ts";
import { rawNumber } from "../raw-json.ts";

/** What a broker typed: shares, symbol and price, the numbers as the seeds' programs write them. */
export type BrokerLine = { readonly qty: string; readonly symbol: string; readonly price: string };
/** What a seller typed. */
type SellerLine = { readonly qty: string; readonly symbol: string };

/** What the seeds' broker says to a line it cannot use. */
export const badBrokerLine = "Bad format. Use: qty,symbol,price";
/** The same for a seller. */
export const badSellerLine = "Bad format. Use: qty,symbol";

/** Reads `qty,symbol,price`; spaces around the commas are allowed. */
export function readBrokerLine(line: string): Result<BrokerLine> {
  const [qtyText = "", symbol = "", priceText = "", ...rest] = parts(line);
  const qty = pythonInt(qtyText);
  const price = pythonFloat(priceText);
  if (qty === null || price === null || symbol === "" || rest.length > 0)
    return { ok: false, problem: badBrokerLine };
  return { ok: true, value: { qty, symbol, price } };
}

/** Reads `qty,symbol`; spaces around the comma are allowed. */
export function readSellerLine(line: string): Result<SellerLine> {
  const [qtyText = "", symbol = "", ...rest] = parts(line);
  const qty = pythonInt(qtyText);
  if (qty === null || symbol === "" || rest.length > 0)
    return { ok: false, problem: badSellerLine };
  return { ok: true, value: { qty, symbol } };
}

/** True for the words that leave a prompt. */
export function isLeaving(line: string): boolean {
  return /^(exit|quit)$/i.test(line.trim());
}

function parts(line: string): string[] {
  return line.split(",").map((part) => part.trim());
}

/**
 * A whole number's text as Python prints `int(text)`: no plus, no leading zeros. Null for
 * anything else.
 */
function pythonInt(text: string): string | null {
  // Python itself refuses more than 4300 digits.
  if (!/^[+-]?\d{1,4300}$/.test(text)) return null;
  const digits = text.replace(/^[+-]/, "").replace(/^0+(?=\d)/, "");
  return text.startsWith("-") && digits !== "0" ? `-${digits}` : digits;
}

/** What may be added to the seeds' fields. */
type TradeOrderExtras = {
  readonly orderId?: string;
  readonly buyer?: string;
  readonly counterparty?: string;
};

/** A record of `Trade_Order`: the seed's fields, then what was added. */
export function tradeOrder({ qty, symbol, price }: BrokerLine, extras: TradeOrderExtras): object {
  return {
    type: "Trade_Order",
    qty: rawNumber(qty),
    symbol,
    price: rawNumber(price),
    order_id: extras.orderId,
    buyer: extras.buyer,
    counterparty: extras.counterparty,
  };
}

/** What a record of flow B says beside the line. */
type FlowBSender = { readonly id: string; readonly name: string; readonly atMs: number };

/** A record of `buy-orders`. */
export function buyOrder(line: BrokerLine, { id, name, atMs }: FlowBSender): object {
  return {
    order_id: id,
    buyer: name,
    stock_symbol: line.symbol,
    quantity: rawNumber(line.qty),
    price_per_unit: rawNumber(line.price),
    timestamp: localTimestamp(atMs),
  };
}

/** A record of `sell-offers`. */
export function sellOffer(line: SellerLine, { id, name, atMs }: FlowBSender): object {
  return {
    offer_id: id,
    seller: name,
    stock_symbol: line.symbol,
    quantity: rawNumber(line.qty),
    timestamp: localTimestamp(atMs),
  };
}

/** What a counterparty's record may say beside its text. */
export type AnswerExtras = {
  readonly orderId?: string;
  readonly symbol?: string;
  readonly counterparty?: string;
};

/** A record of `Counter_party`. */
export function counterPartyText(text: string, extras: AnswerExtras): object {
  return {
    type: "Counter_party",
    text,
    order_id: extras.orderId,
    symbol: extras.symbol,
    counterparty: extras.counterparty,
  };
}

/** Local time in the form of Python's `datetime.now().isoformat()`: no zone, six digits. */
export function localTimestamp(atMs: number): string {
  const date = new Date(atMs);
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, "0");
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return `${day}T${time}.${pad(date.getMilliseconds(), 3)}000`;
}
