import { z } from "zod";
import { symbolText } from "../../protocol/fields.ts";
import { executionSchema } from "../../protocol/own/execution-message.ts";
import { settlementSchema } from "../../protocol/own/settlement-message.ts";
import { instructionChangeSchema, tradeChangeSchema } from "../../protocol/own/way-message.ts";
import { printSchema, tradeSchema } from "../../protocol/own/trade-message.ts";
import { affirmationSchema, depthSchema, levelSchema, orderSchema } from "../schemas.ts";

const ops = "auth, subscribe, unsubscribe or ping";
const channels = [
  "orders",
  "confirmations",
  "affirmations",
  "trades",
  "prints",
  "settlements",
  "depth",
  "market",
] as const;

/** What a client of the stream (`/v1/stream`, WebSocket, JSON texts) may say. */
export const streamRequest = z.discriminatedUnion("op", [
  z.strictObject({
    op: z
      .literal("auth")
      .describe(`${ops}; auth first, unless the request had an Authorization header`),
    key: z.string().max(200).describe("a key's text: sauda_..."),
    participant: z
      .string()
      .max(32)
      .optional()
      .describe("a member's short name such as HDFC, for keys that may act for several"),
  }),
  z.strictObject({
    op: z.literal("subscribe").describe(ops),
    channel: z.enum(channels).describe(`one of ${channels.join(", ")}`),
    symbol: symbolText
      .optional()
      .describe(
        "a symbol such as SBIN; depth, prints: which book; trades, settlements: only yours of it; absent: all of yours",
      ),
    levels: z
      .union([z.literal(5), z.literal(20)])
      .optional()
      .describe("5 or 20, of the channel depth; absent: 5"),
  }),
  z.strictObject({
    op: z.literal("unsubscribe").describe(ops),
    id: z.int().nonnegative().describe("the id of a subscription, a whole number"),
  }),
  z.strictObject({ op: z.literal("ping").describe(ops) }),
]);

const subscription = {
  id: z.int().describe("of the subscription"),
  n: z
    .int()
    .describe(
      "counts this subscription's messages from 0; a gap means messages were lost: subscribe again",
    ),
};

/** The levels of one side that differ from the message before; quantity 0 takes a price out. */
export const depthDelta = z.object({
  type: z.literal("delta"),
  ...subscription,
  symbol: z.string(),
  bids: z.array(levelSchema),
  asks: z.array(levelSchema),
  rest: depthSchema.omit({ bids: true, asks: true, symbol: true }),
});

/** What the stream says. */
export const streamMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), participant: z.string().nullable(), market_id: z.string() }),
  z.object({
    type: z.literal("subscribed"),
    id: z.int(),
    channel: z.string(),
    symbol: z.string().nullable(),
  }),
  z.object({ type: z.literal("unsubscribed"), id: z.int() }),
  z.object({ type: z.literal("snapshot"), ...subscription, depth: depthSchema }),
  depthDelta,
  z.object({ type: z.literal("order"), ...subscription, execution: executionSchema }),
  z.object({
    type: z.literal("confirmation").describe("an order that waits for you, or waits no more"),
    ...subscription,
    order: orderSchema,
  }),
  z.object({
    type: z.literal("affirmation").describe("a trade that waits for you, or waits no more"),
    ...subscription,
    affirmation: affirmationSchema,
  }),
  z.object({ type: z.literal("trade"), ...subscription, trade: tradeSchema }),
  z.object({
    type: z
      .literal("prints")
      .describe("the tape of the symbol since the last message: it names nobody"),
    ...subscription,
    trades: z.array(printSchema),
  }),
  z.object({
    type: z.literal("settlement"),
    ...subscription,
    settlement: z.union([settlementSchema, tradeChangeSchema, instructionChangeSchema]),
  }),
  z.object({
    type: z.literal("market"),
    ...subscription,
    seq: z.int(),
    orders: z.int().describe("accepted since the last message"),
    trades: z.int().describe("since the last message"),
    interval_ms: z.int(),
    lag_records: z.int(),
    pending: z.int(),
    prices: z
      .array(z.object({ symbol: z.string(), last_price_paise: z.int(), volume: z.int() }))
      .describe("of the books that traded since the last message"),
  }),
  z.object({
    type: z.literal("resync"),
    id: z.int(),
    why: z.string().describe("messages were left out; what follows begins anew at n 0"),
  }),
  z.object({ type: z.literal("error"), code: z.string(), detail: z.string() }),
  z.object({ type: z.literal("pong") }),
]);

/** A message of the stream. */
export type StreamMessage = z.infer<typeof streamMessage>;
