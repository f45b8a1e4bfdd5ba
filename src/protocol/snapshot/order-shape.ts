import type { Side } from "../../domain/facts/side.ts";
import type { Product, Unfit } from "../../domain/facts/order-fields.ts";
import type { PricePaise, Quantity, TimeMs } from "../../domain/facts/units.ts";
import type { ClosedOrder, Order, OrderEnd } from "../../domain/state/order.ts";
import {
  always,
  flag,
  later,
  name,
  orNull,
  record,
  shared,
  text,
  whole,
  word,
  type Shape,
} from "./shape.ts";

/** Buy or sell. */
export const side: Shape<Side> = word({ BUY: true, SELL: true });
/** CNC or MIS. */
export const product: Shape<Product> = word({ CNC: true, MIS: true });
/** A price. */
export const price: Shape<PricePaise> = whole<PricePaise>();
/** A number of shares. */
export const shares: Shape<Quantity> = whole<Quantity>();
/** A moment. */
export const moment: Shape<TimeMs> = whole<TimeMs>();

const answer: Shape<Order["answer"]> = orNull(
  record<NonNullable<Order["answer"]>>({
    kind: word({ CONFIRM: true, REJECT: true }),
    seq: whole(),
  }),
);

/** A number that fits no unit. */
export const unfit: Shape<Unfit> = record<Unfit>({
  field: word({ quantity: true, price: true }),
  reason: word({ QUANTITY_OUT_OF_RANGE: true, PRICE_DECIMALS: true, PRICE_OUT_OF_RANGE: true }),
  text,
});

/** A live order. Its node in the book is made anew with the book's line. */
export const liveOrder: Shape<Order> = shared(
  record<Order>({
    orderId: text,
    clientOrderId: text,
    participant: name,
    client: orNull(name),
    custodian: orNull(name),
    account: name,
    symbol: name,
    symbolAsSent: name,
    side,
    quantity: shares,
    pricePaise: orNull(price),
    counterparty: orNull(name),
    expiresAtMs: orNull(moment),
    cover: word({ full: true, margin: true }),
    product,
    arrival: whole(),
    leavesQuantity: whole(),
    isClosed: always(false),
    node: later<Order["node"]>(() => null),
    answer,
  }),
);

const closedOrder: Shape<ClosedOrder> = record<ClosedOrder>({
  orderId: text,
  participant: name,
  symbol: name,
  counterparty: orNull(name),
  answer,
  isClosed: always(true),
  end: word<OrderEnd>({ filled: true, canceled: true, expired: true, rejected: true }),
});

/** Orders at their offsets, with holes. */
export const orders: Shape<(Order | ClosedOrder | undefined)[]> = {
  text: `sparse(${liveOrder.text}|${closedOrder.text})`,
  write(to, all) {
    to.count(all.reduce((count, order) => (order === undefined ? count : count + 1), 0));
    let next = 0;
    for (let offset = 0; offset < all.length; offset += 1) {
      const order = all[offset];
      if (order === undefined) continue;
      to.count(offset - next);
      next = offset + 1;
      flag.write(to, order.isClosed);
      if (order.isClosed) closedOrder.write(to, order);
      else liveOrder.write(to, order);
    }
  },
  read(from) {
    const all: (Order | ClosedOrder | undefined)[] = [];
    let next = 0;
    for (let left = from.count(); left > 0; left -= 1) {
      const offset = next + from.count();
      all[offset] = flag.read(from) ? closedOrder.read(from) : liveOrder.read(from);
      next = offset + 1;
    }
    return all;
  },
};
