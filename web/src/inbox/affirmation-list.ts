import type { AffirmationJson } from "../wire.ts";

/** Sides of trades by `sideKey`. */
export type AffirmationList = Map<string, AffirmationJson>;

/** Names a side of a trade. */
export function sideKey({ trade_id, side }: Pick<AffirmationJson, "trade_id" | "side">): string {
  return `${trade_id}/${side}`;
}

/** True while the custodian's word counts. */
export function isWaiting({ status }: Pick<AffirmationJson, "status">): boolean {
  return status === "AwaitingAffirmation";
}

/**
 * Takes a side in. One only ever goes forward, from waiting to its end, so snapshots and stream may overlap in
 * any order. Returns whether it told anything new.
 */
export function noteSide(list: AffirmationList, told: AffirmationJson): boolean {
  const known = list.get(sideKey(told));
  if (known !== undefined && (isWaiting(told) || !isWaiting(known))) return false;
  list.set(sideKey(told), told);
  return true;
}

/**
 * Those that wait, first to end first; of the others the newest first, at most `pastMax`. The older ones leave the
 * list: a page may stay open for days.
 */
export function sortSides(
  list: AffirmationList,
  pastMax: number,
): { readonly waiting: AffirmationJson[]; readonly past: AffirmationJson[] } {
  const all = [...list.values()];
  const ended = all
    .filter((side) => !isWaiting(side))
    .toSorted((one, other) => Date.parse(other.updated_at) - Date.parse(one.updated_at));
  for (const side of ended.slice(pastMax)) list.delete(sideKey(side));
  return {
    waiting: all
      .filter(isWaiting)
      .toSorted(
        (one, other) =>
          Date.parse(one.affirm_until) - Date.parse(other.affirm_until) ||
          one.place.seq - other.place.seq,
      ),
    past: ended.slice(0, pastMax),
  };
}

/** What became of a side, in words, with the mark that says the same without colour. */
export function sideChip({ status, reason }: Pick<AffirmationJson, "status" | "reason">): {
  readonly word: string;
  readonly mark: string;
  readonly tone: "open" | "good" | "bad" | "quiet";
} {
  if (status === "AwaitingAffirmation") return { word: "Awaiting yes", mark: "…", tone: "open" };
  if (status === "Affirmed") return { word: "Affirmed", mark: "●", tone: "good" };
  const isSilent = reason === "CUT_OFF";
  return isSilent
    ? { word: "Devolved: silence", mark: "⌛\uFE0E", tone: "quiet" }
    : { word: "Devolved: rejected", mark: "✕", tone: "bad" };
}
