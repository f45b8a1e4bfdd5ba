import type { Api } from "../gateway/api.ts";
import type { CountedMessage, Topic } from "../gateway/subscription.ts";

/** What waits for a member's yes or no: how it is asked for, told and answered. */
export type Matter<Item, Yes extends string> = {
  readonly channel: Topic["channel"];
  /** The word for a yes, as the gateway's routes have it. */
  readonly yes: Yes;
  readonly keyOf: (item: Item) => string;
  readonly isWaiting: (item: Item) => boolean;
  /** All that wait now. */
  readonly fetch: (api: Api) => Promise<readonly Item[]>;
  /** The item that a message of the channel tells of; null where it tells of none. */
  readonly read: (message: CountedMessage) => Item | null;
  /** Sends a word. Null: it was taken, and what became of the item is no longer kept. */
  readonly send: (
    api: Api,
    item: Item,
    word: Yes | "reject",
    requestId: string,
  ) => Promise<Item | null | "unknown">;
  /**
   * Takes an item in, unless what is known of it is newer. Returns whether it told anything new.
   */
  readonly note: (list: Map<string, Item>, told: Item) => boolean;
  /** Of those that wait, first to end first; of the others, newest first. */
  readonly sooner: (one: Item, other: Item) => number;
  readonly newer: (one: Item, other: Item) => number;
  /** In words: what waits, and what became of it. */
  readonly tellWaiting: (item: Item) => string;
  readonly tellEnd: (item: Item) => { readonly text: string; readonly isGood: boolean };
};

/**
 * Takes in what waits now. What did when that was asked for, and does no more, ended while nobody
 * told us how; what ended since is known.
 */
export function noteWaiting<Item, Yes extends string>(
  { keyOf, isWaiting, note }: Matter<Item, Yes>,
  list: Map<string, Item>,
  { asked, answered }: { readonly asked: readonly Item[]; readonly answered: readonly Item[] },
): void {
  const waits = new Set(answered.map(keyOf));
  for (const key of asked.map(keyOf)) {
    const known = list.get(key);
    if (known !== undefined && isWaiting(known) && !waits.has(key)) list.delete(key);
  }
  for (const item of answered) note(list, item);
}

/**
 * Those that wait, first to end first; of the others the newest first, at most `pastMax`. The older
 * ones leave the list: a page may stay open for days.
 */
export function splitList<Item, Yes extends string>(
  { keyOf, isWaiting, sooner, newer }: Matter<Item, Yes>,
  list: Map<string, Item>,
  pastMax: number,
): { readonly waiting: readonly Item[]; readonly past: readonly Item[] } {
  const all = [...list.values()];
  const ended = all.filter((item) => !isWaiting(item)).toSorted(newer);
  for (const item of ended.slice(pastMax)) list.delete(keyOf(item));
  return { waiting: all.filter(isWaiting).toSorted(sooner), past: ended.slice(0, pastMax) };
}
