import { failInvariant, type Participant } from "../facts/units.ts";
import { keyedHash, type HashKey } from "./keyed-hash.ts";

/**
 * How much is remembered: the entries of so many pages, and no more characters than that. Rules of
 * the market, so raised or lowered with `marketRules` only; tests remember less.
 */
export type RememberedLimits = {
  readonly pageEntries: number;
  readonly pagesMax: number;
  readonly charactersMax: number;
};

/**
 * A million entries, fewer where they are long: 2^27 characters are 134 of them for each, and an
 * order with an id of 36 has some 120.
 */
export const rememberedLimits: RememberedLimits = {
  pageEntries: 1_000,
  pagesMax: 1_000,
  charactersMax: 2 ** 27,
};

/**
 * Of a follower that decides nothing: only decisions ask for what has ended, and it is most of what
 * a market holds.
 */
export const nothingToRemember: RememberedLimits = {
  pageEntries: 0,
  pagesMax: 0,
  charactersMax: 0,
};

/**
 * What a shard knows of what has ended: orders that were filled, canceled, refused, and requests.
 * An entry is a JSON array whose first three are the participant, its client id or null, and
 * when its sender sent it. The newest are kept, in the order in which they ended; a page at a time
 * leaves by the limits, and moves horizons (rule R14). A filled page is one text, so that a
 * million entries are a thousand objects to the garbage collector.
 */
export type Remembered = {
  readonly limits: RememberedLimits;
  /** Which bucket an entry is found in follows from it, and nothing else. */
  readonly hashKey: HashKey;
  /** Oldest first; the last is being filled. */
  readonly pages: Page[];
  /** The number of the next entry, from 1 on; those of a page are consecutive. */
  next: number;
  /** Of all pages. */
  characters: number;
  /** Links to the newest entry of each hash, by the hash's upper and lower bits. */
  readonly buckets: Uint32Array[];
  /**
   * Whose ids were forgotten: a moment after the last that one of these was sent at. The one moved
   * last stands last.
   */
  readonly horizons: Map<Participant, number>;
  /** The same of all participants that are not in `horizons`; null: nothing of theirs is. */
  restHorizonMs: number | null;
};

/** Consecutive entries. */
type Page = {
  readonly first: number;
  /** Of a page that is being filled. */
  texts: string[];
  /** Of a filled page: all texts, and where each ends. */
  text: string;
  readonly ends: Uint32Array;
  /** By entry and kind of key: the link before it of the same bucket. */
  readonly older: Uint32Array;
};

/** What an entry is found by: a client id and whose it is, an order's id of ours, an id alone. */
export type Keys = {
  readonly id: string | null;
  readonly order: string | null;
  readonly name: string | null;
};

/** Most participants that have a horizon of their own. */
const horizonsMax = 10_000;

// A link: an entry's number, modulo 2^30, and in the lower two bits the kind of its key. 0 is none.
const kinds = ["id", "order", "name"] as const;
const numberMask = 2 ** 30 - 1;
// Two million buckets, two for each entry, in pages that are made when they are first needed: by
// 21 bits of a hash, of which the upper 11 say the page.
const bucketPages = 2_048;
const linksInPage = 1_024;
const noLinks = new Uint32Array(0);

/** Nothing has ended yet. */
export function nothingRemembered(
  limits: RememberedLimits = rememberedLimits,
  hashKey: HashKey = [0, 0],
): Remembered {
  return {
    limits,
    hashKey,
    pages: [],
    next: 1,
    characters: 0,
    buckets: Array.from({ length: bucketPages }, () => noLinks),
    horizons: new Map(),
    restHorizonMs: null,
  };
}

/** Whether it is a follower's, which would answer every question with "never heard of it". */
export function remembersNothing({ limits }: Remembered): boolean {
  return limits.pagesMax === 0;
}

/** Adds an entry, the newest, and lets go of the oldest where that is too much. */
export function remember(remembered: Remembered, text: string, keys: Keys): void {
  const page = openPage(remembered);
  const at = page.texts.length;
  if (keys.id !== null) link(remembered, page, at, 0, keys.id);
  if (keys.order !== null) link(remembered, page, at, 1, keys.order);
  if (keys.name !== null) link(remembered, page, at, 2, keys.name);
  page.texts.push(text);
  page.ends[at] = (page.ends[at - 1] ?? 0) + text.length;
  remembered.next += 1;
  remembered.characters += text.length;
  if (at + 1 === remembered.limits.pageEntries) {
    page.text = page.texts.join("");
    page.texts = [];
  }
  forgetOldest(remembered);
}

/**
 * What `read` makes of the newest entry of which it makes something. It is given those that may
 * have the key, newest first; by a client id, those that begin with the key.
 */
export function findNewest<Found>(
  remembered: Remembered,
  kind: keyof Keys,
  key: string,
  read: (text: string) => Found | undefined,
): Found | undefined {
  const hash = keyedHash(remembered.hashKey, key);
  let newest = remembered.buckets[bucketPageOf(hash)]?.[bucketIn(hash)] ?? 0;
  const wanted = kinds.indexOf(kind);
  for (;;) {
    const number = numberOf(remembered, newest);
    if (number === null) return undefined;
    const page = pageOf(remembered, number);
    const at = number - page.first;
    const slot = (newest & 3) - 1;
    if (slot === wanted && (kind !== "id" || beginsWith(page, at, key))) {
      const found = read(textAt(page, at));
      if (found !== undefined) return found;
    }
    newest = page.older[at * kinds.length + slot] ?? 0;
  }
}

/**
 * From when on all ids of the participant are known: what was sent before may have been forgotten.
 * Null: nothing was.
 */
export function horizonOf(remembered: Remembered, participant: Participant): number | null {
  return remembered.horizons.get(participant) ?? remembered.restHorizonMs;
}

/** True once something was forgotten. */
export function hasForgotten({ pages }: Remembered): boolean {
  return (pages[0]?.first ?? 1) > 1;
}

/** The entries, oldest first. */
export function entriesOf({ pages }: Remembered): string[] {
  return pages.flatMap(entriesIn);
}

/** Those of a page. */
export function entriesIn(page: Page): readonly string[] {
  const { texts, text, ends } = page;
  return text === "" ? texts : Array.from(ends, (_, at) => textAt(page, at));
}

function openPage({ pages, next, limits }: Remembered): Page {
  const last = pages.at(-1);
  if (last !== undefined && last.text === "") return last;
  const page: Page = {
    first: next,
    texts: [],
    text: "",
    ends: new Uint32Array(limits.pageEntries),
    older: new Uint32Array(limits.pageEntries * kinds.length),
  };
  pages.push(page);
  return page;
}

function link(remembered: Remembered, page: Page, at: number, slot: number, key: string): void {
  const { hashKey, buckets, next } = remembered;
  const hash = keyedHash(hashKey, key);
  let links = buckets[bucketPageOf(hash)] ?? noLinks;
  if (links.length === 0) {
    links = new Uint32Array(linksInPage);
    buckets[bucketPageOf(hash)] = links;
  }
  const newest = links[bucketIn(hash)] ?? 0;
  // so that no old link outlives the numbers, which come round
  page.older[at * kinds.length + slot] = numberOf(remembered, newest) === null ? 0 : newest;
  links[bucketIn(hash)] = ((next & numberMask) << 2) | (slot + 1);
}

function bucketPageOf(hash: number): number {
  return hash >>> 21;
}

function bucketIn(hash: number): number {
  return (hash >>> 11) & (linksInPage - 1);
}

/** The number of the entry that is linked to; null where it was forgotten, or none is. */
function numberOf({ pages, next }: Remembered, linked: number): number | null {
  if (linked === 0) return null;
  const age = (next - (linked >>> 2)) & numberMask;
  const number = next - age;
  return age > 0 && number >= (pages[0]?.first ?? next) ? number : null;
}

function pageOf({ pages, limits }: Remembered, number: number): Page {
  const first = pages[0]?.first ?? failInvariant(`entry ${number} of none`);
  const page = pages[Math.floor((number - first) / limits.pageEntries)];
  return page ?? failInvariant(`entry ${number} of ${pages.length} pages from ${first}`);
}

function textAt({ texts, text, ends }: Page, at: number): string {
  return texts[at] ?? text.slice(ends[at - 1] ?? 0, ends[at]);
}

function beginsWith({ texts, text, ends }: Page, at: number, key: string): boolean {
  return texts[at]?.startsWith(key) ?? text.startsWith(key, ends[at - 1] ?? 0);
}

function forgetOldest(remembered: Remembered): void {
  const { pages, limits } = remembered;
  while (pages.length > limits.pagesMax || remembered.characters > limits.charactersMax) {
    if (pages.length === 1) return;
    const page = pages.shift() ?? failInvariant("there is a page to forget");
    remembered.characters -= page.text.length;
    moveHorizons(remembered, page);
  }
}

function moveHorizons(remembered: Remembered, page: Page): void {
  const newest = new Map<Participant, number>();
  for (let at = 0; at < page.ends.length; at += 1) {
    const entry = JSON.parse(textAt(page, at)) as readonly [Participant, string | null, number];
    const [participant, clientOrderId, sentMs] = entry;
    if (clientOrderId === null) continue;
    newest.set(participant, Math.max(sentMs, newest.get(participant) ?? sentMs));
  }
  for (const [participant, sentMs] of newest) moveHorizon(remembered, participant, sentMs + 1);
}

function moveHorizon(remembered: Remembered, participant: Participant, toMs: number): void {
  const { horizons } = remembered;
  const horizonMs = Math.max(toMs, horizonOf(remembered, participant) ?? toMs);
  horizons.delete(participant); // so that it stands last
  horizons.set(participant, horizonMs);
  const [oldest] = horizons;
  if (horizons.size <= horizonsMax || oldest === undefined) return;
  horizons.delete(oldest[0]);
  remembered.restHorizonMs = Math.max(oldest[1], remembered.restHorizonMs ?? oldest[1]);
}
