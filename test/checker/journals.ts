import type { JournalPosted } from "../../src/domain/facts/event.ts";
import type { TradeExecuted } from "../../src/domain/facts/trade-event.ts";
import type { ValidStep } from "./log-reading.ts";

type Journal = JournalPosted["journal"];

/**
 * Promises 2 and 3: every journal sums to zero per asset, nothing is created or lost over all
 * accounts, nobody but an account of openings, deposits and withdrawals is ever below zero except
 * in what is due, and a trade is four postings where it settles at once, eight in what is due where
 * it is novated.
 */
export function checkJournals(steps: readonly ValidStep[]): string[] {
  const problems: string[] = [];
  const balances = new Map<string, bigint>();
  const ids = new Set<string>();
  for (const { seq, step } of steps) {
    for (const event of step.events) {
      if (event.type !== "JournalPosted") continue;
      const { journal } = event;
      const say = (what: string): void => {
        problems.push(`step ${seq}, journal ${journal.journalId}: ${what}`);
      };
      if (ids.has(journal.journalId)) say("posted twice");
      ids.add(journal.journalId);
      for (const [asset, sum] of sums(journal)) if (sum !== 0n) say(`${asset} sums to ${sum}`);
      for (const fallen of post(balances, journal)) say(fallen);
      const { kind, journalId } = journal;
      const isLater = step.events.some(
        (one) => one.type === "TradeDelivered" && one.journalId === journalId,
      );
      if (kind === "NOVATION" || (kind === "DVP" && !isLater))
        checkTrade(journal, step.events.filter(isTrade), say);
    }
  }
  return [...problems, ...checkConserved(balances)];
}

function sums(journal: Journal): Map<string, bigint> {
  const found = new Map<string, bigint>();
  for (const { asset, amount } of journal.postings)
    found.set(asset, (found.get(asset) ?? 0n) + BigInt(amount));
  return found;
}

function post(balances: Map<string, bigint>, journal: Journal): string[] {
  for (const { account, asset, bucket, amount } of journal.postings) {
    const key = `${account}|${asset}|${bucket}`;
    balances.set(key, (balances.get(key) ?? 0n) + BigInt(amount));
  }
  return journal.postings.flatMap(({ account, asset, bucket }) => {
    const balance = balances.get(`${account}|${asset}|${bucket}`) ?? 0n;
    const isFallen = balance < 0n && bucket !== "due" && !/^(opening|external):/.test(account);
    return isFallen ? [`${account} has ${balance} ${asset} ${bucket}`] : [];
  });
}

/** Sums over all accounts and buckets, opening accounts too: exactly zero of everything. */
function checkConserved(balances: ReadonlyMap<string, bigint>): string[] {
  const totals = new Map<string, bigint>();
  for (const [key, amount] of balances) {
    const asset = key.split("|")[1] ?? "";
    totals.set(asset, (totals.get(asset) ?? 0n) + amount);
  }
  return [...totals].flatMap(([asset, total]) =>
    total === 0n ? [] : [`all accounts together have ${total} ${asset}, not 0`],
  );
}

const isTrade = (event: { readonly type: string }): event is TradeExecuted =>
  event.type === "TradeExecuted";

/**
 * Shares go from seller to buyer and cash from buyer to seller, in the trade's amounts; novated,
 * through the clearing corporation and as what is due.
 */
function checkTrade(
  journal: Journal,
  trades: readonly TradeExecuted[],
  say: (what: string) => void,
): void {
  const trade = trades.find(({ tradeId }) => tradeId === journal.reference);
  if (trade === undefined) return say(`no trade ${journal.reference} in its step`);
  // A side that waits for a custodian stands on the member's own account.
  const account = ({ participant, client, custodian }: TradeExecuted["buy"]): string =>
    client === null || custodian !== undefined ? participant : `${participant}/${client}`;
  const [buyer, seller] = [account(trade.buy), account(trade.sell)];
  const direct = [
    `${buyer} INR ${0 - trade.amountPaise}`,
    `${seller} INR ${trade.amountPaise}`,
    `${seller} ${trade.symbol} ${0 - trade.quantity}`,
    `${buyer} ${trade.symbol} ${trade.quantity}`,
  ];
  const isNovated = journal.kind === "NOVATION";
  const between = [
    `clearing:ccp INR ${trade.amountPaise}`,
    `clearing:ccp INR ${0 - trade.amountPaise}`,
    `clearing:ccp ${trade.symbol} ${trade.quantity}`,
    `clearing:ccp ${trade.symbol} ${0 - trade.quantity}`,
  ];
  const expected = isNovated ? [...direct, ...between] : direct;
  if (journal.postings.some(({ bucket }) => (bucket === "due") !== isNovated))
    say(isNovated ? "moves more than what is due" : "moves what is due");
  const found = journal.postings.map((one) => `${one.account} ${one.asset} ${one.amount}`);
  if (found.toSorted().join() !== expected.toSorted().join())
    say(`moves ${found.join(", ")}; expected ${expected.join(", ")}`);
}
