import { leavesId } from "../../domain/facts/reject-reason.ts";
import type { Origin } from "../../domain/facts/origin.ts";
import { isClearingEvent } from "../../domain/facts/clearing-event.ts";
import type { MarketEvent, OrderAccepted, OrderRejected } from "../../domain/facts/event.ts";
import type { OrderFields } from "../../domain/facts/order-fields.ts";
import type { TradeExecuted, TradeSide } from "../../domain/facts/trade-event.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";
import { arriveAt, departFrom, newestOfAll, type ArrivalsByKey } from "./arrivals.ts";
import { Fifo } from "../fifo.ts";
import { commandPartOf, noteForgotten, type CommandPart, type Forgotten } from "./forgotten.ts";
import { orderEndOf, type OrderEnd } from "./order-end.ts";
import type { StepPlace } from "../step-place.ts";

/**
 * FIX's words for what an order is now; a negotiated order that waits is `AwaitingConfirmation`.
 */
export const orderStatuses = [
  "New",
  "AwaitingConfirmation",
  "PartiallyFilled",
  "Filled",
  "Canceled",
  "Rejected",
  "Expired",
] as const;

/** One of them. */
type OrderStatus = (typeof orderStatuses)[number];

/** An order as its owner sees it, living or ended. Money in paise, times in ms since 1970 UTC. */
export type OrderRecord = Omit<OrderFields, "unfit"> & {
  readonly arrival: number;
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly expiresAtMs: number | null;
  readonly source: Origin;
  readonly place: StepPlace;
  status: OrderStatus;
  cumQuantity: number;
  leavesQuantity: number;
  /** Sum of quantity times price over its trades. */
  filledPaise: number;
  reason: string | null;
  text: string | null;
  updatedAtMs: number;
  /**
   * The step that ended it otherwise than by a trade; null while it lives and where it is filled.
   */
  endPlace: StepPlace | null;
  /** The newest thousand. */
  tradeIds: string[];
};

/**
 * Orders by our id, and by participant and client id. Ended ones are let go of, oldest first, above
 * the number kept; living ones never.
 */
export type OrderRecords = {
  readonly byId: Map<string, OrderRecord>;
  /** By participant, then its own id. */
  readonly byClientId: Map<string, Map<string, OrderRecord>>;
  readonly ofParticipant: ArrivalsByKey<OrderRecord>;
  /** Those of them that can still trade. */
  readonly livingOf: ArrivalsByKey<OrderRecord>;
  readonly ended: Fifo<OrderRecord>;
  readonly keptMax: number;
  readonly forgotten: Forgotten;
  /** How many have come. */
  came: number;
};

/** No orders yet; `keptMax` ended ones are kept. */
export function newOrderRecords(keptMax: number): OrderRecords {
  return {
    byId: new Map(),
    byClientId: new Map(),
    ofParticipant: new Map(),
    livingOf: new Map(),
    ended: new Fifo(),
    keptMax,
    forgotten: new Map(),
    came: 0,
  };
}

/** The order a participant means by its own id or ours. */
export function findOrderRecord(
  records: OrderRecords,
  participant: string,
  named: string,
): OrderRecord | undefined {
  const ours = records.byId.get(named);
  if (ours?.participant === participant) return ours;
  return records.byClientId.get(participant)?.get(named);
}

/**
 * Every order kept that anybody means by the id: ours, or its sender's own, which others may
 * have too.
 */
export function findOrdersNamed(records: OrderRecords, named: string): OrderRecord[] {
  const ours = records.byId.get(named);
  if (ours !== undefined) return [ours];
  return [...records.byClientId.values()].flatMap((own) => own.get(named) ?? []);
}

/** Every order kept, newest first: in the order of a shard's log, between shards by time. */
export function newestOrders(
  { ofParticipant, livingOf }: OrderRecords,
  which: "all" | "living",
): Iterable<OrderRecord> {
  return newestOfAll(
    which === "all" ? ofParticipant : livingOf,
    ({ place: one }, { place: other }) =>
      one.shard === other.shard ? one.seq > other.seq : one.atMs > other.atMs,
  );
}

/** Notes what an event says about orders. */
export function noteOrderEvent(records: OrderRecords, event: MarketEvent, place: StepPlace): void {
  if (isClearingEvent(event)) return;
  switch (event.type) {
    case "OrderAccepted":
      return add(records, newRecord(records, event, place));
    case "OrderRejected":
      return addRejected(records, event, place);
    case "TradeExecuted":
      fill(records, event, event.buy, place);
      return fill(records, event, event.sell, place);
    case "OrderCanceled":
    case "OrderExpired":
    case "OrderDeclined":
      return end(records, event.orderId, orderEndOf(event), place);
    case "InstrumentListed":
    case "JournalPosted":
    case "TradeSettled":
    case "CancelAllBegun":
    case "CancelAllDone":
    case "SweepBegun":
    case "SweepDone":
    case "AnswerKept":
    case "AnswerAccepted":
    case "RequestRejected":
    case "Repeated":
    case "DeadLettered":
    case "InputsMissingNoted":
    case "Trying":
    case "Quarantined":
    case "HaltLifted":
      return;
  }
}

function addRejected(records: OrderRecords, event: OrderRejected, place: StepPlace): void {
  const { reason, text } = event;
  const rejected = {
    ...newRecord(records, event, place),
    status: "Rejected" as const,
    reason,
    text,
  };
  const record = { ...rejected, leavesQuantity: 0, endPlace: place };
  // A refused repeat of an id must not hide the order that has it.
  add(records, record, !leavesId(reason));
  retire(records, record);
}

function newRecord(
  records: OrderRecords,
  event: OrderAccepted | OrderRejected,
  place: StepPlace,
): OrderRecord {
  records.came += 1;
  const { orderId, participant, client, symbol, symbolAsSent, side, quantity } = event;
  const { pricePaise, counterparty, source } = event;
  const begun = untouched({ quantity, counterparty, place });
  return {
    arrival: records.came,
    orderId,
    clientOrderId: event.clientOrderId ?? orderId,
    participant,
    client,
    symbol,
    symbolAsSent,
    side,
    quantity,
    pricePaise,
    counterparty,
    custodian: event.custodian,
    product: event.product,
    expiresAtMs: event.type === "OrderAccepted" ? event.expiresAtMs : null,
    source,
    place,
    // Written out: what is spread into a record lies in a second object of its own.
    status: begun.status,
    cumQuantity: begun.cumQuantity,
    leavesQuantity: begun.leavesQuantity,
    filledPaise: begun.filledPaise,
    reason: begun.reason,
    text: begun.text,
    updatedAtMs: begun.updatedAtMs,
    endPlace: null,
    tradeIds: noTrades,
  };
}

/** One for all: a list of its own costs what it may grow to. */
const noTrades: string[] = [];
/** Of so many of its trades an order knows the ids. */
export const tradeIdsMax = 1000;

/** What changes of an order, as it is when it comes. */
export function untouched({
  quantity,
  counterparty,
  place,
}: Pick<OrderRecord, "quantity" | "counterparty" | "place">) {
  return {
    status: counterparty === null ? ("New" as const) : ("AwaitingConfirmation" as const),
    cumQuantity: 0,
    leavesQuantity: quantity,
    filledPaise: 0,
    reason: null,
    text: null,
    updatedAtMs: place.atMs,
  };
}

function add(records: OrderRecords, record: OrderRecord, hasOwnId = true): void {
  const { orderId, participant, clientOrderId } = record;
  records.byId.set(orderId, record);
  if (hasOwnId)
    getOrMake(records.byClientId, participant, () => new Map()).set(clientOrderId, record);
  arriveAt(records.ofParticipant, participant, record);
  arriveAt(records.livingOf, participant, record);
}

function fill(
  records: OrderRecords,
  trade: TradeExecuted,
  side: TradeSide,
  { atMs }: StepPlace,
): void {
  const record = side.orderId === null ? undefined : records.byId.get(side.orderId);
  if (record === undefined) return;
  record.cumQuantity = side.cumQuantity;
  record.leavesQuantity = side.leavesQuantity;
  record.filledPaise += trade.amountPaise;
  record.status = side.leavesQuantity === 0 ? "Filled" : "PartiallyFilled";
  record.updatedAtMs = atMs;
  if (record.tradeIds === noTrades) record.tradeIds = [trade.tradeId];
  else record.tradeIds.push(trade.tradeId);
  if (record.tradeIds.length > tradeIdsMax) record.tradeIds.shift();
  if (record.status === "Filled") retire(records, record);
}

function end(records: OrderRecords, orderId: string, outcome: OrderEnd, place: StepPlace): void {
  const record = records.byId.get(orderId);
  if (record === undefined) return;
  const ended = { leavesQuantity: 0, updatedAtMs: place.atMs, endPlace: place };
  Object.assign(record, outcome, ended);
  retire(records, record);
}

/** The order has ended; the oldest ended one leaves where there are too many. */
function retire(records: OrderRecords, record: OrderRecord): void {
  departFrom(records.livingOf, record.participant, record);
  records.ended.push(record);
  if (records.ended.size <= records.keptMax) return;
  // One for one: to let go of a hundred thousand at once would hold everybody up.
  const oldest = records.ended.shift();
  if (oldest !== undefined) forget(records, oldest);
}

function forget(records: OrderRecords, old: OrderRecord): void {
  const { orderId, participant, clientOrderId } = old;
  noteForgotten(records.forgotten, old.place, endOf(old));
  records.byId.delete(orderId);
  const own = records.byClientId.get(participant);
  if (own?.get(clientOrderId) === old) own.delete(clientOrderId);
  if (own?.size === 0) records.byClientId.delete(participant);
  departFrom(records.ofParticipant, old.participant, old);
}

/** The part of a command that ended the order: that of its last trade where it is filled. */
function endOf({ place, endPlace, tradeIds }: OrderRecord): CommandPart {
  const last = tradeIds.at(-1);
  return endPlace ?? (last === undefined ? place : commandPartOf(last));
}

/** A member's own id of an order or a request: ids are their members' own. */
export function clientKey(participant: string, clientOrderId: string): string {
  return `${participant}/${clientOrderId}`;
}
