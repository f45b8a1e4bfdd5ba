import type { ObligationJson } from "../wire.ts";

/**
 * What somebody pays or delivers (below zero) or receives of an asset: paise of INR, else shares.
 */
export type ObligationRow = {
  readonly name: string;
  readonly asset: string;
  readonly net: number;
  /** How much of it has moved, with its sign. */
  readonly moved: number;
  /** `short`: all that came has moved; the rest is bought in or closed out. */
  readonly word: "open" | "partly" | "settled" | "short" | "even";
};

/** One row per account and asset. */
export function accountRows(obligations: readonly ObligationJson[]): ObligationRow[] {
  return obligations.map((each) => rowOf(each.account, each.asset, [each]));
}

/** One row per member and asset, its own and its clients' accounts together. */
export function memberRows(obligations: readonly ObligationJson[]): ObligationRow[] {
  const groups = Map.groupBy(obligations, ({ participant, asset }) => `${participant} ${asset}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      return first === undefined ? [] : [rowOf(first.participant, first.asset, group)];
    })
    .toSorted((one, other) =>
      `${one.name} ${one.asset}` < `${other.name} ${other.asset}` ? -1 : 1,
    );
}

function rowOf(name: string, asset: string, parts: readonly ObligationJson[]): ObligationRow {
  const signed = (field: "settled" | "short"): number =>
    parts.reduce((sum, each) => sum + Math.sign(each.net) * each[field], 0);
  const net = parts.reduce((sum, each) => sum + each.net, 0);
  return { name, asset, net, moved: signed("settled"), word: wordOf(parts) };
}

function wordOf(parts: readonly ObligationJson[]): ObligationRow["word"] {
  const owed = parts.filter(({ net }) => net !== 0);
  if (owed.length === 0) return "even";
  const isDone = owed.every(({ net, settled, short }) => settled + short >= Math.abs(net));
  if (isDone) return owed.some(({ short }) => short > 0) ? "short" : "settled";
  return owed.some(({ settled, short }) => settled + short > 0) ? "partly" : "open";
}
