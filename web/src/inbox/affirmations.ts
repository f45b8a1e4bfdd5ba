import type { ChipWords } from "../frame/chip.ts";
import type { AffirmationJson } from "../wire.ts";
import type { Matter } from "./matter.ts";

type Side = AffirmationJson;

/** Trades made for clients of this custodian, each side of one by itself. */
export const affirmations: Matter<Side, "affirm"> = {
  channel: "affirmations",
  yes: "affirm",
  keyOf: ({ trade_id, side }) => `${trade_id}/${side}`,
  isWaiting: ({ status }) => status === "AwaitingAffirmation",
  fetch: async (api) => (await api.affirmations()).affirmations,
  read: (message) => (message.type === "affirmation" ? message.affirmation : null),
  send: async (api, side, word, requestId) => {
    const answer = await api.affirm(side, word, requestId);
    return answer.outcome === "unknown" ? "unknown" : answer.affirmation;
  },
  // One only ever goes forward, from waiting to its end, so snapshots and stream may overlap in any
  // order.
  note: (list, told) => {
    const { keyOf, isWaiting } = affirmations;
    const known = list.get(keyOf(told));
    if (known !== undefined && (isWaiting(told) || !isWaiting(known))) return false;
    list.set(keyOf(told), told);
    return true;
  },
  sooner: (one, other) =>
    Date.parse(one.affirm_until) - Date.parse(other.affirm_until) ||
    one.place.seq - other.place.seq,
  newer: (one, other) => Date.parse(other.updated_at) - Date.parse(one.updated_at),
  tellWaiting: (side) => `${wordsOf(side)}: waits for your affirmation`,
  tellEnd: (side) => {
    const { word, tone } = sideChip(side);
    return { text: `${wordsOf(side)}: ${word.toLowerCase()}`, isGood: tone === "good" };
  },
};

function wordsOf({ client, side, quantity, symbol }: Side): string {
  return `${client} ${side} ${quantity} ${symbol}`;
}

/** What became of a side, in words, with the mark that says the same without colour. */
export function sideChip({ status, reason }: Pick<Side, "status" | "reason">): ChipWords {
  if (status === "AwaitingAffirmation") return { word: "Awaiting yes", mark: "…", tone: "open" };
  if (status === "Affirmed") return { word: "Affirmed", mark: "●", tone: "good" };
  const isSilent = reason === "CUT_OFF";
  return isSilent
    ? { word: "Devolved: silence", mark: "⌛\uFE0E", tone: "quiet" }
    : { word: "Devolved: rejected", mark: "✕", tone: "bad" };
}
