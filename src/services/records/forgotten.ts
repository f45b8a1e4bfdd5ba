import type { StepPlace } from "../step-place.ts";

/**
 * What records have let go of: by shard, the last command that anything of it came of. What lives
 * is kept however old it is, so not all that is older is gone.
 */
export type Forgotten = Map<number, number>;

/** The record of the step is let go of. */
export function noteForgotten(
  forgotten: Forgotten,
  { shard, commandOffset }: Pick<StepPlace, "shard" | "commandOffset">,
): void {
  forgotten.set(shard, Math.max(forgotten.get(shard) ?? -1, commandOffset));
}

/** Whether an id of ours, which names its command, may mean something that was let go of. */
export function mayBeForgotten(forgotten: Forgotten, id: string): boolean {
  const [, shard, commandOffset] = /^[A-Z]-(\d+)-(\d+)(?:-|$)/.exec(id) ?? [];
  return Number(commandOffset) <= (forgotten.get(Number(shard)) ?? -1);
}
