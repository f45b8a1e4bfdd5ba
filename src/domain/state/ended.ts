import type { RequestRejected } from "../facts/event.ts";
import type { OrderContent, Product } from "../facts/order-fields.ts";
import type { ClearingRequestRejected } from "../facts/shortfall-event.ts";
import type { Participant, Ticker } from "../facts/units.ts";
import type { Order, OrderEnd } from "./order.ts";
import {
  findNewest,
  remember,
  remembersNothing,
  type Keys,
  type Remembered,
} from "./remembered.ts";

/** Who sent it, under which id (null: a made one), when (`sentMs` as of `Order`), and its step. */
type Sender = {
  readonly participant: Participant;
  readonly clientOrderId: string | null;
  readonly sentMs: number;
  readonly firstSeq: number;
};

/** An order that ended; of one that was refused, `orderId` and `end` are null. */
export type EndedOrder = Sender & {
  readonly type: "Order";
  readonly orderId: string | null;
  readonly end: OrderEnd | null;
  readonly answer: Order["answer"];
  readonly content: OrderContent;
};

/** A cancel, modify, answer or affirmation. `orderIds`: the order meant, by each id of it. */
export type EndedRequest = Sender & {
  readonly type: "Request";
  readonly request: RequestRejected["request"];
  readonly symbol: Ticker | null;
  readonly orderIds: readonly string[];
};

/** A request that was about no single order. */
type EndedClearing = Sender & { readonly type: "Clearing" } & Pick<
    ClearingRequestRejected,
    "request" | "said"
  >;

/** What is remembered of something that ended. */
export type Ended = EndedOrder | EndedRequest | EndedClearing;

/** Remembers it, for all that it may be asked for by. */
export function rememberEnded(remembered: Remembered, ended: Ended): void {
  if (remembersNothing(remembered)) return;
  remember(remembered, textOf(ended), keysOf(ended));
}

/** Remembers an entry as it was remembered somewhere else. */
export function rememberAgain(remembered: Remembered, text: string): void {
  if (remembersNothing(remembered)) return;
  remember(remembered, text, keysOf(readEnded(text)));
}

/** What the participant's client id was used for; undefined where it is not known. */
export function findEnded(
  remembered: Remembered,
  participant: Participant,
  clientOrderId: string,
): Ended | undefined {
  const key = idKey(participant, clientOrderId);
  return findNewest(remembered, "id", key, readEnded);
}

/** The order with this id of ours. */
export function findEndedOrder(remembered: Remembered, orderId: string): EndedOrder | undefined {
  return findNewest(remembered, "order", orderId, (text) => {
    const ended = readEnded(text);
    return ended.type === "Order" && ended.orderId === orderId ? ended : undefined;
  });
}

/**
 * The negotiated order with this client id, anybody's, that waited for the counterparty; of
 * several the last that ended. Where there is none, one that waited for somebody else. Only the
 * newest `namesakesMax` are looked at: what an answer costs must have an end.
 */
export function findEndedNamed(
  remembered: Remembered,
  clientOrderId: string,
  counterparty: Participant,
): EndedOrder | undefined {
  let other: EndedOrder | undefined;
  let looks = 0;
  return (
    findNewest(remembered, "name", clientOrderId, (text) => {
      const ended = readEnded(text);
      // What shares the bucket by chance does not count: chance is another in each process.
      if (ended.type !== "Order" || ended.clientOrderId !== clientOrderId) return undefined;
      if (ended.content.counterparty === counterparty) return ended;
      looks += 1;
      other ??= ended;
      return looks < namesakesMax ? undefined : other;
    }) ?? other
  );
}

const namesakesMax = 1_000;

/** An entry as it was remembered. */
function readEnded(text: string): Ended {
  const entry = JSON.parse(text) as Entry;
  const [participant, clientOrderId, sentMs, firstSeq] = entry;
  const sender = { participant, clientOrderId, sentMs, firstSeq };
  if (entry[4] === requestEntry) {
    const [, , , , , request, symbol, orderIds] = entry;
    return { ...sender, type: "Request", request, symbol, orderIds };
  }
  if (entry[4] === clearingEntry) {
    const [, , , , , request, said] = entry;
    return { ...sender, type: "Clearing", request, said };
  }
  const [, , , , orderId, end, side, symbol, quantity, pricePaise, rare = {}] = entry;
  const { client = null, counterparty = null, custodian = null, unfit = null } = rare;
  const { product = usualProduct, answer = null } = rare;
  const terms = { symbol, side, quantity, pricePaise };
  const content = { ...terms, client, counterparty, custodian, product, unfit };
  return { ...sender, type: "Order", orderId, end, answer, content };
}

/** What it is found by. */
function keysOf(ended: Ended): Keys {
  const { participant, clientOrderId } = ended;
  const id = clientOrderId === null ? null : idKey(participant, clientOrderId);
  if (ended.type !== "Order" || ended.orderId === null) return { id, order: null, name: null };
  const name = ended.content.counterparty === null ? null : clientOrderId;
  return { id, order: ended.orderId, name };
}

// In place of an order's id, which is text or null.
const requestEntry = 1;
const clearingEntry = 2;

const usualProduct: Product = "CNC";

type SenderEntry = readonly [
  participant: Participant,
  clientOrderId: string | null,
  sentMs: number,
  firstSeq: number,
];

/** What most orders do not have; JSON leaves out what is undefined. */
type Rare = {
  readonly [Field in "client" | "counterparty" | "custodian" | "unfit"]?:
    | OrderContent[Field]
    | undefined;
} & {
  readonly product?: OrderContent["product"] | undefined;
  readonly answer?: EndedOrder["answer"] | undefined;
};

type OrderEntry = readonly [
  ...SenderEntry,
  orderId: string | null,
  end: OrderEnd | null,
  side: OrderContent["side"],
  symbol: Ticker,
  quantity: number,
  pricePaise: number | null,
  rare?: Rare,
];

type RequestEntry = readonly [
  ...SenderEntry,
  type: typeof requestEntry,
  request: EndedRequest["request"],
  symbol: Ticker | null,
  orderIds: readonly string[],
];

type ClearingEntry = readonly [
  ...SenderEntry,
  type: typeof clearingEntry,
  request: EndedClearing["request"],
  said: string,
];

type Entry = OrderEntry | RequestEntry | ClearingEntry;

function textOf(ended: Ended): string {
  return JSON.stringify(entryOf(ended));
}

function entryOf(ended: Ended): Entry {
  const { participant, clientOrderId, sentMs, firstSeq } = ended;
  const sender: SenderEntry = [participant, clientOrderId, sentMs, firstSeq];
  if (ended.type === "Request") {
    const { request, symbol, orderIds } = ended;
    return [...sender, requestEntry, request, symbol, orderIds];
  }
  if (ended.type === "Clearing") return [...sender, clearingEntry, ended.request, ended.said];
  const { orderId, end, content } = ended;
  const { side, symbol, quantity, pricePaise } = content;
  const rare = rareOf(ended);
  const order = [...sender, orderId, end, side, symbol, quantity, pricePaise] as const;
  return rare === undefined ? order : [...order, rare];
}

function rareOf({ answer, content }: EndedOrder): Rare | undefined {
  const { client, counterparty, custodian, product, unfit } = content;
  const isUsual =
    (client ?? counterparty ?? custodian ?? unfit ?? answer) === null && product === usualProduct;
  if (isUsual) return undefined;
  return {
    client: client ?? undefined,
    counterparty: counterparty ?? undefined,
    custodian: custodian ?? undefined,
    unfit: unfit ?? undefined,
    answer: answer ?? undefined,
    product: product === usualProduct ? undefined : product,
  };
}

function idKey(participant: Participant, clientOrderId: string): string {
  return `[${JSON.stringify(participant)},${JSON.stringify(clientOrderId)},`;
}
