import { listedOnFirstUse, type Instrument } from "../../domain/facts/instrument.ts";
import { nseInstruments } from "../../domain/facts/nse-instruments.ts";
import { Random } from "../../memory/random.ts";
import type { OrdersMessage } from "../actors/ask-market.ts";

/** What a load may be made of, as its mix names it. */
export const orderKinds = ["limit", "unpriced", "mis", "negotiated", "confirm", "cancel"] as const;
/** One of them. */
export type OrderKind = (typeof orderKinds)[number];

/** Parts of each kind, in whatever unit: only their ratio counts. */
export type Mix = ReadonlyMap<OrderKind, number>;

/** The orders of a load: two plans that are equal but for `runId` give the same orders. */
export type LoadPlan = {
  readonly seed: number;
  readonly mix: Mix;
  readonly symbols: number;
  /** Zipf's exponent: the k-th symbol comes 1/k^zipf as often as the first; 0: all as often. */
  readonly zipf: number;
  readonly members: readonly string[];
  /** Accounts of each member: its clients C1, C2, ...; 0: its own. */
  readonly clients: number;
  /** True: limits only buy, as on flow B. */
  readonly isBuysOnly: boolean;
  /** Keeps the ids of two runs apart. */
  readonly runId: string;
};

/** One of them. `message`: as it is on `sauda.orders`; other ways write it in their own form. */
export type LoadOrder = {
  readonly index: number;
  readonly kind: OrderKind;
  readonly message: OrdersMessage;
};

/** So far from the symbol's reference price, in ticks, and so many shares at most. */
const [farTicks, sharesMax] = [20, 200];
/**
 * What is canceled or confirmed is so many messages old at least: it is known by then, unless the
 * market is behind.
 */
const oldMin = 20;
/** So many may be canceled or confirmed later; the oldest are forgotten. */
const rememberedMax = 1_000;
/** The price about which a symbol trades of which no close is known, in paise. */
const unknownClosePaise = 100_00;

/** What the ids of a run begin with. */
export function idPrefixOf(runId: string): string {
  return `load-${runId}-`;
}

/** Gives the orders of a plan, one a call. */
export function newLoadOrders(plan: LoadPlan): () => LoadOrder {
  const random = new Random(plan.seed);
  const instruments = loadedInstruments(plan.symbols);
  const pickSymbol = weighed(instruments, (_, rank) => (rank + 1) ** -plan.zipf);
  const pickKind = weighed([...plan.mix], ([, weight]) => weight);
  const resting: OrdersMessage[] = [];
  const waiting: OrdersMessage[] = [];
  let count = 0;

  function old(kind: OrderKind): OrdersMessage | undefined {
    if (kind !== "cancel" && kind !== "confirm") return undefined;
    const remembered = kind === "cancel" ? resting : waiting;
    return remembered.length < oldMin ? undefined : remembered.shift();
  }
  return () => {
    const index = count;
    count += 1;
    const id = `${idPrefixOf(plan.runId)}${index}`;
    const [drawn] = pickKind(random);
    const about = old(drawn);
    if (about !== undefined) return { index, kind: drawn, message: messageAbout(drawn, about, id) };
    // Nothing is old enough to be canceled or confirmed yet.
    const kind = drawn === "cancel" ? "limit" : drawn === "confirm" ? "negotiated" : drawn;
    const message = newOrder(plan, random, kind, pickSymbol(random), id);
    const remembered = kind === "negotiated" ? waiting : resting;
    if (remembered.push(message) > rememberedMax) remembered.shift();
    return { index, kind, message };
  };
}

/** The built-in ones, SBIN first; beyond them symbols that an open market lists on first use. */
function loadedInstruments(count: number): readonly Instrument[] {
  const isFirst = ({ symbol }: Instrument): boolean => symbol === "SBIN";
  const known = [
    ...nseInstruments.filter(isFirst),
    ...nseInstruments.filter((one) => !isFirst(one)),
  ];
  return Array.from({ length: count }, (_, rank) => known[rank] ?? listedOnFirstUse(`LOAD${rank}`));
}

/** Draws items as often as their weights say. */
function weighed<Item>(
  items: readonly Item[],
  weightOf: (item: Item, rank: number) => number,
): (random: Random) => Item {
  let sum = 0;
  const upTo = items.map((item, rank) => (sum += weightOf(item, rank)));
  return (random) => {
    const drawn = random.next() * sum;
    let [least, most] = [0, items.length - 1];
    while (least < most) {
      const middle = (least + most) >> 1;
      if ((upTo[middle] ?? sum) > drawn) most = middle;
      else least = middle + 1;
    }
    return items[least] as Item;
  };
}

function newOrder(
  { members, clients, isBuysOnly }: LoadPlan,
  random: Random,
  kind: OrderKind,
  { symbol, tickPaise, referenceClosePaise }: Instrument,
  client_order_id: string,
): OrdersMessage {
  const member = random.between(0, members.length - 1);
  const isBuy = random.chance(0.5) || isBuysOnly;
  const quantity = random.between(1, sharesMax);
  const middleTicks = Math.round((referenceClosePaise ?? unknownClosePaise) / tickPaise);
  const price_paise = Math.max(1, middleTicks + random.between(-farTicks, farTicks)) * tickPaise;
  const client = clients === 0 ? {} : { client: `C${random.between(1, clients)}` };
  const participant = members[member] ?? "";
  const order = { type: "NewOrder", participant, ...client, client_order_id, symbol } as const;
  if (kind === "unpriced") return { ...order, side: "SELL", quantity };
  if (kind === "negotiated") {
    const counterparty = members[(member + 1) % members.length];
    return { ...order, side: "BUY", quantity, price_paise, counterparty };
  }
  const limited = { ...order, side: isBuy ? "BUY" : "SELL", quantity, price_paise };
  return kind === "mis" ? { ...limited, product: "MIS" } : limited;
}

function messageAbout(
  kind: OrderKind,
  order: OrdersMessage,
  client_order_id: string,
): OrdersMessage {
  const { client_order_id: named, participant, symbol, counterparty } = order;
  if (kind === "cancel")
    return { type: "Cancel", participant, client_order_id, orig_client_order_id: named, symbol };
  const answers = String(counterparty);
  return { type: "Confirm", participant: answers, client_order_id, order_id: named, symbol };
}
