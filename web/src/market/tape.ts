import type { PrintMessage } from "../wire.ts";

/** The public tape of a symbol, newest first. Every trade once, in the market's order. */
export type Tape = {
  readonly trades: PrintMessage[];
  readonly known: Set<string>;
  readonly keptMax: number;
};

/**
 * No trades yet. `keptMax` are kept for scrolling back; older ones are let go of, never left out.
 */
export function newTape(keptMax: number): Tape {
  return { trades: [], known: new Set(), keptMax };
}

/**
 * Takes trades in, whatever their order and however often they are told: the stream and a snapshot
 * overlap after every reconnect. Returns those that were new, oldest first.
 */
export function noteTrades(tape: Tape, told: readonly PrintMessage[]): PrintMessage[] {
  const fresh = told.filter(({ trade_id }) => !tape.known.has(trade_id)).toSorted(older);
  for (const trade of fresh) {
    tape.known.add(trade.trade_id);
    insert(tape.trades, trade);
  }
  for (const { trade_id } of tape.trades.splice(tape.keptMax)) tape.known.delete(trade_id);
  return fresh;
}

/** Nearly always the newest: looked for from the top. */
function insert(trades: PrintMessage[], trade: PrintMessage): void {
  const index = trades.findIndex((other) => older(other, trade) <= 0);
  trades.splice(index === -1 ? trades.length : index, 0, trade);
}

/** By step; within a step the id's last number counts the trades. */
function older(a: PrintMessage, b: PrintMessage): number {
  return a.seq - b.seq || indexInStep(a) - indexInStep(b);
}

function indexInStep({ trade_id }: PrintMessage): number {
  const parts = trade_id.split("-").slice(-2).map(Number);
  return (parts[0] ?? 0) * 100_000 + (parts[1] ?? 0);
}
