import { z } from "zod";
import { clientId, clientName, paise, participantName } from "../fields.ts";
import { shares, symbolText, timestamp, version } from "../fields.ts";

const holder = {
  participant: participantName,
  client: clientName
    .nullish()
    .describe("the client's code, or nothing for the member's own account"),
  client_order_id: clientId.describe("the request's own id of 1 to 128 characters"),
};

/** Shares offered in the buy-in auction of a symbol. */
export const offerSchema = z.object({
  v: version,
  type: z.literal("OfferInAuction").describe('"OfferInAuction"'),
  ...holder,
  symbol: symbolText,
  quantity: shares,
  price_paise: paise,
  timestamp,
});

/** A payment of what an account owes, from its free cash. */
export const payDuesSchema = z.object({
  v: version,
  type: z.literal("PayDues").describe('"PayDues"'),
  ...holder,
  amount_paise: z
    .number()
    .meta({ type: "integer", minimum: 1 })
    .describe("an amount in whole paise such as 98500"),
  timestamp,
});

/** Shares sold, or the money for shares bought, paid in before the settlement's time. */
export const payInEarlySchema = z.object({
  v: version,
  type: z.literal("PayInEarly").describe('"PayInEarly"'),
  ...holder,
  settlement_number: z
    .string()
    .regex(/^[A-Z0-9]{1,16}$/)
    .describe("the number of a settlement such as M2026100"),
  symbol: symbolText,
  quantity: shares,
  timestamp,
});
