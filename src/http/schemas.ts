import { z } from "zod";
import { products, type OrderFields } from "../domain/facts/order-fields.ts";
import {
  clientId,
  clientName,
  participantName,
  symbolText,
  wordsForPeople,
} from "../protocol/fields.ts";
import type { OrderShape } from "../protocol/order-fields.ts";
import { utcMoment } from "../protocol/own/public-fields.ts";
import { roles } from "./keys.ts";
import { orderStatuses } from "../services/records/order-records.ts";

/** Shares at the HTTP door, written as a whole number (`readJson` leaves `100.0` out). */
export const shares: z.ZodInt = z
  .int()
  .min(1)
  .max(1_000_000_000)
  .describe("a whole number of shares, 1 to 100 crore, such as 100");
/** A price at the HTTP door. */
export const paise: z.ZodInt = z
  .int()
  .min(1)
  .max(1_000_000_000)
  .describe("a price in whole paise, 1 to 100 crore, such as 98500");

const deadlineInMsDefault = 5_000;
/** How long a request may wait to be decided; decided later it is refused (DEADLINE_PASSED). */
const deadlineInMs: z.ZodDefault<z.ZodInt> = z
  .int()
  .min(100)
  .max(60_000)
  .default(deadlineInMsDefault)
  .describe("a whole number of milliseconds, 100 to 60000: decided within, or refused");

/** `POST /v1/orders`. The participant is the key's. */
export const placeOrderBody = z.strictObject({
  client_order_id: clientId
    .optional()
    .describe(
      "your id of 1 to 128 characters, no control characters; the same id and content again is the same order",
    ),
  client: clientName.nullish().describe("the client's code; absent: the member's own account"),
  symbol: symbolText,
  side: z.enum(["BUY", "SELL"]).describe('"BUY" or "SELL"'),
  quantity: shares,
  price_paise: paise
    .nullish()
    .describe("a limit in whole paise such as 98500; absent: an unpriced sell"),
  counterparty: participantName
    .nullish()
    .describe("the member to negotiate with (BUY only); absent: the order book"),
  custodian: participantName
    .nullish()
    .describe("who affirms the trades for its client (T+1 only); absent: nobody has to"),
  product: z
    .enum(products)
    .optional()
    .describe("MIS: squared off on the day (accounts on margin, T+1); absent: CNC, delivered"),
  deadline_in_ms: deadlineInMs,
} satisfies OrderShape<Exclude<keyof OrderFields, "participant" | "symbolAsSent" | "unfit">>);

/** A request's own id. */
const requestId = clientId
  .optional()
  .describe(
    "the request's own id of 1 to 128 characters, no control characters; made where absent",
  );

/** What every request may say beside what it asks for. */
export const requestFields = {
  client_order_id: requestId,
  deadline_in_ms: deadlineInMs,
};

const unsaid = { client_order_id: undefined, deadline_in_ms: deadlineInMsDefault };

/** Body of a cancel, a confirm, a reject and an affirm; all of it may be left out. */
export const requestBody = z
  .strictObject(requestFields)
  .nullish()
  .transform((body) => body ?? unsaid);

/** Body of a custodian's no; all of it may be left out. */
export const rejectTradeBody = z
  .strictObject({
    ...requestFields,
    reason: wordsForPeople.nullish(),
  })
  .nullish()
  .transform((body) => body ?? { ...unsaid, reason: null });

/** Where a step stands: everything the gateway says carries it. */
export const placeSchema = z.object({
  shard: z.int(),
  seq: z.int().describe("number of the step on the shard"),
  command_offset: z.int().describe("on sauda.commands"),
  log_offset: z.int().describe("on sauda.events"),
  at: utcMoment,
});

/** Where an order came from: a record of a topic, or a door. */
const originSchema = z.union([
  z.object({ topic: z.string(), partition: z.int(), offset: z.int(), timestamp: utcMoment }),
  z.object({ request_id: z.string(), received_at: utcMoment, deadline: utcMoment }),
]);

/** An order as its owner sees it. */
export const orderSchema = z.object({
  order_id: z.string(),
  client_order_id: z.string(),
  participant: z.string(),
  client: z.string().nullable(),
  symbol: z.string(),
  side: z.enum(["BUY", "SELL"]),
  quantity: z.int(),
  price_paise: z.int().nullable(),
  counterparty: z.string().nullable(),
  custodian: z.string().nullable(),
  product: z.enum(products),
  status: z.enum(orderStatuses),
  cum_qty: z.int(),
  leaves_qty: z.int(),
  average_price_paise: z.int().nullable().describe("rounded to the nearest paisa"),
  reason: z.string().nullable(),
  text: z.string().nullable(),
  expires_at: utcMoment.nullable(),
  updated_at: utcMoment,
  trade_ids: z.array(z.string()).describe("the newest thousand, oldest first"),
  origin: originSchema,
  place: placeSchema,
} satisfies OrderShape<Exclude<keyof OrderFields, "symbolAsSent" | "unfit">>);

/** An order on the wire. */
export type OrderJson = z.infer<typeof orderSchema>;

/** One side of a trade that a custodian is to affirm, as the custodian sees it. */
export const affirmationSchema = z.object({
  trade_id: z.string(),
  side: z.enum(["BUY", "SELL"]).describe("the side that its client is on"),
  status: z.enum(["AwaitingAffirmation", "Affirmed", "Devolved"]),
  reason: z.enum(["REJECTED", "CUT_OFF"]).nullable().describe("why it devolved"),
  text: z.string().nullable().describe("the custodian's words for its no"),
  custodian: z.string(),
  participant: z.string().describe("the trading member"),
  client: z.string().describe("the custodian's client"),
  symbol: z.string(),
  quantity: z.int(),
  price_paise: z.int(),
  amount_paise: z.int(),
  settlement_number: z.string(),
  affirm_until: utcMoment.describe("silence ends then, and the trade devolves"),
  updated_at: utcMoment,
  place: placeSchema.describe("of the trade"),
});

/** A side that waits for a custodian on the wire. */
export type AffirmationJson = z.infer<typeof affirmationSchema>;

/** Beside `repeated`: where the first answer stands. */
export const firstPlace = placeSchema
  .nullable()
  .describe("of a repeat: where it was first decided, as far as that is kept; else null");

/** What became of a custodian's word. */
export const affirmationDecidedSchema = z.object({
  outcome: z.enum(["accepted", "repeated"]),
  request_id: z.string(),
  affirmation: affirmationSchema.nullable().describe("as it is now; null where it is not kept"),
  place: placeSchema,
  first: firstPlace,
});

/**
 * What became of a request that the market took: `repeated` repeats the first answer's effect, not
 * the effect.
 */
export const decidedSchema = z.object({
  outcome: z.enum(["accepted", "repeated"]),
  request_id: z.string(),
  order: orderSchema.nullable().describe("as it is now; null where it is no longer kept"),
  place: placeSchema,
  first: firstPlace,
});

/** The third answer: not decided yet; after the deadline it is in the log or never will be. */
export const unknownSchema = z.object({
  outcome: z.literal("unknown"),
  request_id: z.string(),
  client_order_id: z.string().describe("ask GET /v1/orders/{client_order_id} after the deadline"),
  deadline: utcMoment,
});

/** Errors (RFC 9457). `code` is stable; `detail` says what to change. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  field: z.string().optional(),
  request_id: z.string().optional(),
  place: placeSchema.optional(),
});

/** What an account has of one asset. */
export const holdingSchema = z.object({
  account: z.string(),
  symbol: z.string(),
  isin: z.string().nullable(),
  free: z.int(),
  blocked: z.int(),
  due: z.int().describe("to receive by trades not settled yet; below zero, to deliver"),
  last_price_paise: z.int().nullable(),
});

/** What an account has of one asset, cash and shares alike: paise of INR, else shares. */
export const accountSchema = z.object({
  account: z.string(),
  asset: z.string().describe("INR, or a symbol"),
  free: z.int(),
  blocked: z.int(),
  due: z.int().describe("to receive by trades not settled yet; below zero, to deliver or pay"),
});

/** Cash of an account, in paise. */
export const fundsSchema = z.object({
  account: z.string(),
  free_paise: z.int(),
  blocked_paise: z.int(),
  due_paise: z.int().describe("to receive by trades not settled yet; below zero, to pay"),
  opening_paise: z.int(),
});

/** What an account bought and sold of a symbol since the market began, in trades still kept. */
export const positionSchema = z.object({
  account: z.string(),
  symbol: z.string(),
  bought: z.int(),
  bought_paise: z.int(),
  sold: z.int(),
  sold_paise: z.int(),
  net: z.int(),
  last_price_paise: z.int().nullable(),
});

/** An instrument, listed or listable, with the last price of its book. */
export const instrumentSchema = z.object({
  symbol: z.string(),
  series: z.string(),
  isin: z.string().nullable(),
  face_value_paise: z.int(),
  lot: z.int(),
  tick_paise: z.int(),
  reference_close_paise: z.int().nullable(),
  is_listed: z.boolean().describe("named by an order before"),
  last_price_paise: z.int().nullable(),
  volume: z.int(),
});

/** One price of the ladder. */
export const levelSchema = z.object({
  price_paise: z.int(),
  quantity: z.int(),
  orders: z.int(),
});

/** The book of a symbol, best price first, with the day so far. */
export const depthSchema = z.object({
  symbol: z.string(),
  bids: z.array(levelSchema),
  asks: z.array(levelSchema),
  unpriced_quantity: z.int().describe("offered without a price"),
  total_buy_quantity: z.int(),
  total_sell_quantity: z.int(),
  last_price_paise: z.int().nullable(),
  last_quantity: z.int(),
  last_at: utcMoment.nullable(),
  open_paise: z.int().nullable(),
  high_paise: z.int().nullable(),
  low_paise: z.int().nullable(),
  close_paise: z.int().nullable().describe("of the trade date before, else the reference close"),
  volume: z.int(),
  seq: z.int().describe("the shard's last step in this picture"),
});

/** The book on the wire. */
export type DepthJson = z.infer<typeof depthSchema>;

/** Trades of a span of time; `start_ms` since 1970 UTC. */
export const barSchema = z.object({
  start_ms: z.int(),
  open_paise: z.int(),
  high_paise: z.int(),
  low_paise: z.int(),
  close_paise: z.int(),
  quantity: z.int(),
  trades: z.int(),
});

/** A dead letter. */
export const deadLetterSchema = z.object({
  id: z.string(),
  reason: z.string(),
  detail: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.int(),
  timestamp: utcMoment.nullable(),
  key: z.string().nullable().describe("as text where it is UTF-8, else base64:..."),
  value: z.string().nullable().describe("as text where it is UTF-8, else base64:..."),
  key_is_text: z.boolean().nullable().describe("whether `key` is the text itself; null: no key"),
  value_is_text: z.boolean().nullable().describe("whether `value` is the text itself; null: none"),
  place: placeSchema,
  redriven: z
    .object({
      outcome: z.string(),
      is_final: z.boolean().describe("sent again once more it would be a repeat"),
      place: placeSchema,
    })
    .nullable(),
  cut: z
    .object({
      key_bytes: z.int().nullable(),
      value_bytes: z.int().nullable(),
      header_bytes: z.int().nullable(),
      first_offset: z.int().nullable().describe("of a whole batch that was not unpacked"),
      last_offset: z.int().nullable().describe("of a whole batch that was not unpacked"),
      packed_bytes: z.int().nullable().describe("of a whole batch that was not unpacked"),
      sha256: z.string().describe("of key, value and headers, or of the packed batch"),
    })
    .nullable()
    .describe(
      "of a record too large to be carried: what the whole was; key and value are its beginning",
    ),
  is_shortened: z
    .boolean()
    .describe("in a list: key or value is only its beginning; ask for the letter by its id"),
});

/** What sending a dead letter again would do, or did. */
export const redriveSchema = z.object({
  outcome: z.enum(["would_send", "accepted", "repeated", "unknown"]),
  command: z.string().nullable().describe("the command it now reads as"),
  place: placeSchema.nullable(),
});

/** Who the key is. */
export const sessionSchema = z.object({
  key_id: z.string(),
  roles: z.array(z.enum(roles)),
  participants: z
    .union([z.literal("*"), z.array(z.string())])
    .describe("the members it may act for; * is all, named by the header sauda-participant"),
  market_id: z.string(),
  log: z.string().describe("kafka or memory"),
});

/** The market in short. */
export const marketSchema = z.object({
  market_id: z.string(),
  status: z.enum(["open", "starting", "behind"]),
  clock: utcMoment.describe("the shard's clock: time of the last step"),
  seq: z.int(),
  epoch: z.int(),
  shards: z.int(),
  lag_records: z.int(),
  participants: z.array(z.string()).describe("that have an account so far"),
});
