import type { Instrument } from "../domain/facts/instrument.ts";
import { failInvariant } from "../domain/facts/units.ts";
import type { ScenarioFlow } from "./reading/flow.ts";
import type { AccountName } from "./reading/fields.ts";
import type { NamedOrder } from "./commands.ts";

/** A seeded source of whole numbers, both ends included. */
export type Chance = { readonly between: (least: number, most: number) => number };

/**
 * An order that the crowd sends. `name` is its client id, `G1`, `G2`, ...: no line of a file is
 * named so.
 */
type FlowOrder = Omit<NamedOrder, "pricePaise"> & { readonly pricePaise: number };

/**
 * The orders of a crowd, one after the other: around each symbol's price, which walks by the tick.
 */
export type Flow = { readonly next: () => FlowOrder };

type Walk = { readonly symbol: string; readonly tickPaise: number; midTicks: number };

const quantityMax = 40;
/**
 * Ticks before the middle at which an order may rest; half of all orders go as far beyond it
 * and take.
 */
const awayTicksMax = 3;
/** The lowest that a price falls to, in ticks. */
const midTicksMin = 20;

/** Makes a crowd of these accounts. Instruments without a reference close begin at Rs 100. */
export function openFlow(
  { symbols }: ScenarioFlow,
  accounts: readonly AccountName[],
  instruments: readonly Instrument[],
  chance: Chance,
): Flow {
  const walks = symbols.map((symbol): Walk => {
    const instrument = instruments.find((each) => each.symbol === symbol);
    const tickPaise = instrument?.tickPaise ?? 1;
    const closePaise = instrument?.referenceClosePaise ?? 10_000;
    return { symbol, tickPaise, midTicks: Math.round(closePaise / tickPaise) };
  });
  let count = 0;

  function next(): FlowOrder {
    const walk = pick(chance, walks);
    walk.midTicks = Math.max(midTicksMin, walk.midTicks + chance.between(-1, 1));
    count += 1;
    const side = pick(chance, ["BUY", "SELL"] as const);
    const isTaking = chance.between(0, 1) === 0;
    const ticks = chance.between(1, awayTicksMax) * (isTaking ? 1 : -1);
    return {
      name: `G${count}`,
      account: pick(chance, accounts),
      side,
      symbol: walk.symbol,
      quantity: chance.between(1, quantityMax),
      pricePaise: (walk.midTicks + (side === "BUY" ? ticks : -ticks)) * walk.tickPaise,
      counterparty: null,
      custodian: null,
      product: "CNC",
    };
  }
  return { next };
}

/** True for the client id of a crowd's order. */
export function isFlowName(name: string): boolean {
  return /^G\d+$/.test(name);
}

function pick<Item>(chance: Chance, items: readonly Item[]): Item {
  const item = items[chance.between(0, items.length - 1)];
  return item ?? failInvariant("there is something to pick from");
}
