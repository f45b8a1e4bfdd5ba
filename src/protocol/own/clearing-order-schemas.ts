import { z } from "zod";
import {
  clientName,
  messageOf,
  paise,
  participantName,
  requestId,
  shares,
  symbolText,
  timestamp,
} from "../fields.ts";

const holder = {
  participant: participantName,
  client: clientName
    .nullish()
    .describe("the client's code, or nothing for the member's own account"),
  client_order_id: requestId,
};

/** Shares offered in the buy-in auction of a symbol. */
export const offerSchema = z.object({
  ...messageOf("OfferInAuction"),
  ...holder,
  symbol: symbolText,
  quantity: shares,
  price_paise: paise,
  timestamp,
});

/** A payment of what an account owes, from its free cash. */
export const payDuesSchema = z.object({
  ...messageOf("PayDues"),
  ...holder,
  amount_paise: z
    .number()
    .meta({ type: "integer", minimum: 1 })
    .describe("an amount in whole paise such as 98500"),
  timestamp,
});

/** Shares sold, or the money for shares bought, paid in before the settlement's time. */
export const payInEarlySchema = z.object({
  ...messageOf("PayInEarly"),
  ...holder,
  settlement_number: z
    .string()
    .regex(/^[A-Z0-9]{1,16}$/)
    .describe("the number of a settlement such as M2026100"),
  symbol: symbolText,
  quantity: shares,
  timestamp,
});
