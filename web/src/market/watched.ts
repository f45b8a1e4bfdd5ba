import type { InstrumentJson } from "../wire.ts";

/** A row of the watchlist. */
type WatchedRow = {
  readonly row: InstrumentJson;
  /** Against the reference close, in paise; 0 where nothing traded. */
  readonly change: number;
};

/** What the watchlist shows: symbols that trade first, then all others, each by name. */
export function watched(instruments: readonly InstrumentJson[], wanted: string): WatchedRow[] {
  const text = wanted.trim().toUpperCase();
  const found = instruments.filter(({ symbol }) => symbol.includes(text));
  const alive = (each: InstrumentJson): number =>
    each.last_price_paise !== null ? 0 : each.is_listed ? 1 : 2;
  const begins = ({ symbol }: InstrumentJson): number => (symbol.startsWith(text) ? 0 : 1);
  return found
    .toSorted(
      (one, other) =>
        begins(one) - begins(other) ||
        alive(one) - alive(other) ||
        (one.symbol < other.symbol ? -1 : 1),
    )
    .map((row) => ({ row, change: changeOf(row) }));
}

function changeOf({ last_price_paise, reference_close_paise }: InstrumentJson): number {
  if (last_price_paise === null || reference_close_paise === null) return 0;
  return last_price_paise - reference_close_paise;
}
