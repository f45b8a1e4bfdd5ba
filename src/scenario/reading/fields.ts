import { z } from "zod";
import { isListableSymbol } from "../../domain/facts/instrument.ts";
import { participantPattern } from "../../protocol/fields.ts";
import { readRupees } from "../../protocol/rupees.ts";

/** Shares or a count as it was written: digits only. */
export const whole = z
  .string("write a whole number such as 100")
  .regex(/^\d{1,15}$/, "write a whole number such as 100")
  .transform(Number);

/** Shares that may be owed: digits with a sign. */
export const signedWhole = z
  .string("write a whole number such as -100")
  .regex(/^-?\d{1,15}$/, "write a whole number such as -100")
  .transform(Number);

const rupeesWanted = "write rupees such as 985.00, with at most two decimals";

/** Rupees as they were written, in paise; may be below zero. */
export const rupeesInPaise = z.string(rupeesWanted).transform((text, context) => {
  const read = readRupees(text);
  if (read.ok) return read.value;
  context.addIssue({ code: "custom", message: rupeesWanted });
  return z.NEVER;
});

/** Rupees from nothing upwards, in paise. */
export const positiveRupees = rupeesInPaise.refine((amountPaise) => amountPaise >= 0, rupeesWanted);

/** A price in rupees, in paise. */
export const price = rupeesInPaise.refine(
  (amountPaise) => amountPaise > 0,
  "write a price such as 985.00",
);

/** A moment of the day in India, in milliseconds since its midnight: `09:15` or `09:15:30`. */
export const timeOfDayMs = z
  .string("write a time such as 09:15 or 09:15:30")
  .regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, "write a time such as 09:15 or 09:15:30")
  .transform((text) => {
    const [hours, minutes, seconds = 0] = text.split(":").map(Number);
    return ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + seconds) * 1000;
  });

/** A name that a step gives to an order, so that later lines can mean it. */
export const orderName = z
  .string("write a name such as b1")
  .regex(/^[a-z][a-z0-9-]{0,31}$/, "write a name of 1 to 32 of a-z 0-9 - such as b1");

/** A security's symbol. */
export const symbol = z
  .string("write a symbol such as SBIN")
  .refine(isListableSymbol, "write a symbol of 1 to 20 of A-Z 0-9 & - such as SBIN");

/** A member's short name. */
export const member = z
  .string("write a member such as HDFC")
  .regex(participantPattern, "write a member of 1 to 32 of A-Z a-z 0-9 _ & - . such as HDFC");

/** Whose account: `HDFC` is the member's own, `HDFC/asha` a client's. */
export type AccountName = { readonly participant: string; readonly client: string | null };

const accountWanted = "write an account such as HDFC or HDFC/asha";

/** The name of an account as it is written: a member, or a member and its client. */
export const accountText = z
  .string(accountWanted)
  .refine((text) => text.split("/").length <= 2, accountWanted)
  .refine((text) => text.split("/").every((name) => participantPattern.test(name)), accountWanted);

/** An account as it is written. */
export const account = accountText.transform((text): AccountName => {
  const [participant = "", client = null] = text.split("/");
  return { participant, client };
});

/** So many shares of a symbol at a price; no price is an unpriced sell. */
export type DealText = {
  readonly quantity: number;
  readonly symbol: string;
  readonly pricePaise: number | null;
};

const dealWanted = "write shares, symbol and price such as 100 SBIN @ 985.00";
const dealPattern = /^(\d{1,15}) ([A-Z0-9&-]{1,20})(?: @ (\S+))?$/;

/** `100 SBIN @ 985.00`, or `100 SBIN` without a price. */
export const deal = z.string(dealWanted).transform((text, context): DealText => {
  const match = dealPattern.exec(text);
  const [, shares = "", named = "", rupees] = match ?? [];
  const price = rupees === undefined ? null : readRupees(rupees);
  if (match !== null && isListableSymbol(named) && (price === null || price.ok))
    return { quantity: Number(shares), symbol: named, pricePaise: price?.value ?? null };
  context.addIssue({ code: "custom", message: dealWanted });
  return z.NEVER;
});

/** The same with a price. */
export const pricedDeal = deal.transform((read, context) => {
  const { pricePaise } = read;
  if (pricePaise !== null) return { ...read, pricePaise };
  context.addIssue({ code: "custom", message: dealWanted });
  return z.NEVER;
});

/** The same without a price. */
export const unpricedDeal = deal.transform((read, context) => {
  if (read.pricePaise === null) return read;
  context.addIssue({ code: "custom", message: "write shares and symbol such as 100 SBIN" });
  return z.NEVER;
});

const numberWanted = "write a settlement number such as M2026100";

/** A settlement's number: its type, the year, the trading day of the year. */
export const settlementNumber = z.string(numberWanted).regex(/^[MZ5A]20\d{5}$/, numberWanted);
