import { isParticipantName } from "../../domain/facts/account.ts";
import { dateOf, dayAt, dayOf, type DateText, type Day } from "../../domain/facts/calendar.ts";
import { chargesOfDay } from "../../domain/charges/day.ts";
import { gstKind } from "../../domain/charges/gst.ts";
import { chargeJournals, type ChargeJournal } from "../../domain/charges/journal.ts";
import {
  listAccountDays,
  newAccountDays,
  noteAccountDays,
  type AccountDay,
  type AccountDays,
} from "../../domain/charges/trades.ts";
import type { Step } from "../../domain/facts/event.ts";
import { eventsTopic } from "../../protocol/topics.ts";
import { foldRecord, newLogFold, readerStateOf, type ReaderState } from "../log-fold.ts";
import { type MarketLog, readWaitMs } from "../log.ts";

/**
 * How far the books have charged: every trade date before `until`. `from` is the reader before the
 * first trade that is not charged yet, from where its day is read again after a start; null: there
 * is none.
 */
export type ChargeState = { readonly until: DateText | null; readonly from: ReaderState | null };

/** The trades of the days that are not charged yet, and where each day's first one stands. */
export type BooksCharges = {
  readonly days: AccountDays;
  readonly starts: Map<DateText, ReaderState>;
  until: Day | null;
  /** How many account days there were when their starts were last noted. */
  noted: number;
};

/**
 * What a day's end brings: journals in the order of their accounts, and why there are none
 * for some.
 */
type DayEnd = {
  readonly journals: readonly ChargeJournal[];
  readonly faults: readonly string[];
};

/**
 * All accounts by one plan and in one state: what a member asks its client is not on the log yet.
 */
const terms = { plan: "zero", gst: gstKind("MH", null) } as const;
const nothing: DayEnd = { journals: [], faults: [] };

/** Books that have charged until here, and know no trade. */
export function newBooksCharges({ until }: Pick<ChargeState, "until">): BooksCharges {
  const wants = ({ participant }: { participant: string }): boolean =>
    isParticipantName(participant);
  const day = until === null ? null : dayOf(until);
  return { days: newAccountDays(wants), starts: new Map(), until: day, noted: 0 };
}

/**
 * Takes a step in. The first step of a later date in India ends the dates before it: their charges
 * are returned once, as the member's journals. `before` is the reader before the step's record.
 */
export function noteCharges(charges: BooksCharges, step: Step, before: ReaderState): DayEnd {
  const day = dayAt(step.at);
  const ended = charges.until === null || charges.until < day ? endDays(charges, day) : nothing;
  const { days } = charges;
  noteAccountDays(days, step);
  days.orderedAtMs.clear(); // for contract notes only; it would grow with every order
  if (days.byDay.size !== charges.noted) noteStarts(charges, before);
  return ended;
}

/** What is stored of it. */
export function chargeState({ until, starts }: BooksCharges): ChargeState {
  let from: ReaderState | null = null;
  for (const place of starts.values())
    if (from === null || place.offset < from.offset) from = place;
  return { until: until === null ? null : dateOf(until), from };
}

/**
 * Reads the days that are not charged yet once more, up to where the books are. What lies in
 * between must come out at the stored chain; `unfit` says where it does not. Throws `OutsideLog`
 * for a place that is gone.
 */
export async function readCharges(
  { log, shard }: { readonly log: MarketLog; readonly shard: number },
  stored: { readonly offset: number; readonly chain: string; readonly charges: ChargeState },
): Promise<{ readonly charges: BooksCharges; readonly unfit: string | null }> {
  const { from } = stored.charges;
  if (from === null) return { charges: newBooksCharges(stored.charges), unfit: null };
  // Days that end on the way were charged: what they bring is stored already.
  const charges = newBooksCharges({ until: null });
  const fold = { ...newLogFold(), ...from };
  const reader = await log.reader(eventsTopic, shard, from.offset);
  try {
    while (fold.offset < stored.offset)
      for (const record of (await reader.read(readWaitMs)).records) {
        if (record.offset >= stored.offset) break;
        const before = readerStateOf(fold);
        const verdict = foldRecord(fold, record);
        if (verdict.type === "stop") return { charges, unfit: verdict.why };
        if (verdict.type !== "steps") continue;
        for (const step of verdict.steps) noteCharges(charges, step, before);
      }
  } finally {
    await reader.close();
  }
  const what = `the chain at offset ${stored.offset} is ${fold.chain}, stored is ${stored.chain}`;
  return { charges, unfit: fold.chain === stored.chain ? null : what };
}

function endDays(charges: BooksCharges, day: Day): DayEnd {
  const { days, starts } = charges;
  charges.until = day;
  const until = dateOf(day);
  // Time never goes back, so no trade comes that is of a date before.
  const ended = listAccountDays(days).filter(({ date }) => date < until);
  for (const [key, { date }] of days.byDay) if (date < until) days.byDay.delete(key);
  for (const [number, date] of days.tradeDates) if (date < until) days.tradeDates.delete(number);
  for (const date of starts.keys()) if (date < until) starts.delete(date);
  charges.noted = days.byDay.size;
  const charged = ended.map(chargeDay);
  return {
    journals: charged.flatMap(({ journals }) => journals),
    faults: charged.flatMap(({ faults }) => faults),
  };
}

function chargeDay({ member, client, date, trades }: AccountDay): DayEnd {
  const owner = { member, client, date };
  const charged = chargesOfDay({ date, trades, ...terms });
  if ("reason" in charged)
    return {
      journals: [],
      faults: [`${member}${client === null ? "" : `/${client}`}: ${charged.text}`],
    };
  return { journals: chargeJournals(owner, charged), faults: [] };
}

function noteStarts(charges: BooksCharges, before: ReaderState): void {
  const { days, starts } = charges;
  for (const { date } of days.byDay.values()) if (!starts.has(date)) starts.set(date, before);
  charges.noted = days.byDay.size;
}
