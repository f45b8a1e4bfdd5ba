import type { MarketEvent } from "../facts/event.ts";
import type { Ticker } from "../facts/units.ts";

/**
 * What stands still since a command of it was put in quarantine (rule R10), until operations
 * lift it.
 */
export type Halts = {
  /** Symbols that take no new orders. */
  readonly symbols: Set<Ticker>;
  /** True: no time of an order ends, no settlement goes on; ticks do nothing. */
  isClockHalted: boolean;
};

/** Nothing is halted. */
export function noHalts(): Halts {
  return { symbols: new Set(), isClockHalted: false };
}

/** Notes what an event halts, or lets go on. */
export function noteHalt(halts: Halts, event: MarketEvent): void {
  if (event.type === "Quarantined") {
    if (event.command === "Tick") halts.isClockHalted = true;
    if (event.symbol !== null) halts.symbols.add(event.symbol);
  } else if (event.type === "HaltLifted") {
    if (event.symbol === null) halts.isClockHalted = false;
    else halts.symbols.delete(event.symbol);
  }
}

/** Whether new orders in the symbol are halted; null: what the clock does. */
export function isHalted({ symbols, isClockHalted }: Halts, symbol: Ticker | null): boolean {
  return symbol === null ? isClockHalted : symbols.has(symbol);
}
