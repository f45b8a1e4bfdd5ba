import { accountKey } from "../facts/account.ts";
import type { DateText } from "../facts/calendar.ts";
import type { DayCharges } from "./day.ts";
import type { ChargeLine, ChargeName } from "./line.ts";
import type { Journal, Posting } from "../facts/journal.ts";
import { paise, type Participant } from "../facts/units.ts";

/** Whose charges they are, and of which day. `client` null: the member's own account. */
export type ChargeOwner = {
  readonly member: Participant;
  readonly client: string | null;
  readonly date: DateText;
};

/**
 * A journal of the member's books. `CHARGES` are the contract note's, `DEMAT_CHARGES` the
 * ledger's alone.
 */
export type ChargeJournal = Omit<Journal, "kind"> & {
  readonly kind: "CHARGES" | "DEMAT_CHARGES";
};

/**
 * The member's books of a client's day: one journal for the contract note's charges and one for the
 * demat account's, each only where something is charged. Every posting is INR in the bucket `free`:
 *
 * - `ledger:<account>`: between the client and its member; below zero the client owes;
 * - `income:<member>:brokerage`, `income:<member>:participant`: what the member keeps;
 * - `payable:<member>:<charge>`: what it passes on, as in `payable:HDFC:stt`.
 *
 * All accounts of a journal are one member's, so each member's books balance by themselves. The
 * value of the trades is not here: it moves by delivery against payment, which charges are never
 * part of. Ids are made of the account and the day, so the same day gives the same journals; post
 * them when the day has ended.
 */
export function chargeJournals(owner: ChargeOwner, charges: DayCharges): readonly ChargeJournal[] {
  const reference = contractNoteNumber(owner);
  const day = `${owner.date}-${accountKey(owner.member, owner.client)}`;
  const journals: readonly ChargeJournal[] = [
    {
      journalId: `CHARGES-${day}`,
      kind: "CHARGES",
      reference,
      postings: postingsOf(owner, charges.lines),
    },
    {
      journalId: `DEMAT-${day}`,
      kind: "DEMAT_CHARGES",
      reference,
      postings: postingsOf(owner, charges.ledgerLines),
    },
  ];
  return journals.filter(({ postings }) => postings.length > 0);
}

/** Whether an account is one of a member's books, which charges alone are posted to. */
export function isChargeAccount(account: string): boolean {
  return /^(ledger|income|payable):/.test(account);
}

/**
 * The number of the contract note of an account's day: made of both, so that the journals can
 * name it.
 */
export function contractNoteNumber({ member, client, date }: ChargeOwner): string {
  return `CN-${date}-${accountKey(member, client)}`;
}

/**
 * The client's posting first, then one for each account in the order of the lines; none of nothing.
 */
function postingsOf(
  { member, client }: ChargeOwner,
  lines: readonly ChargeLine[],
): readonly Posting[] {
  const sums = new Map<string, bigint>();
  let total = 0n;
  for (const { charge, amountPaise } of lines) {
    if (amountPaise === 0) continue;
    const account = receiverOf(member, charge);
    sums.set(account, (sums.get(account) ?? 0n) + BigInt(amountPaise));
    total += BigInt(amountPaise);
  }
  if (total === 0n) return [];
  return [
    posting(`ledger:${accountKey(member, client)}`, -total),
    ...[...sums].map(([account, sum]) => posting(account, sum)),
  ];
}

function receiverOf(member: Participant, charge: ChargeName): string {
  const isIncome = charge === "brokerage" || charge === "participant";
  return `${isIncome ? "income" : "payable"}:${member}:${charge}`;
}

function posting(account: string, amount: bigint): Posting {
  return { account, asset: "INR", bucket: "free", amount: paise(Number(amount)) };
}
