/** A map or a set: both keep the order in which things came. */
type Kept<Key> = {
  readonly size: number;
  keys(): Iterable<Key>;
  delete(key: Key): boolean;
};

/** Lets go of the oldest where there are more than so many. Called after each that comes. */
export function dropOldest<Key>(kept: Kept<Key>, keptMax: number): void {
  if (kept.size <= keptMax) return;
  for (const oldest of kept.keys()) {
    kept.delete(oldest);
    return;
  }
}
