import type { Instrument } from "../../domain/facts/instrument.ts";
import type { Random } from "../../memory/random.ts";

/** A message of `sauda.orders`, ready to be sent. */
export type DemoMessage = Readonly<Record<string, unknown>> & { readonly symbol: string };

/** One symbol's walk and the orders resting in it that the demo may take back. */
type Walk = {
  readonly instrument: Instrument;
  /** Where its price would be now, in ticks. */
  midTicks: number;
  readonly resting: { readonly participant: string; readonly id: string }[];
};

/** Seeded traders around a random walk: the same seed says the same, message by message. */
export type DemoFlow = {
  readonly next: () => DemoMessage;
  /** What the ids of this run begin with. */
  readonly idPrefix: string;
  /** The id of the last order, so that one can wait until it is decided; null before the first. */
  readonly lastOrderId: () => string | null;
  /** What takes an order of this run out. */
  readonly cancel: (order: DemoOrder) => DemoMessage;
};

/** An order of the demo, as its cancel must name it. */
type DemoOrder = {
  readonly participant: string;
  readonly clientOrderId: string;
  readonly symbol: string;
};

/** What a message is, in a hundred: rest near the price, take what rests, take one's own back. */
const mix = { rest: 58, take: 30 } as const;
/** Orders of one symbol that the demo remembers and may cancel; the oldest are canceled first. */
const restingMax = 60;
/**
 * Each step goes this part of the way back to the reference close: a demo leaves prices as it
 * found them.
 */
const pull = 0.02;
/** So far from the middle an order may be canceled later. */
const farTicks = 4;

/** The traders' flow. `runId` keeps ids apart from those of other runs. */
export function newDemoFlow(
  random: Random,
  instruments: readonly Instrument[],
  traders: readonly string[],
  runId: string,
): DemoFlow {
  const walks = instruments.map((instrument): Walk => ({
    instrument,
    midTicks: referenceTicks(instrument),
    resting: [],
  }));
  const idPrefix = `demo-${runId}-`;
  let count = 0;
  let lastOrderId: string | null = null;

  function next(): DemoMessage {
    const walk = random.pick(walks);
    const back = (referenceTicks(walk.instrument) - walk.midTicks) * pull;
    walk.midTicks = Math.max(20, walk.midTicks + Math.round((random.next() - 0.5) * 4 + back));
    count += 1;
    const id = `${idPrefix}${count}`;
    const dice = random.next() * 100;
    const participant = random.pick(traders);
    if (dice >= mix.rest + mix.take || walk.resting.length >= restingMax) {
      const old = walk.resting.shift();
      if (old !== undefined)
        return cancelMessage(walk.instrument.symbol, old.participant, old.id, id);
    }
    const isTaking = dice >= mix.rest && dice < mix.rest + mix.take;
    // A taker's price is a few ticks beyond the middle, a maker's one to twelve before it.
    const ticks = isTaking ? -3 : 1 + Math.floor(random.next() * random.next() * 12);
    // What rests far away is seldom taken, so that its cancel seldom comes too late.
    if (ticks >= farTicks) walk.resting.push({ participant, id });
    lastOrderId = id;
    return order(walk, random, { participant, id, ticks });
  }
  return {
    next,
    idPrefix,
    lastOrderId: () => lastOrderId,
    cancel: ({ participant, clientOrderId, symbol }) =>
      cancelMessage(symbol, participant, clientOrderId, `${clientOrderId}-end`),
  };
}

function referenceTicks({ referenceClosePaise, tickPaise }: Instrument): number {
  return Math.round((referenceClosePaise ?? 10_000) / tickPaise);
}

function order(
  { instrument, midTicks }: Walk,
  random: Random,
  quote: { readonly participant: string; readonly id: string; readonly ticks: number },
): DemoMessage {
  const side = random.next() < 0.5 ? "BUY" : "SELL";
  const away = side === "BUY" ? -quote.ticks : quote.ticks;
  return {
    type: "NewOrder",
    participant: quote.participant,
    client_order_id: quote.id,
    symbol: instrument.symbol,
    side,
    quantity: 1 + Math.floor(random.next() ** 2 * 200),
    price_paise: Math.max(1, midTicks + away) * instrument.tickPaise,
  };
}

function cancelMessage(
  symbol: string,
  participant: string,
  orig_client_order_id: string,
  client_order_id: string,
): DemoMessage {
  return { type: "Cancel", participant, client_order_id, orig_client_order_id, symbol };
}
