import { z } from "zod";
import type { AffirmationAnswer, Answer } from "../../domain/facts/command.ts";
import { products, type OrderContent, type Product } from "../../domain/facts/order-fields.ts";
import type { Side } from "../../domain/facts/side.ts";
import type { Result } from "../../protocol/result.ts";
import type { Expectation } from "./expectation.ts";
import { expectationKinds } from "./expectation-kinds.ts";
import {
  account,
  deal,
  member,
  orderName,
  price,
  pricedDeal,
  settlementNumber,
  timeOfDayMs,
  unpricedDeal,
  type AccountName,
  type DealText,
} from "./fields.ts";
import {
  entry,
  readAll,
  readEntry,
  type EntryReader,
  type ScenarioProblem,
  type ScenarioText,
} from "./text.ts";

/**
 * One timed line of a day. `atMs` is from India's midnight. Orders are meant by the names their
 * lines give.
 */
export type ScenarioStep = { readonly line: number; readonly atMs: number } & ScenarioAction;

/** What happens at a line: somebody acts, or the run is compared with what should be. */
type ScenarioAction =
  | (Omit<OrderContent, "client" | "custodian" | "unfit"> & {
      readonly kind: "order";
      readonly account: AccountName;
      readonly name: string;
      /** Who is to affirm its trades; undefined: the account's own custodian, if it has one. */
      readonly custodian: string | undefined;
    })
  | { readonly kind: "cancel"; readonly order: string }
  | { readonly kind: "answer"; readonly order: string; readonly answer: Answer }
  /** Its custodian's word on each of the order's trades. */
  | { readonly kind: "affirm"; readonly order: string; readonly answer: AffirmationAnswer }
  | ({ readonly kind: "offer"; readonly account: AccountName } & DealText & {
        readonly pricePaise: number;
      })
  | {
      /** Shares that the account sold in a settlement, or the money for what it bought. */
      readonly kind: "payInEarly";
      readonly account: AccountName;
      readonly settlementNumber: string;
      readonly symbol: string;
      readonly quantity: number;
    }
  | { readonly kind: "payDues"; readonly account: AccountName; readonly amountPaise: number }
  | {
      /** Cash (`INR`, paise) or shares of the account that come into the market, or leave it. */
      readonly kind: "moveFunds";
      readonly type: "Deposit" | "Withdraw";
      readonly account: AccountName;
      readonly asset: string;
      readonly amount: number;
    }
  | { readonly kind: "liftSuspension"; readonly participant: string }
  /** Of a member's, or of one of its clients' where the account names one. */
  | { readonly kind: "cancelAll"; readonly account: AccountName }
  | { readonly kind: "expect"; readonly expectations: readonly Expectation[] };

const order = {
  at: timeOfDayMs,
  account,
  as: orderName.optional(),
  counterparty: member.optional(),
  custodian: member.optional(),
  product: z.enum(products, "write CNC or MIS").default("CNC"),
};

const kinds: Readonly<Record<string, EntryReader<ScenarioStep>>> = {
  buy: entry({ ...order, buy: deal }, ({ buy, ...fields }, line) =>
    placed(fields, "BUY", buy, line),
  ),
  sell: entry({ ...order, sell: deal }, ({ sell, ...fields }, line) =>
    placed(fields, "SELL", sell, line),
  ),
  cancel: entry({ at: timeOfDayMs, cancel: orderName }, ({ at, cancel }, line) => ({
    kind: "cancel",
    line,
    atMs: at,
    order: cancel,
  })),
  confirm: entry({ at: timeOfDayMs, confirm: orderName }, ({ at, confirm }, line) => ({
    kind: "answer",
    line,
    atMs: at,
    order: confirm,
    answer: "CONFIRM",
  })),
  reject: entry({ at: timeOfDayMs, reject: orderName }, ({ at, reject }, line) => ({
    kind: "answer",
    line,
    atMs: at,
    order: reject,
    answer: "REJECT",
  })),
  affirm: entry({ at: timeOfDayMs, affirm: orderName }, ({ at, affirm }, line) => ({
    kind: "affirm",
    line,
    atMs: at,
    order: affirm,
    answer: "AFFIRM",
  })),
  refuse: entry({ at: timeOfDayMs, refuse: orderName }, ({ at, refuse }, line) => ({
    kind: "affirm",
    line,
    atMs: at,
    order: refuse,
    answer: "REJECT",
  })),
  offer: entry(
    { at: timeOfDayMs, account, offer: pricedDeal },
    ({ at, account: owner, offer }, line) => ({
      kind: "offer",
      line,
      atMs: at,
      account: owner,
      ...offer,
    }),
  ),
  pay_in_early: entry(
    { at: timeOfDayMs, account, pay_in_early: unpricedDeal, in: settlementNumber },
    ({ at, account: owner, pay_in_early: { symbol, quantity }, in: number }, line) => ({
      kind: "payInEarly",
      line,
      atMs: at,
      account: owner,
      settlementNumber: number,
      symbol,
      quantity,
    }),
  ),
  pay: entry({ at: timeOfDayMs, account, pay: price }, ({ at, account: owner, pay }, line) => ({
    kind: "payDues",
    line,
    atMs: at,
    account: owner,
    amountPaise: pay,
  })),
  deposit: entry({ at: timeOfDayMs, account, deposit: price }, ({ at, deposit, ...own }, line) =>
    movedCash(own, "Deposit", at, deposit, line),
  ),
  withdraw: entry({ at: timeOfDayMs, account, withdraw: price }, ({ at, withdraw, ...own }, line) =>
    movedCash(own, "Withdraw", at, withdraw, line),
  ),
  deposit_shares: entry(
    { at: timeOfDayMs, account, deposit_shares: unpricedDeal },
    ({ at, deposit_shares: shares, ...own }, line) => movedShares(own, "Deposit", at, shares, line),
  ),
  withdraw_shares: entry(
    { at: timeOfDayMs, account, withdraw_shares: unpricedDeal },
    ({ at, withdraw_shares: shares, ...own }, line) =>
      movedShares(own, "Withdraw", at, shares, line),
  ),
  lift_suspension: entry(
    { at: timeOfDayMs, lift_suspension: member },
    ({ at, lift_suspension: participant }, line) => ({
      kind: "liftSuspension",
      line,
      atMs: at,
      participant,
    }),
  ),
  cancel_all: entry({ at: timeOfDayMs, cancel_all: account }, ({ at, cancel_all }, line) => ({
    kind: "cancelAll",
    line,
    atMs: at,
    account: cancel_all,
  })),
  expect: expectStep,
};

type Own = { readonly account: AccountName };

function movedCash(
  own: Own,
  type: "Deposit" | "Withdraw",
  atMs: number,
  amount: number,
  line: number,
): ScenarioStep {
  return { kind: "moveFunds", line, atMs, type, ...own, asset: "INR", amount };
}

function movedShares(
  own: Own,
  type: "Deposit" | "Withdraw",
  atMs: number,
  { symbol, quantity }: { readonly symbol: string; readonly quantity: number },
  line: number,
): ScenarioStep {
  return { kind: "moveFunds", line, atMs, type, ...own, asset: symbol, amount: quantity };
}

/** Reads one line of a day by the field that says what happens. */
export function readStep(
  text: ScenarioText,
  path: readonly PropertyKey[],
  data: unknown,
): Result<ScenarioStep, readonly ScenarioProblem[]> {
  return readEntry(text, path, data, kinds);
}

function placed(
  fields: {
    readonly at: number;
    readonly account: AccountName;
    readonly as?: string | undefined;
    readonly counterparty?: string | undefined;
    readonly custodian?: string | undefined;
    readonly product: Product;
  },
  side: Side,
  shares: DealText,
  line: number,
): ScenarioStep {
  const { at: atMs, account: owner, as: name = `line-${line}`, counterparty = null } = fields;
  const { custodian, product } = fields;
  return {
    kind: "order",
    line,
    atMs,
    account: owner,
    side,
    ...shares,
    name,
    counterparty,
    custodian,
    product,
  };
}

const expectFields = entry(
  { at: timeOfDayMs, expect: z.array(z.unknown(), "write a list of expectations").min(1) },
  ({ at, expect }, line) => ({ at, expect, line }),
);

function expectStep(
  text: ScenarioText,
  path: readonly PropertyKey[],
  data: unknown,
): Result<ScenarioStep, readonly ScenarioProblem[]> {
  const fields = expectFields(text, path, data);
  if (!fields.ok) return fields;
  const { at: atMs, line } = fields.value;
  const expectations = readAll(fields.value.expect, (item, index) =>
    readEntry(text, [...path, "expect", index], item, expectationKinds),
  );
  if (!expectations.ok) return expectations;
  return { ok: true, value: { kind: "expect", line, atMs, expectations: expectations.value } };
}
