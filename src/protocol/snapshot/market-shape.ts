import type { CancelAllScope } from "../../domain/facts/clearing-command.ts";
import type { Market } from "../../domain/market.ts";
import type { Accounts, Balance } from "../../domain/state/balances.ts";
import type { Book, Level } from "../../domain/state/book.ts";
import { keepLiveId } from "../../domain/state/client-id.ts";
import {
  noteNamed,
  positionKey,
  type Confirmations,
  type KeptAnswer,
} from "../../domain/state/confirmation.ts";
import type { Halts } from "../../domain/state/halts.ts";
import type { CancelAllWork, SweepWork } from "../../domain/state/market-state.ts";
import type { NegotiatedOrder, Order } from "../../domain/state/order.ts";
import { valuesOf, type QueueNode, type Queue } from "../../domain/state/queue.ts";
import { failInvariant } from "../../domain/facts/units.ts";
import { clearing } from "./clearing-shape.ts";
import { instrument } from "./instrument-shape.ts";
import { answer, liveOrder, moment, orders, price } from "./order-shape.ts";
import { originalRecord, sourcePosition } from "./origin-shape.ts";
import { remembered } from "./remembered-shape.ts";
import {
  flag,
  later,
  list,
  map,
  name,
  orNull,
  queue,
  record,
  set,
  shared,
  text,
  whole,
  type Shape,
} from "./shape.ts";

const accounts: Shape<Accounts> = map(
  name,
  map(name, record<Balance>({ free: whole(), blocked: whole(), transit: whole(), due: whole() })),
);

const bookLine: Shape<Queue<Order>> = queue(liveOrder, (node) => {
  node.value.node = node;
});
const levels: Shape<Level[]> = list(record<Level>({ pricePaise: price, orders: bookLine }));
const book: Shape<Book> = record<Book>({ bids: levels, asks: levels, unpriced: bookLine });

const keptAnswer: Shape<KeptAnswer> = shared(
  record<KeptAnswer>({
    kind: answer,
    participant: name,
    orderId: orNull(text),
    expiresAtMs: moment,
    arrival: whole(),
    source: sourcePosition,
    original: originalRecord,
  }),
);

// A negotiated order is an order with fields that are not null, and so it was written.
const waitingOrder = liveOrder as Shape<Order> as unknown as Shape<NegotiatedOrder>;
const waitingLine = queue(waitingOrder, () => {});
const answerLine = queue(keptAnswer, () => {});

const confirmationFields: Shape<Confirmations> = record<Confirmations>({
  waiting: map(name, waitingLine),
  nodes: later(() => new Map()),
  ordersDue: waitingLine,
  kept: map(name, map(text, answerLine)),
  keptNodes: later(() => new Map()),
  answersDue: answerLine,
  used: map(name, moment),
  named: later(() => new Map()),
});

const confirmations: Shape<Confirmations> = {
  ...confirmationFields,
  read(from) {
    const read = confirmationFields.read(from);
    const { waiting, ordersDue, kept, answersDue } = read;
    noteNodes(read.nodes, waiting.values(), ordersDue, ({ orderId }) => orderId);
    const answerLines = [...kept.values()].flatMap((lines) => [...lines.values()]);
    const orders = [...waiting.values()].flatMap((line) => valuesOf(line));
    for (const order of orders.toSorted((one, other) => one.arrival - other.arrival))
      noteNamed(read, order);
    noteNodes(read.keptNodes, answerLines, answersDue, ({ source }) => positionKey(source));
    return read;
  },
};

/** Finds where each value stands in its line and in the line by time. */
function noteNodes<Value>(
  nodes: Map<string, { readonly inLine: QueueNode<Value>; readonly inTime: QueueNode<Value> }>,
  lines: Iterable<Queue<Value>>,
  due: Queue<Value>,
  keyOf: (value: Value) => string,
): void {
  const inLines = new Map<Value, QueueNode<Value>>();
  for (const line of lines)
    for (let node = line.first; node !== null; node = node.after) inLines.set(node.value, node);
  for (let inTime = due.first; inTime !== null; inTime = inTime.after) {
    const inLine = inLines.get(inTime.value) ?? failInvariant("who waits stands in a line");
    nodes.set(keyOf(inTime.value), { inLine, inTime });
  }
}

const cancelAll: Shape<CancelAllWork> = record<CancelAllWork>({
  scope: record<CancelAllScope>({
    participant: name,
    clientOrderId: text,
    client: orNull(name),
    symbol: orNull(name),
  }),
  // Those that are canceled already stand nowhere else any more.
  orders: list(liveOrder),
  canceled: whole(),
});

const sweep: Shape<SweepWork> = record<SweepWork>({
  orderId: text,
  symbol: name,
  orders: whole(),
  met: whole(),
});

const marketFields: Shape<Market> = record<Market>({
  clockMs: moment,
  seq: whole(),
  sources: map(name, map(whole(), whole())),
  instruments: map(name, instrument),
  accounts,
  orders,
  books: map(name, book),
  liveIds: later(() => new Map()),
  remembered,
  confirmations,
  clearing,
  halts: record<Halts>({ symbols: set(name), isClockHalted: flag }),
  cancelAll: orNull(cancelAll),
  sweep: orNull(sweep),
});

/** All a shard knows. Orders come first: whatever holds one holds the same. */
export const market: Shape<Market> = {
  ...marketFields,
  read(from) {
    const read = marketFields.read(from);
    for (const order of read.orders.values()) keepLiveId(read.liveIds, order);
    return read;
  },
};
