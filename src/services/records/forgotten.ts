import type { StepPlace } from "../step-place.ts";

/** A command, and which part of what it caused. */
export type CommandPart = Pick<StepPlace, "commandOffset" | "part">;

/**
 * What records of a shard have let go of: the place of the newest of them, and the last command
 * that changed any of them. What lives is kept however old it is, so not all that is older is gone.
 */
export type ForgottenOfShard = Pick<StepPlace, "seq" | "commandOffset" | "atMs"> & {
  readonly changed: CommandPart;
};

/** The same by shard. */
export type Forgotten = Map<number, ForgottenOfShard>;

/** The record of the step is let go of; `changed` last, absent: by that step. */
export function noteForgotten(
  forgotten: Forgotten,
  place: StepPlace,
  changed: CommandPart = place,
): void {
  const { seq, commandOffset, atMs } = place;
  const known = forgotten.get(place.shard);
  const isNewest = known === undefined || known.seq < seq;
  const newest = isNewest ? { seq, commandOffset, atMs } : known;
  const isLast = known === undefined || isBehind(known.changed, changed);
  const { commandOffset: offset, part } = isLast ? changed : known.changed;
  forgotten.set(place.shard, { ...newest, changed: { commandOffset: offset, part } });
}

/** Whether a command, or part of one, comes before another. */
export function isBehind(one: CommandPart, other: CommandPart): boolean {
  return one.commandOffset === other.commandOffset
    ? one.part < other.part
    : one.commandOffset < other.commandOffset;
}

/** Whether an id of ours, which names its command, may mean something that was let go of. */
export function mayBeForgotten(forgotten: Forgotten, id: string): boolean {
  const [, shard] = ours.exec(id) ?? [];
  return commandOffsetOf(id) <= (forgotten.get(Number(shard))?.commandOffset ?? -1);
}

/**
 * The offset of the command that an id of ours names: O-0-7, T-0-7-0-0; NaN for another id. We
 * write numbers without zeros before them: O-0-07 is nobody's.
 */
export function commandOffsetOf(id: string): number {
  return Number(ours.exec(id)?.[2]);
}

const ours = /^[A-Z]-(0|[1-9]\d*)-(0|[1-9]\d*)(?:-|$)/;

/** The part of a command that made the trade of this id, which names both: T-0-7-0-0. */
export function commandPartOf(tradeId: string): CommandPart {
  const [, , commandOffset, part] = tradeId.split("-").map(Number);
  return { commandOffset: commandOffset ?? Number.NaN, part: part ?? Number.NaN };
}
