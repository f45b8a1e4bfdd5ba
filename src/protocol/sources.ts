import type { Command } from "../domain/facts/command.ts";
import { failInvariant } from "../domain/facts/units.ts";
import { readSaudaOrder } from "./own/sauda-orders.ts";
import { readBuyOrder } from "./seeds/buy-order.ts";
import { readCounterParty } from "./seeds/counter-party.ts";
import { readSellOffer } from "./seeds/sell-offer.ts";
import { readTradeOrder } from "./seeds/trade-order.ts";
import { ordersTopic, type SourceTopic } from "./topics.ts";
import { findExcess } from "./carriage.ts";
import { unreadable, type InputRecord } from "./unreadable.ts";

/** Reads any record of its topic. Never throws: what cannot be read is an `Unreadable` command. */
type SourceReader = (record: InputRecord) => Command;

const readers: Readonly<Record<SourceTopic, SourceReader>> = {
  Trade_Order: readTradeOrder,
  Counter_party: readCounterParty,
  "buy-orders": readBuyOrder,
  "sell-offers": readSellOffer,
  [ordersTopic]: readSaudaOrder,
};

/**
 * The reader of each topic that others write. A map, because the name may come from a dead letter.
 */
export const sourceReaders: ReadonlyMap<string, SourceReader> = new Map(Object.entries(readers));

/**
 * Reads a record of a source topic: exactly one command for every record. Breaks for another topic.
 */
export function readSource(topic: string, record: InputRecord): Command {
  const reader = sourceReaders.get(topic) ?? failInvariant(`${topic} is not a source topic`);
  const excess = findExcess(record);
  return excess === null
    ? reader(record)
    : unreadable(record, { reason: "TOO_LARGE", detail: excess });
}
