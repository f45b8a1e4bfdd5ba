import type { BrokeragePlan } from "../../domain/charges/tables.ts";
import type { AccountName } from "./fields.ts";

/**
 * Amounts in the buckets of an account: paise of INR, else shares. Only the named ones
 * are compared.
 */
export type Buckets = {
  readonly free?: number | undefined;
  readonly blocked?: number | undefined;
  readonly transit?: number | undefined;
  readonly due?: number | undefined;
};

/** What must be so at a moment of the run; else the scenario fails and names the line. */
export type Expectation = { readonly line: number } & (
  | ExpectedBalance
  | ExpectedOrder
  | ExpectedEvents
  | ExpectedObligation
  | ExpectedInstruction
  | ExpectedCharges
);

/** What an account holds of an asset, in each bucket that is named. */
export type ExpectedBalance = {
  readonly kind: "balance";
  readonly account: AccountName;
  readonly asset: string;
  readonly buckets: Buckets;
};

/** How far an order is; `reason` of a refusal. */
export type ExpectedOrder = {
  readonly kind: "order";
  readonly order: string;
  readonly status: string;
  readonly filled: number | undefined;
  readonly reason: string | undefined;
};

/**
 * So many events of this type whose fields read as written; at least one where `times` is
 * not given.
 */
export type ExpectedEvents = {
  readonly kind: "event";
  readonly type: string;
  readonly times: number | undefined;
  readonly where: Readonly<Record<string, string>>;
};

/**
 * What an account, or a member with all its accounts, owes (below zero) or gets in a settlement.
 */
export type ExpectedObligation = {
  readonly kind: "obligation";
  readonly settlementNumber: string;
  readonly account: AccountName;
  /** The member's, over all its accounts; else of the one account. */
  readonly isMembers: boolean;
  readonly asset: string;
  readonly amount: number;
  readonly status: "Provisional" | "Final" | undefined;
};

/**
 * How far an account's instruction of an asset is in a settlement. `settled` in paise or shares.
 */
export type ExpectedInstruction = {
  readonly kind: "instruction";
  readonly settlementNumber: string;
  readonly account: AccountName;
  readonly asset: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly settled: number;
};

/** What an account's day cost, and what it gets by its contract note (below zero: owes). */
export type ExpectedCharges = {
  readonly kind: "charges";
  readonly account: AccountName;
  readonly date: string;
  readonly plan: BrokeragePlan;
  readonly totalPaise: number;
  readonly netPaise: number | undefined;
  readonly netAfterLedgerPaise: number | undefined;
};
