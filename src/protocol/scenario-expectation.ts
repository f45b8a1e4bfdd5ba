import { z } from "zod";
import {
  account,
  orderName,
  rupeesInPaise,
  signedWhole,
  symbol,
  whole,
} from "./scenario-fields.ts";
import type { AccountName } from "./scenario-fields.ts";
import { entry } from "./scenario-text.ts";
import type { EntryReader } from "./scenario-text.ts";

/** Amounts in the buckets of an account: paise of INR, else shares. Only the named ones are compared. */
export type Buckets = {
  readonly free?: number | undefined;
  readonly blocked?: number | undefined;
  readonly transit?: number | undefined;
};

/** What must be so at a moment of the run; else the scenario fails and names the line. */
export type Expectation = { readonly line: number } & (
  | {
      readonly kind: "balance";
      readonly account: AccountName;
      readonly asset: string;
      readonly buckets: Buckets;
    }
  | {
      readonly kind: "order";
      readonly order: string;
      readonly status: string;
      readonly filled: number | undefined;
      readonly reason: string | undefined;
    }
  | {
      /** So many events of this type whose fields read as written; at least one where `times` is not given. */
      readonly kind: "event";
      readonly type: string;
      readonly times: number | undefined;
      readonly where: Readonly<Record<string, string>>;
    }
);

const statuses = [
  "New",
  "AwaitingConfirmation",
  "PartiallyFilled",
  "Filled",
  "Canceled",
  "Rejected",
  "Expired",
] as const;

const eventType = "write an event such as TradeExecuted";

/** Reads an expectation by the field that names its kind: `cash`, `shares`, `order`, `event`. */
export const expectationKinds: Readonly<Record<string, EntryReader<Expectation>>> = {
  cash: entry(
    {
      cash: account,
      free: rupeesInPaise.optional(),
      blocked: rupeesInPaise.optional(),
      transit: rupeesInPaise.optional(),
    },
    ({ cash, ...buckets }, line) => ({
      kind: "balance",
      line,
      account: cash,
      asset: "INR",
      buckets,
    }),
  ),
  shares: entry(
    {
      shares: account,
      symbol,
      free: signedWhole.optional(),
      blocked: signedWhole.optional(),
      transit: signedWhole.optional(),
    },
    ({ shares, symbol: asset, ...buckets }, line) => ({
      kind: "balance",
      line,
      account: shares,
      asset,
      buckets,
    }),
  ),
  order: entry(
    {
      order: orderName,
      status: z.enum(statuses, `write one of ${statuses.join(", ")}`),
      filled: whole.optional(),
      reason: z.string().optional(),
    },
    ({ order, status, filled, reason }, line) => ({
      kind: "order",
      line,
      order,
      status,
      filled,
      reason,
    }),
  ),
  event: entry(
    {
      event: z.string(eventType).regex(/^[A-Z][A-Za-z]+$/, eventType),
      times: whole.optional(),
      where: z.record(z.string(), z.string("write a plain value")).optional(),
    },
    ({ event, times, where = {} }, line) => ({ kind: "event", line, type: event, times, where }),
  ),
};
