import type { ChipWords } from "../frame/chip.ts";
import type { StandingJson } from "../wire.ts";

/** The chip of a trade; what it waits for stands in the word. */
export function standingChip({ state }: Pick<StandingJson, "state">): ChipWords {
  const word = state.replace(/(?<!^)[A-Z]/g, " $&").toLowerCase();
  if (state === "Settled") return { word, mark: "●", tone: "good" };
  const isBad = ["Short", "PartiallySettled", "ClosedOut", "Failed"].includes(state);
  return isBad ? { word, mark: "▲", tone: "bad" } : { word, mark: "○", tone: "" };
}

/**
 * In which settlement and for which day; of what is short, how much. Null where it settled at once.
 */
export function settlementWords(trade: StandingJson): string | null {
  const { settlement_number: number, settlement_date: date, quantity } = trade;
  if (number === null) return null;
  const { settled_quantity: settled, short_quantity: short } = trade;
  const lack =
    short === 0 || short === null
      ? ""
      : `, ${settled} of ${quantity} received, ${short} came short`;
  return `settlement ${number} on ${date}${lack}`;
}
