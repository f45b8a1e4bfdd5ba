import type { FundsJson, HoldingJson, InstrumentJson, PositionJson } from "../wire.ts";

/** A position with what it is worth now. */
export type PricedPosition = {
  readonly row: PositionJson;
  readonly boughtAtPaise: number | null;
  readonly soldAtPaise: number | null;
  readonly lastPaise: number | null;
  /** What it would have brought if closed at the last price; null without one. */
  readonly gainPaise: number | null;
};

/** Positions with average prices and gains, by symbol. A flat position needs no last price. */
export function priced(
  positions: readonly PositionJson[],
  instruments: readonly InstrumentJson[],
): PricedPosition[] {
  const last = lastPrices(instruments);
  const rows = positions.map((row): PricedPosition => {
    const lastPaise = last.get(row.symbol) ?? row.last_price_paise;
    const cashPaise = row.sold_paise - row.bought_paise;
    const gainPaise =
      row.net === 0 ? cashPaise : lastPaise === null ? null : cashPaise + row.net * lastPaise;
    return {
      row,
      boughtAtPaise: average(row.bought_paise, row.bought),
      soldAtPaise: average(row.sold_paise, row.sold),
      lastPaise,
      gainPaise,
    };
  });
  return rows.toSorted((one, other) => (one.row.symbol < other.row.symbol ? -1 : 1));
}

/** A holding with its worth at the last price, else at the reference close. */
export type PricedHolding = { readonly row: HoldingJson; readonly valuePaise: number | null };

/** Holdings with their worth, by symbol. */
export function heldOf(
  holdings: readonly HoldingJson[],
  instruments: readonly InstrumentJson[],
): PricedHolding[] {
  const last = lastPrices(instruments);
  const closes = new Map(
    instruments.map(({ symbol, reference_close_paise }) => [symbol, reference_close_paise]),
  );
  return holdings
    .map((row): PricedHolding => {
      const price = last.get(row.symbol) ?? row.last_price_paise ?? closes.get(row.symbol) ?? null;
      return { row, valuePaise: price === null ? null : (row.free + row.blocked) * price };
    })
    .toSorted((one, other) => (one.row.symbol < other.row.symbol ? -1 : 1));
}

/** Cash of all accounts together. */
export function cashOf(funds: readonly FundsJson[]): {
  readonly freePaise: number;
  readonly blockedPaise: number;
  readonly changePaise: number;
} {
  const sum = (field: "free_paise" | "blocked_paise" | "opening_paise"): number =>
    funds.reduce((total, row) => total + row[field], 0);
  const [freePaise, blockedPaise] = [sum("free_paise"), sum("blocked_paise")];
  return { freePaise, blockedPaise, changePaise: freePaise + blockedPaise - sum("opening_paise") };
}

function average(paise: number, shares: number): number | null {
  return shares === 0 ? null : Math.round(paise / shares);
}

function lastPrices(instruments: readonly InstrumentJson[]): Map<string, number> {
  return new Map(
    instruments.flatMap(({ symbol, last_price_paise }) =>
      last_price_paise === null ? [] : [[symbol, last_price_paise] as const],
    ),
  );
}
