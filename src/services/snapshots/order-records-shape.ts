import { origin } from "../../protocol/snapshot/origin-shape.ts";
import {
  always,
  flag,
  later,
  list,
  name,
  orNull,
  record,
  text,
  whole,
  word,
  type Shape,
} from "../../protocol/snapshot/shape.ts";
import { product, side } from "../../protocol/snapshot/order-shape.ts";
import { failInvariant } from "../../domain/facts/units.ts";
import { Fifo } from "../fifo.ts";
import { arriveAt, newArrivals } from "../records/arrivals.ts";
import { keptRecords } from "../records/market-records.ts";
import type { OrderRecord, OrderRecords } from "../records/order-records.ts";
import { forgotten, mapBy, stepPlace } from "./line-shapes.ts";

const order: Shape<OrderRecord> = record<OrderRecord>({
  arrival: whole(),
  orderId: text,
  clientOrderId: text,
  participant: name,
  client: orNull(name),
  symbol: name,
  symbolAsSent: name,
  side,
  quantity: whole(),
  pricePaise: orNull(whole()),
  counterparty: orNull(name),
  custodian: orNull(name),
  product,
  expiresAtMs: orNull(whole()),
  source: origin,
  place: stepPlace,
  status: word<OrderRecord["status"]>({
    New: true,
    AwaitingConfirmation: true,
    PartiallyFilled: true,
    Filled: true,
    Canceled: true,
    Rejected: true,
    Expired: true,
  }),
  cumQuantity: whole(),
  leavesQuantity: whole(),
  filledPaise: whole(),
  reason: orNull(name),
  text: orNull(text),
  updatedAtMs: whole(),
  endPlace: orNull(stepPlace),
  tradeIds: list(text),
});

const fields = record<OrderRecords>({
  byId: mapBy(({ orderId }) => orderId, order),
  byClientId: later(() => new Map()),
  ofParticipant: later(() => new Map()),
  livingOf: later(() => new Map()),
  ended: later(() => new Fifo()),
  keptMax: always(keptRecords.endedOrders),
  forgotten,
  came: whole(),
});
const names = list(name);
const arrivals = list(whole());
const flags = list(flag);

/**
 * Orders that are kept for who asks. Each is written once. Its own id may mean a later one; and
 * members come in the order in which they stand, for who asks for the orders of all of them.
 */
export const orderRecords: Shape<OrderRecords> = {
  text: `${fields.text}${names.text}${arrivals.text}${flags.text}`,
  write(to, records) {
    const { byId, byClientId, ofParticipant, livingOf, ended } = records;
    fields.write(to, records);
    for (const byMember of [byClientId, ofParticipant, livingOf])
      names.write(to, [...byMember.keys()]);
    arrivals.write(
      to,
      Array.from(ended, ({ arrival }) => arrival),
    );
    const isMeant = (each: OrderRecord): boolean =>
      byClientId.get(each.participant)?.get(each.clientOrderId) === each;
    flags.write(to, Array.from(byId.values(), isMeant));
  },
  read(from) {
    const records = fields.read(from);
    const { byId, byClientId, ofParticipant, livingOf, ended } = records;
    for (const member of names.read(from)) byClientId.set(member, new Map());
    for (const byMember of [ofParticipant, livingOf])
      for (const member of names.read(from)) byMember.set(member, newArrivals());
    const endedOnes = new Map<number, OrderRecord | null>(
      arrivals.read(from).map((arrival) => [arrival, null]),
    );
    const areMeant = flags.read(from);
    let index = 0;
    for (const each of byId.values()) {
      const { arrival, participant, clientOrderId } = each;
      if (areMeant[index] === true) byClientId.get(participant)?.set(clientOrderId, each);
      arriveAt(ofParticipant, participant, each);
      if (endedOnes.has(arrival)) endedOnes.set(arrival, each);
      else arriveAt(livingOf, participant, each);
      index += 1;
    }
    for (const each of endedOnes.values())
      ended.push(each ?? failInvariant("what has ended is kept"));
    return records;
  },
};
