import type { Appender } from "../../src/services/log.ts";
import { append } from "../flow-b.ts";
import { buyRecord, fillOf, offerRecord, type Fill, type Order } from "./input.ts";
import type { Legs } from "./legs.ts";

const order = (id: string, symbol: string, quantity: number, pricePaise: number): Order => ({
  id,
  symbol,
  quantity,
  pricePaise,
});

/**
 * What decides whether it matches at all, in phases of which each begins when the trades of the one
 * before have come: the two topics have no order between them, so a phase has one outcome whichever
 * of its records is read first. An order waits for offers; of those that wait the best price is
 * first, then the oldest; what is left of an order or an offer stays.
 */
const phases = ((): readonly Phase[] => {
  const first = order("first", "WIPRO", 3, 90_000);
  const waits = order("waits", "WIPRO", 10, 90_000);
  const better = order("better", "WIPRO", 5, 91_050);
  const later = order("later", "WIPRO", 2, 91_050);
  const [mark, secondMark] = [
    order("mark", "MARICO", 1, 88_500),
    order("mark-2", "MARICO", 1, 88_500),
  ];
  return [
    {
      buys: [first, mark],
      offers: [offerRecord("offer-1", "WIPRO", 7), offerRecord("offer-2", "MARICO", 5)],
      fills: [fillOf(first, 3), fillOf(mark, 1)],
    },
    { buys: [waits], offers: [], fills: [fillOf(waits, 4)] },
    // The mark's trade says that what was sent on `buy-orders` before it has been read.
    { buys: [better, later, secondMark], offers: [], fills: [fillOf(secondMark, 1)] },
    {
      buys: [],
      offers: [offerRecord("offer-3", "WIPRO", 8)],
      fills: [fillOf(better, 5), fillOf(later, 2), fillOf(waits, 1)],
    },
    { buys: [], offers: [offerRecord("offer-4", "WIPRO", 100)], fills: [fillOf(waits, 5)] },
  ];
})();

type Phase = {
  readonly buys: readonly Order[];
  readonly offers: readonly string[];
  readonly fills: readonly Fill[];
};

/** Plays it against whoever matches, and returns the trades that must have come. */
export async function playScenario(
  buys: Appender,
  offers: Appender,
  legs: Legs,
): Promise<readonly Fill[]> {
  const fills: Fill[] = [];
  for (const phase of phases) {
    if (phase.offers.length > 0) await append(offers, ...phase.offers);
    if (phase.buys.length > 0) await append(buys, ...phase.buys.map(buyRecord));
    fills.push(...phase.fills);
    await legs.untilCount(fills.length);
  }
  return fills;
}
