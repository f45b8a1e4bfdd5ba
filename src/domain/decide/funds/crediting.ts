import { accountHolder, accountKey, guaranteeFund, type Holder } from "../../facts/account.ts";
import { findBalance } from "../../state/balances.ts";
import { owedBy, owesFund, routeCash, type Routed } from "../../state/debt.ts";
import { emit, post, type Decision } from "../decision.ts";
import type { JournalKind, Posting } from "../../facts/journal.ts";
import type { UnpaidSharesHeld } from "../../facts/shortfall-event.ts";
import { failInvariant, type Ticker } from "../../facts/units.ts";

/**
 * Posts a journal that ends with cash for an account. What the account owes is paid first, and what
 * it received while it owed is freed by the last payment. `held`: shares that the same journal
 * holds back.
 */
export function postCredit(
  decision: Decision,
  kind: JournalKind,
  reference: string,
  postings: readonly Posting[],
  credit: { readonly account: string; readonly paise: number },
  held: UnpaidSharesHeld | null = null,
): string {
  const { debts } = decision.market.clearing.shortfalls;
  const routed = routeCash(debts, credit.account, credit.paise);
  const journalId = post(decision, kind, reference, [...postings, ...routed.postings]);
  if (held !== null) emit(decision, held);
  sayPayments(decision, routed);
  return journalId;
}

/**
 * Where shares for an account go: to it, or while it owes to where they are held for its creditor;
 * then the event says so, right after the journal.
 */
export function creditShares(
  { market }: Decision,
  { participant, client }: Holder,
  symbol: Ticker,
  quantity: number,
): { readonly posting: Posting; readonly held: UnpaidSharesHeld | null } {
  const { debts } = market.clearing.shortfalls;
  const account = accountKey(participant, client);
  const credit = { account, asset: symbol, amount: quantity };
  const isOwing = client === null ? owesFund(debts, account) : owedBy(debts, account) > 0;
  if (!isOwing) return { posting: { ...credit, bucket: "free" }, held: null };
  const held = { type: "UnpaidSharesHeld", participant, client, symbol, quantity } as const;
  if (!owesFund(debts, participant))
    return { posting: { ...credit, bucket: "blocked" }, held: { ...held, heldBy: "Account" } };
  const posting = { ...credit, account: guaranteeFund, bucket: "blocked" } as const;
  return { posting, held: { ...held, heldBy: "Fund" } };
}

/** Says which debts a journal paid, and frees the shares of those that owe nothing any more. */
function sayPayments(decision: Decision, { payments }: Routed): void {
  for (const payment of payments) emit(decision, { type: "DebtPaid", ...payment });
  const { debts } = decision.market.clearing.shortfalls;
  const enough = decision.events.length + freedEventsMax;
  for (const account of new Set(payments.map(({ debtor }) => debtor)))
    if (owedBy(debts, account) === 0)
      freeShares(decision, account, () => decision.events.length >= enough);
}

/**
 * About the most events of freed shares that follow one journal: what keeps a step small enough to
 * write (rule R10).
 */
const freedEventsMax = 500;

/**
 * Frees shares of an account that owes nothing any more while `isEnough` is not yet so: the next
 * tick goes on.
 */
export function freeShares(decision: Decision, account: string, isEnough: () => boolean): void {
  const held = decision.market.clearing.shortfalls.unpaidShares.get(account) ?? [];
  for (const [symbol, byPlace] of held)
    for (const heldBy of ["Account", "Fund"] as const) {
      if (isEnough()) return;
      if (byPlace[heldBy] > 0) freeHeld(decision, account, symbol, byPlace[heldBy], heldBy);
    }
}

function freeHeld(
  decision: Decision,
  account: string,
  symbol: Ticker,
  quantity: number,
  heldBy: UnpaidSharesHeld["heldBy"],
): void {
  const from = heldBy === "Fund" ? guaranteeFund : account;
  if ((findBalance(decision.market.accounts, from, symbol)?.blocked ?? 0) < quantity)
    failInvariant(`${from} does not hold the ${symbol} of ${account}`);
  post(decision, heldBy === "Fund" ? "DUES" : "RELEASE", account, [
    { account: from, asset: symbol, bucket: "blocked", amount: 0 - quantity },
    { account, asset: symbol, bucket: "free", amount: quantity },
  ]);
  const freed = { ...accountHolder(account), symbol, quantity, heldBy };
  emit(decision, { type: "UnpaidSharesFreed", ...freed });
}
