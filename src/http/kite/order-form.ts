import { z } from "zod";
import { products, type OrderContent } from "../../domain/facts/order-fields.ts";
import { symbolText } from "../../protocol/fields.ts";
import { readRupees } from "../../protocol/rupees.ts";
import { shortened } from "../../protocol/unreadable.ts";
import { readWholeNumber } from "../../protocol/whole-number.ts";
import { inputError } from "./kite-error.ts";

const word = z.string().max(64);
/** What the market has not: whatever is sent must ask for nothing. */
const nothing = z
  .string()
  .regex(/^(0*(\.0*)?)$/)
  .optional()
  .describe("0, or leave it out: the market does not have it yet");

/**
 * Form of `POST /orders/regular`, texts as they came. Source of the names: Kite Connect
 * v3, "Orders".
 */
export const orderForm = z.strictObject({
  variety: word.optional(),
  exchange: z.literal("NSE").describe("NSE, the only exchange here"),
  tradingsymbol: symbolText,
  transaction_type: z.enum(["BUY", "SELL"]).describe("BUY or SELL"),
  quantity: z
    .string()
    .regex(/^\d{1,10}$/)
    .describe("a whole number of shares, 1 to 1000000000, such as 100"),
  product: z.enum(products).describe("CNC, or MIS on margin: the market has no NRML and MTF yet"),
  order_type: z
    .enum(["LIMIT", "MARKET"])
    .describe("LIMIT, or MARKET to sell: the market has no SL and SL-M yet"),
  price: z.string().max(40).optional(),
  validity: z.enum(["DAY", ""]).optional().describe("DAY: the market has no IOC and TTL yet"),
  tag: z
    .string()
    .regex(/^[A-Za-z0-9]{0,20}$/)
    .optional()
    .describe("at most 20 letters and digits"),
  /** Exchanges ask for it; this one has no use for it. */
  algo_id: word.optional(),
  autoslice: z
    .literal("false")
    .optional()
    .describe("false: the market has no freeze quantity and slices nothing"),
  disclosed_quantity: nothing,
  trigger_price: nothing,
  validity_ttl: nothing,
  iceberg_legs: nothing,
  iceberg_quantity: nothing,
  auction_number: nothing,
  /**
   * A bound in percent that Kite puts around a MARKET order; `refuseMarketKinds` says what
   * there is.
   */
  market_protection: word.optional(),
  squareoff: nothing,
  stoploss: nothing,
  trailing_stoploss: nothing,
  parent_order_id: nothing,
});

/** What Kite's orders do not say. */
export const unasked = { client: null, counterparty: null, custodian: null } as const;

/** What an order form asks for. `pricePaise` null: a sell at whatever buyers bid. */
type AskedOrder = Omit<OrderContent, keyof typeof unasked | "unfit"> & {
  readonly tag: string | null;
};

/**
 * Reads a form that has the right fields. Throws `KiteError` where their values do not go together.
 */
export function readOrderForm(form: z.infer<typeof orderForm>): AskedOrder {
  const { tradingsymbol: symbol, transaction_type: side, product, tag = "" } = form;
  refuseMarketKinds(form);
  const shares = readWholeNumber(form.quantity);
  const quantity = shares.ok ? shares.value : 0;
  if (quantity < 1 || quantity > most)
    throw inputError(`quantity: found ${form.quantity}, send 1 to ${most} shares`);
  const pricePaise = form.order_type === "LIMIT" ? readPrice(form.price) : noPrice(form.price);
  return { symbol, side, quantity, pricePaise, product, tag: tag === "" ? null : tag };
}

/** The market's own bound, of shares and of a price in paise. */
const most = 1_000_000_000;

function readPrice(text: string | undefined): number {
  if (text === undefined || text === "")
    throw inputError("price is missing: a LIMIT order needs rupees such as 985.05");
  const read = readRupees(text);
  if (!read.ok && read.problem === "PRICE_DECIMALS")
    throw inputError(`price: found ${shortened(text)}, send rupees with at most two decimals`);
  if (!read.ok || read.value < 1 || read.value > most)
    throw inputError(`price: found ${shortened(text)}, send 0.01 to 10000000 rupees`);
  return read.value;
}

function noPrice(text = "0"): null {
  const read = readRupees(text === "" ? "0" : text);
  if (read.ok && read.value === 0) return null;
  throw inputError("price: a MARKET order has none: send 0 or leave it out, or send LIMIT");
}

/** Texts say the whole way on at once: leaving the bound out makes no MARKET buy possible. */
function refuseMarketKinds(form: z.infer<typeof orderForm>): void {
  const { order_type: type, market_protection: protection = "" } = form;
  if (type === "MARKET" && form.transaction_type === "BUY")
    throw inputError(
      "order_type: MARKET buys are not possible here, with or without market_protection: send LIMIT and the highest price you would pay",
    );
  if (/^0*(\.0*)?$/.test(protection)) return;
  const found = `market_protection: found ${shortened(protection)}`;
  if (type === "LIMIT")
    throw inputError(`${found}: the price is a LIMIT order's bound, so leave it out`);
  throw inputError(
    `${found}: a MARKET sell here takes whatever buyers bid and has no bound: send LIMIT and the lowest price you would take, or leave market_protection out`,
  );
}
