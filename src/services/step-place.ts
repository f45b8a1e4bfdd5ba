import type { Step } from "../domain/facts/event.ts";
import type { WayChange } from "../protocol/ways/way-change.ts";

/**
 * Where a step stands: its number on the shard, the command that caused it on `sauda.commands`, its
 * record on `sauda.events`, and the shard's clock when it was decided.
 */
export type StepPlace = {
  readonly shard: number;
  readonly seq: number;
  readonly commandOffset: number;
  /** Which part of what the command caused; 0 unless it was much. */
  readonly part: number;
  readonly logOffset: number;
  readonly atMs: number;
};

/**
 * A change on the way of a trade, with the step that made it and the id of its record
 * on `sauda.settlements`.
 */
export type PlacedChange<Change extends WayChange> = {
  readonly id: string;
  readonly place: StepPlace;
  readonly change: Change;
};

/** The place of a step whose record stands at `logOffset`. */
export function placeOf(step: Step, shard: number, seq: number, logOffset: number): StepPlace {
  return {
    shard,
    seq,
    commandOffset: step.cause.offset,
    part: step.part,
    logOffset,
    atMs: step.at,
  };
}
