import { failInvariant } from "../../domain/facts/units.ts";
import { rememberAgain } from "../../domain/state/ended.ts";
import {
  entriesIn,
  nothingRemembered,
  type Remembered,
  type RememberedLimits,
} from "../../domain/state/remembered.ts";
import { map, name, orNull, record, whole, type Shape } from "./shape.ts";

const limitsShape: Shape<RememberedLimits> = record<RememberedLimits>({
  pageEntries: whole(),
  pagesMax: whole(),
  charactersMax: whole(),
});
const horizons = map(name, whole());
const restHorizon = orNull(whole());

/**
 * What ended: each page as one text, and how long each entry of it is. Where entries are found is
 * made anew by who reads.
 */
export const remembered: Shape<Remembered> = {
  text: `pages of entries ${limitsShape.text}${horizons.text}${restHorizon.text}`,
  write(to, { limits, pages, next, horizons: moved, restHorizonMs }) {
    limitsShape.write(to, limits);
    to.count(pages[0]?.first ?? next);
    to.count(pages.length);
    for (const page of pages) {
      const entries = entriesIn(page);
      to.count(entries.length);
      for (const entry of entries) to.count(entry.length);
      to.text(entries.join(""));
    }
    horizons.write(to, moved);
    restHorizon.write(to, restHorizonMs);
  },
  read(from) {
    const written = limitsShape.read(from);
    const { limits = written, hashKey } = from.making;
    const read = nothingRemembered(limits, hashKey);
    read.next = from.count();
    for (let left = from.count(); left > 0; left -= 1) {
      const lengths = Array.from({ length: from.count() }, () => from.count());
      const text = from.text();
      let at = 0;
      for (const length of lengths) rememberAgain(read, text.slice(at, (at += length)));
      if (at !== text.length) failInvariant(`a page has ${text.length} characters, not ${at}`);
    }
    for (const [participant, horizonMs] of horizons.read(from))
      read.horizons.set(participant, horizonMs);
    read.restHorizonMs = restHorizon.read(from);
    return read;
  },
};
