import { accountKey, openingAccount, type Holder } from "../facts/account.ts";
import { findBalance } from "../state/balances.ts";
import type { Origin } from "../facts/origin.ts";
import type { MarketEvent } from "../facts/event.ts";
import { evolve } from "../state/evolve.ts";
import {
  moveAccount,
  moveBucket,
  type Asset,
  type JournalKind,
  type Posting,
} from "../facts/journal.ts";
import { coverOf, type Order } from "../state/order.ts";
import { touchedBy, type Touched } from "../state/margin-touched.ts";
import type { Market } from "../state/market-state.ts";
import { openingAmount, type MarketTerms } from "../facts/terms.ts";
import type { Participant, Ticker } from "../facts/units.ts";

/** One command being decided: what it is decided on, and what it has emitted so far. */
export type Decision = {
  readonly market: Market;
  readonly terms: MarketTerms;
  /**
   * `<shard>-<offset>` of the command: all ids made for it contain it, so a second run makes
   * the same.
   */
  readonly cause: string;
  /** Which part of the command's step this is (rule R10): the ids made for it contain it too. */
  readonly part: number;
  /** Most resting orders that its order meets in this part. */
  readonly fillsMax: number;
  readonly events: MarketEvent[];
  /** What those changed of margins, oldest first; may name one more than once. */
  readonly touched: Touched[];
  journals: number;
  trades: number;
  /** Shortages and what is bought in for them: both make ids of this. */
  lots: number;
};

/** Emits an event: it changes the market at once and belongs to the step. */
export function emit(decision: Decision, event: MarketEvent): void {
  decision.touched.push(...touchedBy(decision.market, event));
  evolve(decision.market, event);
  decision.events.push(event);
}

/** Says that the input is one already answered, at step `firstSeq` where that is known. */
export function repeat(
  decision: Decision,
  source: Origin,
  participant: Participant | null,
  clientOrderId: string | null,
  firstSeq: number | null,
): void {
  emit(decision, { type: "Repeated", participant, clientOrderId, firstSeq, source });
}

/** Moves assets. The journal's number within the step makes its id. Returns the id. */
export function post(
  decision: Decision,
  kind: JournalKind,
  reference: string,
  postings: readonly Posting[],
): string {
  const journalId = `J-${decision.cause}-${decision.part}-${decision.journals}`;
  decision.journals += 1;
  emit(decision, { type: "JournalPosted", journal: { journalId, kind, reference, postings } });
  return journalId;
}

/** Gives an account its opening cash and shares of a symbol, each the first time it is touched. */
export function openAccount(
  decision: Decision,
  participant: Participant,
  client: string | null,
  symbol: Ticker,
): void {
  openBalance(decision, participant, client, "INR");
  openBalance(decision, participant, client, symbol);
}

/** What the account can use freely, counting what it would open with. */
export function freeAmount(
  decision: Decision,
  participant: Participant,
  client: string | null,
  asset: Asset,
): number {
  const balance = findBalance(decision.market.accounts, accountKey(participant, client), asset);
  return balance?.free ?? openingAmount(decision.terms, participant, client, asset);
}

/** True if the account, whatever is in its buckets, can take so much more and stay exact. */
export function hasRoomFor(
  decision: Decision,
  holder: Holder,
  asset: Asset,
  amount: number,
): boolean {
  return amount <= roomFor(decision, holder, asset);
}

/** How much more the account can take and stay exact, whatever is in its buckets. */
export function roomFor(decision: Decision, { participant, client }: Holder, asset: Asset): number {
  const balance = findBalance(decision.market.accounts, accountKey(participant, client), asset);
  const held =
    balance === undefined
      ? openingAmount(decision.terms, participant, client, asset)
      : balance.free + balance.blocked + balance.transit + Math.max(0, balance.due);
  return Number.MAX_SAFE_INTEGER - held;
}

/** Blocks what the order may cost its account. */
export function block(decision: Decision, order: Order): void {
  const { asset, amount } = coverOf(order, order.leavesQuantity);
  if (amount === 0) return;
  const { orderId, account } = order;
  const postings = moveBucket({ account, asset, from: "free", to: "blocked", amount });
  post(decision, "BLOCK", orderId, postings);
}

/**
 * Gives back what is blocked for an order and will not be needed: paise for a buy, shares for
 * a sell.
 */
export function release(
  decision: Decision,
  { orderId, account }: Pick<Order, "orderId" | "account">,
  { asset, amount }: { readonly asset: Asset; readonly amount: number },
): void {
  if (amount === 0) return;
  const postings = moveBucket({ account, asset, from: "blocked", to: "free", amount });
  post(decision, "RELEASE", orderId, postings);
}

/** Gives an account its opening balance of one asset, the first time it is touched. */
export function openBalance(
  decision: Decision,
  participant: Participant,
  client: string | null,
  asset: Asset,
): void {
  const account = accountKey(participant, client);
  if (findBalance(decision.market.accounts, account, asset) !== undefined) return;
  const amount = openingAmount(decision.terms, participant, client, asset);
  postOpening(decision, account, asset, amount);
}

/** Posts an account's opening balance. */
export function postOpening(
  decision: Decision,
  account: string,
  asset: Asset,
  amount: number,
): void {
  const opening = { from: openingAccount(account), to: account, amount };
  post(decision, "OPENING", account, moveAccount({ asset, bucket: "free", ...opening }));
}
