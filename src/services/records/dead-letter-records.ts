import { deadLetterId, isRedrive } from "../../domain/facts/ids.ts";
import type { DeadLettered, MarketEvent } from "../../domain/facts/event.ts";
import { arrive, depart, newArrivals, oldestOf, type Arrivals } from "./arrivals.ts";
import { noteForgotten, type Forgotten } from "./forgotten.ts";
import type { StepPlace } from "../step-place.ts";

/** A dead letter and what became of it when it was sent again. */
export type DeadLetterRecord = {
  /** `deadLetterId`: also the id of the command that sends it again. */
  readonly id: string;
  readonly arrival: number;
  readonly event: DeadLettered;
  readonly place: StepPlace;
  /** Null: never sent again. `isFinal`: sent again once more it would be a repeat. */
  redriven: {
    readonly outcome: string;
    readonly place: StepPlace;
    readonly isFinal: boolean;
  } | null;
};

/** How much is kept: so many letters, and so many characters of their bytes in base64. */
type KeptLetters = { readonly letters: number; readonly characters: number };

/** Dead letters by id, oldest first. The oldest are let go of above what is kept. */
export type DeadLetterRecords = {
  readonly byId: Map<string, DeadLetterRecord>;
  readonly all: Arrivals<DeadLetterRecord>;
  readonly kept: KeptLetters;
  readonly forgotten: Forgotten;
  characters: number;
  /** How many have come. */
  came: number;
};

/** No dead letters yet. */
export function newDeadLetterRecords(kept: KeptLetters): DeadLetterRecords {
  return {
    byId: new Map(),
    all: newArrivals(),
    kept,
    forgotten: new Map(),
    characters: 0,
    came: 0,
  };
}

/**
 * Notes a dead letter, or what became of one that was sent again. `index` is the event's in
 * its step.
 */
export function noteDeadLetter(
  records: DeadLetterRecords,
  event: MarketEvent,
  index: number,
  place: StepPlace,
): void {
  if (event.type === "DeadLettered") {
    const { shard, commandOffset: offset, part } = place;
    const id = deadLetterId(shard, { cause: { offset }, part }, index);
    records.came += 1;
    return add(records, { id, arrival: records.came, event, place, redriven: null });
  }
  if (event.type === "Repeated" || !("clientOrderId" in event)) return;
  // Anybody may send a letter's id as an own one, which is refused and says nothing of the letter.
  if (!("source" in event) || event.source === null) return;
  if (!isRedrive(event.clientOrderId, event.source)) return;
  const letter = records.byId.get(event.clientOrderId ?? "");
  if (letter === undefined || letter.redriven?.isFinal === true) return;
  const outcome = "reason" in event ? `${event.type} ${event.reason}` : event.type;
  const isFinal = !("reason" in event && event.reason === "DEADLINE_PASSED");
  letter.redriven = { outcome, place, isFinal };
}

function add(records: DeadLetterRecords, letter: DeadLetterRecord): void {
  const { byId, all, kept } = records;
  byId.set(letter.id, letter);
  arrive(all, letter);
  records.characters += charactersOf(letter);
  while (byId.size > kept.letters || records.characters > kept.characters) {
    const oldest = oldestOf(all);
    if (oldest === undefined) return;
    noteForgotten(records.forgotten, oldest.place);
    byId.delete(oldest.id);
    depart(all, oldest);
    records.characters -= charactersOf(oldest);
  }
}

function charactersOf({ event }: DeadLetterRecord): number {
  const { keyBase64, valueBase64 } = event.original;
  return (keyBase64?.length ?? 0) + (valueBase64?.length ?? 0);
}
