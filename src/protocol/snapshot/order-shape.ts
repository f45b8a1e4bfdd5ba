import type { Holder } from "../../domain/facts/account.ts";
import type { Answer } from "../../domain/facts/command.ts";
import type { Side } from "../../domain/facts/side.ts";
import type { Product } from "../../domain/facts/order-fields.ts";
import type { TradeExecuted } from "../../domain/facts/trade-event.ts";
import type { PricePaise, Quantity, TimeMs } from "../../domain/facts/units.ts";
import type { Order } from "../../domain/state/order.ts";
import {
  later,
  list,
  name,
  orNull,
  record,
  shared,
  text,
  whole,
  word,
  type FieldShapes,
  type Shape,
} from "./shape.ts";

/** Buy or sell. */
export const side: Shape<Side> = word({ BUY: true, SELL: true });
/** What may become of its shares. */
export const product: Shape<Product> = word({ CNC: true, MIS: true });
/** What a counterparty says to an order. */
export const answer: Shape<Answer> = word({ CONFIRM: true, REJECT: true });
/** Whether a trade came of the book. */
export const tradeKind: Shape<TradeExecuted["kind"]> = word({ book: true, negotiated: true });
/** A price. */
export const price: Shape<PricePaise> = whole<PricePaise>();
/** A number of shares. */
export const shares: Shape<Quantity> = whole<Quantity>();
/** A moment. */
export const moment: Shape<TimeMs> = whole<TimeMs>();

/** Whose account. */
export const holderFields: FieldShapes<Holder> = { participant: name, client: orNull(name) };
/** The same, alone. */
export const holder: Shape<Holder> = record<Holder>(holderFields);

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
    sentMs: whole(),
    leavesQuantity: whole(),
    node: later<Order["node"]>(() => null),
    answer: orNull(record<NonNullable<Order["answer"]>>({ kind: answer, seq: whole() })),
  }),
);

const orderList = list(liveOrder);

/** Live orders by their ids, oldest first. */
export const orders: Shape<Map<string, Order>> = {
  text: orderList.text,
  write: (to, all) => orderList.write(to, [...all.values()]),
  read: (from) => new Map(orderList.read(from).map((order) => [order.orderId, order])),
};
