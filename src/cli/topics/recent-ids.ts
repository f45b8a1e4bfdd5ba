import { NewestMap } from "../../services/fifo.ts";

/**
 * Repeats come soon after a publisher's death, within its last transactions; so many ids are ample.
 */
const idsKept = 100_000;

/** The newest ids that were met. What has no id (null) is always new. */
export type RecentIds = {
  /** True the first time; notes the id. */
  isNew(id: string | null): boolean;
  has(id: string): boolean;
};

/** Remembers at most so many ids; the oldest are forgotten first. */
export function rememberIds(most: number = idsKept): RecentIds {
  const seen = new NewestMap<string, true>(most);
  return {
    isNew(id) {
      if (id === null) return true;
      if (seen.has(id)) return false;
      seen.set(id, true);
      return true;
    },
    has: (id) => seen.has(id),
  };
}
