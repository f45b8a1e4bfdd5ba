import { accountKey } from "../domain/facts/account.ts";
import { chargesOfDay } from "../domain/charges/day.ts";
import {
  listAccountDays,
  newAccountDays,
  noteAccountDays,
  type AccountTrade,
} from "../domain/charges/trades.ts";
import type { DateText } from "../domain/facts/calendar.ts";
import type { Obligation } from "../domain/facts/clearing-event.ts";
import type { MarketEvent, Step } from "../domain/facts/event.ts";
import { instructionId } from "../domain/facts/ids.ts";
import { rupees } from "../domain/facts/units.ts";
import type {
  ExpectedCharges,
  ExpectedInstruction,
  ExpectedObligation,
} from "./reading/expectation.ts";
import type { AccountName } from "./reading/fields.ts";

/** An expectation in words, and what is so in the same words. Equal where it is met. */
export type Compared = { readonly expected: string; readonly was: string };

/** An amount of an asset as a scenario writes it. */
function amountText(asset: string, amount: number): string {
  return asset === "INR" ? rupees(amount) : `${amount} ${asset}`;
}

/** Compares an obligation with the last that was determined. */
export function compareObligation(
  expected: ExpectedObligation,
  events: readonly MarketEvent[],
): Compared {
  const { settlementNumber, asset, amount, status } = expected;
  const whose = ownerOf(expected);
  const found = events.findLast((event) => isObligationOf(event, expected));
  const what = `obligation of ${whose} in ${settlementNumber}`;
  const say = (of: string | undefined, owed: number): string =>
    `${what}: ${of === undefined ? "" : `${of} `}${amountText(asset, owed)}`;
  if (found === undefined) return { expected: say(status, amount), was: `${what}: none yet` };
  const owed = found.obligations.find((each) => each.asset === asset)?.amount ?? 0;
  return {
    expected: say(status, amount),
    was: say(status === undefined ? undefined : found.status, owed),
  };
}

/** Compares an instruction with the last that was said of it. */
export function compareInstruction(
  { settlementNumber, account, asset, status, reason, settled }: ExpectedInstruction,
  events: readonly MarketEvent[],
): Compared {
  const key = accountKey(account.participant, account.client);
  const what = `instruction of ${key} in ${settlementNumber}`;
  const say = (of: string, why: string | null, moved: number): string =>
    [
      `${what}: ${of}`,
      ...(reason === undefined ? [] : [`reason ${why ?? "none"}`]),
      amountText(asset, moved),
    ].join(" ");
  const id = instructionId(settlementNumber, account, asset);
  const lots = events
    .filter((event) => event.type === "BoughtIn" || event.type === "ClosedOut")
    .filter(({ deliveryId, receiptId }) => deliveryId === id || receiptId === id);
  const last = lots.at(-1);
  const told = events
    .filter((event) => event.type === "InstructionUpdated")
    .findLast(({ instructionId: of }) => of === id);
  const expected = say(status, reason ?? null, settled);
  if (last !== undefined) {
    // Bought in and closed out in part: the part that is asked for.
    const ended = lots.some(({ type }) => type === status) ? status : last.type;
    const part = lots.filter(({ type }) => type === ended);
    const moved = part.reduce((sum, { quantity }) => sum + quantity, 0);
    return { expected, was: say(ended, null, moved) };
  }
  if (told === undefined) return { expected, was: `${what}: none yet` };
  return { expected, was: say(told.status, told.reason, told.settledAmount) };
}

/** What an account traded on a trade date, oldest first. */
export function tradesOf(
  steps: readonly Step[],
  { participant, client }: AccountName,
  date: DateText,
): readonly AccountTrade[] {
  const key = accountKey(participant, client);
  const days = newAccountDays((holder) => accountKey(holder.participant, holder.client) === key);
  for (const step of steps) noteAccountDays(days, step);
  return listAccountDays(days).find((day) => day.date === date)?.trades ?? [];
}

/** Compares what an account's day cost with the charges of its trades. */
export function compareCharges(
  { account, date, plan, totalPaise, netPaise, netAfterLedgerPaise }: ExpectedCharges,
  steps: readonly Step[],
): Compared {
  const key = accountKey(account.participant, account.client);
  const trades = tradesOf(steps, account, date);
  // One state, as most clients have with their broker.
  const charges = chargesOfDay({ date, trades, plan, gst: "sgst" });
  const what = `charges of ${key} on ${date}`;
  const say = (total: number, net: number, afterLedger: number): string =>
    [
      `${what}: ${rupees(total)}`,
      ...(netPaise === undefined ? [] : [`net ${rupees(net)}`]),
      ...(netAfterLedgerPaise === undefined ? [] : [`after demat ${rupees(afterLedger)}`]),
    ].join(", ");
  return {
    expected: say(totalPaise, netPaise ?? 0, netAfterLedgerPaise ?? 0),
    was:
      "reason" in charges
        ? `${what}: ${charges.text}`
        : say(charges.chargesPaise, charges.netPaise, charges.netAfterLedgerPaise),
  };
}

function ownerOf({ account, isMembers }: ExpectedObligation): string {
  const { participant, client } = account;
  return isMembers ? `member ${participant}` : accountKey(participant, client);
}

function isObligationOf(
  event: MarketEvent,
  { settlementNumber, account, isMembers }: ExpectedObligation,
): event is Extract<MarketEvent, { readonly obligations: readonly Obligation[] }> {
  const type = isMembers ? "MemberObligationDetermined" : "ObligationDetermined";
  if (event.type !== type || event.settlementNumber !== settlementNumber) return false;
  if (event.type === "MemberObligationDetermined") return event.participant === account.participant;
  return event.participant === account.participant && event.client === account.client;
}
