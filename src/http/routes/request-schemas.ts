import { z } from "zod";
import { clientName, participantName, symbolText } from "../../protocol/fields.ts";
import { firstPlace, paise, placeSchema, requestFields, shares } from "../schemas.ts";

const client = clientName.nullish().describe("the client's code; absent: the member's own account");

/** `POST /v1/orders/cancel-all`. */
export const cancelAllBody = z.strictObject({
  client: clientName.nullish().describe("the client's code; absent: all of the member's orders"),
  symbol: symbolText.nullish().describe("a symbol; absent: in all of them"),
  ...requestFields,
});

/** `POST /v1/market/cancel-all`. */
export const cancelAllOfMarketBody = z.strictObject({
  symbol: symbolText.nullish().describe("a symbol; absent: in all of them"),
  ...requestFields,
});

/** `POST /v1/offers`. */
export const offerBody = z.strictObject({
  client,
  symbol: symbolText,
  quantity: shares,
  price_paise: paise,
  ...requestFields,
});

const amountPaise = z.int().min(1).describe("an amount in whole paise such as 98500");

/** `POST /v1/dues/payments`. */
export const payDuesBody = z.strictObject({ client, amount_paise: amountPaise, ...requestFields });

/** `POST /v1/settlements/{number}/early-pay-ins`. */
export const payInEarlyBody = z.strictObject({
  client,
  symbol: symbolText,
  quantity: shares,
  ...requestFields,
});

/** `POST /v1/deposits` and `/v1/withdrawals`: cash, or shares of a symbol. */
export const fundsBody = z
  .strictObject({
    participant: participantName,
    client,
    amount_paise: amountPaise.optional(),
    symbol: symbolText.optional(),
    quantity: shares.optional(),
    ...requestFields,
  })
  // The same in the document, where the route says it in words.
  .meta({
    oneOf: [{ required: ["amount_paise"] }, { required: ["symbol"] }],
    dependentRequired: { symbol: ["quantity"], quantity: ["symbol"] },
  });

/** `POST /v1/members/{participant}/lift-suspension`. */
export const liftSuspensionBody = z.strictObject(requestFields);

/** `POST /v1/market/lift-halt`. */
export const liftHaltBody = z.strictObject({
  symbol: symbolText.nullable().describe("a symbol that is halted; null: what the clock does"),
  ...requestFields,
});

/** A member in a path. */
export const memberParam = z.object({ participant: participantName });

/** The number of a settlement in a path. */
export const settlementParam = z.object({
  number: z
    .string()
    .regex(/^[A-Z0-9]{1,16}$/)
    .describe("the number of a settlement such as M2026100"),
});

/** What a cancel-all did. */
export const cancelAllAnswer = z.object({
  canceled: z.int().describe("orders that it canceled"),
  orders: z.int().describe("orders that it was about"),
});

/** An offer that stands in the auction. */
export const offerAnswer = z.object({
  offer_id: z.string(),
  symbol: z.string(),
  quantity: z.int(),
  price_paise: z.int(),
});

/** What was paid of what is owed. */
export const payDuesAnswer = z.object({
  amount_paise: z.int().describe("what was sent"),
  paid_paise: z.int().describe("what of it was owed, and is paid"),
});

/** What was paid in early. */
export const payInEarlyAnswer = z.object({
  settlement_number: z.string(),
  symbol: z.string(),
  quantity: z.int(),
  asset: z.string().describe("INR, or the symbol"),
  amount: z.int().describe("paise of INR, else shares"),
});

/** What came into the market, or left it. */
export const fundsAnswer = z.object({
  asset: z.string().describe("INR, or a symbol"),
  amount: z.int().describe("paise of INR, else shares"),
});

/** Who may trade again. */
export const liftSuspensionAnswer = z.object({ participant: z.string() });

/** What goes on again. */
export const liftHaltAnswer = z.object({
  symbol: z.string().nullable().describe("null: what the clock does"),
});

/** What became of a request that is about no single order. */
export function requestDecided<Answer extends z.ZodType>(answer: Answer) {
  return z.object({
    outcome: z.enum(["accepted", "repeated"]),
    request_id: z.string(),
    client_order_id: z.string(),
    answer: answer.nullable().describe("null for a repeat whose first answer is no longer kept"),
    place: placeSchema,
    first: firstPlace,
  });
}
