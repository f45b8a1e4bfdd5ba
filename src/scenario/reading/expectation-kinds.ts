import { z } from "zod";
import type { Buckets, Expectation } from "./expectation.ts";
import {
  account,
  member,
  orderName,
  rupeesInPaise,
  settlementNumber,
  signedWhole,
  symbol,
  whole,
  type AccountName,
} from "./fields.ts";
import { date } from "../../protocol/fields.ts";
import { entry, type EntryReader } from "./text.ts";
import { orderStatuses } from "../../services/records/order-records.ts";

const eventType = "write an event such as TradeExecuted";

const instructionStatuses = [
  "Settled",
  "PartiallySettled",
  "Failing",
  "BoughtIn",
  "ClosedOut",
] as const;

const plans = ["zero", "flat20", "capped20"] as const;

const obligationFields = {
  in: settlementNumber,
  cash: rupeesInPaise.optional(),
  symbol: symbol.optional(),
  shares: signedWhole.optional(),
  status: z.enum(["Provisional", "Final"], "write Provisional or Final").optional(),
};

type Amount = {
  readonly cash?: number | undefined;
  readonly symbol?: string | undefined;
  readonly shares?: number | undefined;
};

/** Cash, or shares of a symbol: what is owed is of one asset. */
function findAmountFault({ cash, symbol: named, shares }: Amount): string | null {
  const isOne = (cash === undefined) !== (named === undefined);
  const isWhole = (shares === undefined) === (named === undefined);
  return isOne && isWhole ? null : "amount: write cash, or symbol and shares";
}

/** Without an amount it would expect nothing. */
function findBucketFault({ free, blocked, transit, due }: Buckets): string | null {
  const amounts = [free, blocked, transit, due];
  const isSaid = amounts.some((amount) => amount !== undefined);
  return isSaid ? null : "free: is missing; write at least one of free, blocked, transit, due";
}

function obligationOf(
  owner: AccountName,
  isMembers: boolean,
  fields: Amount & {
    readonly in: string;
    readonly status?: "Provisional" | "Final" | undefined;
  },
  line: number,
): Expectation {
  const { cash, symbol: named, shares = 0, status } = fields;
  return {
    kind: "obligation",
    line,
    settlementNumber: fields.in,
    account: owner,
    isMembers,
    asset: named ?? "INR",
    amount: cash ?? shares,
    status,
  };
}

/**
 * Reads an expectation by the field that names its kind. `shares` and `cash` are fields of others
 * too, so last.
 */
export const expectationKinds: Readonly<Record<string, EntryReader<Expectation>>> = {
  order: entry(
    {
      order: orderName,
      status: z.enum(orderStatuses, `write one of ${orderStatuses.join(", ")}`),
      filled: whole.optional(),
      reason: z.string().optional(),
    },
    ({ filled, reason, ...fields }, line) => ({ kind: "order", line, filled, reason, ...fields }),
  ),
  event: entry(
    {
      event: z.string(eventType).regex(/^[A-Z][A-Za-z]+$/, eventType),
      times: whole.optional(),
      where: z.record(z.string(), z.string("write a plain value")).optional(),
    },
    ({ event, times, where = {} }, line) => ({ kind: "event", line, type: event, times, where }),
  ),
  obligation: entry(
    { obligation: account, ...obligationFields },
    ({ obligation, ...fields }, line) => obligationOf(obligation, false, fields, line),
    findAmountFault,
  ),
  member: entry(
    { member, ...obligationFields },
    ({ member: participant, ...fields }, line) =>
      obligationOf({ participant, client: null }, true, fields, line),
    findAmountFault,
  ),
  instruction: entry(
    {
      instruction: account,
      in: settlementNumber,
      cash: rupeesInPaise.optional(),
      symbol: symbol.optional(),
      shares: signedWhole.optional(),
      status: z.enum(instructionStatuses, `write one of ${instructionStatuses.join(", ")}`),
      reason: z.string().optional(),
    },
    ({ instruction, in: number, cash, symbol: named, shares, status, reason }, line) => ({
      kind: "instruction",
      line,
      settlementNumber: number,
      account: instruction,
      asset: named ?? "INR",
      status,
      reason,
      settled: cash ?? shares ?? 0,
    }),
    findAmountFault,
  ),
  charges: entry(
    {
      charges: account,
      on: date,
      brokerage: z.enum(plans, `write one of ${plans.join(", ")}`).default("zero"),
      total: rupeesInPaise,
      net: rupeesInPaise.optional(),
      net_after_demat: rupeesInPaise.optional(),
    },
    ({ charges, on, brokerage, total, net, net_after_demat: netAfterLedger }, line) => ({
      kind: "charges",
      line,
      account: charges,
      date: on,
      plan: brokerage,
      totalPaise: total,
      netPaise: net,
      netAfterLedgerPaise: netAfterLedger,
    }),
  ),
  cash: entry(
    {
      cash: account,
      free: rupeesInPaise.optional(),
      blocked: rupeesInPaise.optional(),
      transit: rupeesInPaise.optional(),
      due: rupeesInPaise.optional(),
    },
    ({ cash, ...buckets }, line) => ({
      kind: "balance",
      line,
      account: cash,
      asset: "INR",
      buckets,
    }),
    findBucketFault,
  ),
  shares: entry(
    {
      shares: account,
      symbol,
      free: signedWhole.optional(),
      blocked: signedWhole.optional(),
      transit: signedWhole.optional(),
      due: signedWhole.optional(),
    },
    ({ shares, symbol: asset, ...buckets }, line) => ({
      kind: "balance",
      line,
      account: shares,
      asset,
      buckets,
    }),
    findBucketFault,
  ),
};
