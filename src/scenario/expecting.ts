import { accountKey } from "../domain/facts/account.ts";
import { findBalance } from "../domain/state/balances.ts";
import type { MarketEvent, Step } from "../domain/facts/event.ts";
import type { Market } from "../domain/market.ts";
import { rupees } from "../domain/facts/units.ts";
import { kolkataTime } from "../protocol/moment.ts";
import type {
  Buckets,
  Expectation,
  ExpectedBalance,
  ExpectedEvents,
  ExpectedOrder,
} from "./reading/expectation.ts";
import {
  compareCharges,
  compareInstruction,
  compareObligation,
  type Compared,
} from "./expecting-clearing.ts";
import type { OrderRecord } from "../services/records/order-records.ts";

/** What a run has come to so far. */
type Happened = {
  readonly market: Market;
  readonly steps: readonly Step[];
  /** Every event of the steps, oldest first. */
  readonly events: readonly MarketEvent[];
  /** The order that a line of the scenario named. */
  readonly findOrder: (name: string) => OrderRecord | undefined;
};

/** An expectation that was not met: the line, what should have been, and what was. */
export type Unmet = Compared & { readonly line: number };

/** Compares an expectation with what has happened; null where it is met. */
export function findUnmet(expectation: Expectation, happened: Happened): Unmet | null {
  const comparison = compared(expectation, happened);
  return comparison.expected === comparison.was ? null : { line: expectation.line, ...comparison };
}

function compared(expectation: Expectation, happened: Happened): Compared {
  switch (expectation.kind) {
    case "balance":
      return balanceOf(expectation, happened.market);
    case "order":
      return orderOf(expectation, happened);
    case "event":
      return eventsOf(expectation, happened.events);
    case "obligation":
      return compareObligation(expectation, happened.events);
    case "instruction":
      return compareInstruction(expectation, happened.events);
    case "charges":
      return compareCharges(expectation, happened.steps);
  }
}

function balanceOf({ account, asset, buckets }: ExpectedBalance, market: Market): Compared {
  const key = accountKey(account.participant, account.client);
  const balance = findBalance(market.accounts, key, asset);
  const names = (["free", "blocked", "transit", "due"] as const).filter(
    (name) => buckets[name] !== undefined,
  );
  const say = (amounts: Buckets): string =>
    names
      .map((name) => `${name} ${asset === "INR" ? rupees(amounts[name] ?? 0) : amounts[name]}`)
      .join(", ");
  const what = asset === "INR" ? `cash of ${key}` : `${asset} of ${key}`;
  return {
    expected: `${what}: ${say(buckets)}`,
    was: `${what}: ${balance === undefined ? "never touched" : say(balance)}`,
  };
}

function orderOf(
  { order, status, filled, reason }: ExpectedOrder,
  { findOrder }: Happened,
): Compared {
  const say = (of: string, shares: number | null, why: string | null): string =>
    [
      `order ${order}: ${of}`,
      ...(filled === undefined ? [] : [`filled ${shares}`]),
      ...(reason === undefined ? [] : [`reason ${why ?? "none"}`]),
    ].join(", ");
  const found = findOrder(order);
  return {
    expected: say(status, filled ?? null, reason ?? null),
    was:
      found === undefined
        ? `order ${order}: not placed yet`
        : say(found.status, found.cumQuantity, found.reason),
  };
}

function eventsOf(
  { type, times, where }: ExpectedEvents,
  events: readonly MarketEvent[],
): Compared {
  const wanted = Object.entries(where);
  const ofType = events.filter((event) => event.type === type);
  const met = ofType.filter((event) =>
    wanted.every(([field, value]) => fieldText(event, field) === value),
  ).length;
  const what = [type, ...wanted.map(([field, value]) => `${field} ${value}`)].join(" ");
  const expected = times === undefined ? `${what}: at least once` : `${what}: ${times} times`;
  if (times === undefined ? met > 0 : met === times) return { expected, was: expected };
  const seen = ofType.slice(-seenMax).map((event) => {
    const fields = wanted.map(([field]) => `${field} ${fieldText(event, field) ?? "none"}`);
    return fields.length === 0 ? "" : `(${fields.join(" ")})`;
  });
  return { expected, was: `${met} times; ${ofType.length} ${type} ${seen.join(" ")}`.trimEnd() };
}

/** So many of the last events of the type are shown where none fits. */
const seenMax = 5;

/**
 * A field of an event as a scenario writes it: rupees under the name without `Paise`, a moment in
 * India under the name without `Ms`, `none` for null. `buy.client` is a field within a field.
 * Undefined where there is none.
 */
export function fieldText(event: object, path: string): string | undefined {
  const [name = "", ...deeper] = path.split(".");
  const fields = event as Readonly<Record<string, unknown>>;
  const paise = fields[`${name}Paise`];
  if (typeof paise === "number") return rupees(paise);
  const moment = fields[`${name}Ms`];
  if (typeof moment === "number") return kolkataTime(moment).slice(0, 19);
  const value = fields[name];
  if (deeper.length > 0)
    return typeof value === "object" && value !== null
      ? fieldText(value, deeper.join("."))
      : undefined;
  if (value === null) return "none";
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
