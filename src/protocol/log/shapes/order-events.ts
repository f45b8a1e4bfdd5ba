import type { ClearingEvent } from "../../../domain/facts/clearing-event.ts";
import type { CancelAllScope } from "../../../domain/facts/clearing-command.ts";
import type { DeadLetterReason, MarketEvent } from "../../../domain/facts/event.ts";
import type { HaltLifted, Quarantined } from "../../../domain/facts/halt-event.ts";
import type { Bucket, Journal, JournalKind, Posting } from "../../../domain/facts/journal.ts";
import type { OrderFields, Unfit } from "../../../domain/facts/order-fields.ts";
import type { BatchCut, RecordCut } from "../../../domain/facts/origin.ts";
import type { TradeSide } from "../../../domain/facts/trade-event.ts";
import { instrument } from "../../snapshot/instrument-shape.ts";
import { answer, price, product, shares, side, tradeKind } from "../../snapshot/order-shape.ts";
import { originalRecord } from "../../snapshot/origin-shape.ts";
import {
  always,
  either,
  list,
  name,
  orAbsent,
  orNull,
  record,
  text,
  whole,
  word,
  type FieldShapes,
  type KindShapes,
  type Shape,
} from "../../snapshot/shape.ts";
import {
  cover,
  moment,
  nameOrNull,
  origin,
  paise,
  refusalFields,
  rejectReason,
  source,
} from "./event-fields.ts";

type OrderEvent = Exclude<MarketEvent, ClearingEvent | Quarantined | HaltLifted>;
type Event<Type extends OrderEvent["type"]> = Extract<OrderEvent, { readonly type: Type }>;

const unfit: Shape<Unfit | null> = orNull(
  record<Unfit>({
    field: word({ quantity: true, price: true }),
    reason: word({ QUANTITY_OUT_OF_RANGE: true, PRICE_DECIMALS: true, PRICE_OUT_OF_RANGE: true }),
    text,
  }),
);

const orderFields: FieldShapes<OrderFields> = {
  participant: name,
  client: nameOrNull,
  clientOrderId: nameOrNull,
  symbol: name,
  symbolAsSent: name,
  side,
  quantity: whole(),
  pricePaise: orNull(whole()),
  counterparty: nameOrNull,
  unfit,
  custodian: nameOrNull,
  product,
};

const tradeSide: Shape<TradeSide> = record<TradeSide>({
  orderId: nameOrNull,
  clientOrderId: nameOrNull,
  participant: name,
  client: nameOrNull,
  symbolAsSent: name,
  orderQuantity: shares,
  orderPricePaise: orNull(price),
  cumQuantity: shares,
  leavesQuantity: whole(),
  custodian: orAbsent(name),
});

type Ended = Pick<
  Event<"OrderExpired">,
  | "orderId"
  | "clientOrderId"
  | "participant"
  | "client"
  | "symbol"
  | "side"
  | "quantity"
  | "pricePaise"
  | "cumQuantity"
>;

const endedFields: FieldShapes<Ended> = {
  orderId: name,
  clientOrderId: nameOrNull,
  participant: name,
  client: nameOrNull,
  symbol: name,
  side,
  quantity: shares,
  pricePaise: orNull(price),
  cumQuantity: whole(),
};

const scopeFields: FieldShapes<CancelAllScope> = {
  participant: name,
  clientOrderId: name,
  client: nameOrNull,
  symbol: nameOrNull,
};

const sweepFields: FieldShapes<Omit<Event<"SweepDone">, "type">> = {
  orderId: name,
  participant: name,
  symbol: name,
  orders: whole(),
};

const deadLetterReason: Shape<DeadLetterReason> = word<DeadLetterReason>({
  NOT_UTF8: true,
  NOT_JSON: true,
  NOT_AN_OBJECT: true,
  WRONG_FIELD_TYPE: true,
  MISSING_FIELD: true,
  INVALID_FIELD: true,
  WRONG_TYPE_NAME: true,
  TOO_LARGE: true,
  NOT_UNPACKED: true,
  TOMBSTONE: true,
  UNKNOWN_ANSWER: true,
  UNREADABLE_COMMAND: true,
  REPEATED_FIELD: true,
  NO_ORDER_WAITING: true,
  ANSWER_REPEATED: true,
  NOT_YOUR_ORDER: true,
  ORDER_CLOSED: true,
  QUARANTINED: true,
});

const recordCut: Shape<RecordCut> = record<RecordCut>({
  keyBytes: orNull(whole()),
  valueBytes: orNull(whole()),
  headerBytes: whole(),
  sha256: text,
});
const batchCut: Shape<BatchCut> = record<BatchCut>({
  firstOffset: whole(),
  lastOffset: whole(),
  packedBytes: whole(),
  sha256: text,
});

/** What came in could not be used. */
export const deadLettered: Shape<Event<"DeadLettered">> = record<Event<"DeadLettered">>({
  type: always("DeadLettered"),
  reason: deadLetterReason,
  detail: text,
  source: orNull(source),
  original: originalRecord,
  cut: orAbsent(either(recordCut, batchCut, (cut): cut is BatchCut => "packedBytes" in cut)),
});

/** Records that came in were deleted unread. */
export const inputsMissingNoted: Shape<Event<"InputsMissingNoted">> = record<
  Event<"InputsMissingNoted">
>({
  type: always("InputsMissingNoted"),
  from: whole(),
  to: whole(),
  source,
});

/** What happens to orders and their trades, and what else comes of a record that came in. */
export const orderEvents: KindShapes<OrderEvent> = {
  InstrumentListed: record<Event<"InstrumentListed">>({
    type: always("InstrumentListed"),
    instrument,
  }),
  JournalPosted: record<Event<"JournalPosted">>({
    type: always("JournalPosted"),
    journal: record<Journal>({
      journalId: name,
      kind: word<JournalKind>({
        OPENING: true,
        BLOCK: true,
        RELEASE: true,
        MARGIN: true,
        DVP: true,
        NOVATION: true,
        AFFIRM: true,
        PAY_IN: true,
        PAY_OUT: true,
        VALUATION_DEBIT: true,
        AUCTION: true,
        CLOSE_OUT: true,
        DEFAULT: true,
        DUES: true,
        DEPOSIT: true,
        WITHDRAWAL: true,
      }),
      reference: name,
      postings: list(
        record<Posting>({
          account: name,
          asset: name,
          bucket: word<Bucket>({ free: true, blocked: true, transit: true, due: true }),
          amount: whole(),
        }),
      ),
    }),
  }),
  OrderAccepted: record<Event<"OrderAccepted">>({
    type: always("OrderAccepted"),
    ...orderFields,
    orderId: name,
    expiresAtMs: orNull(moment),
    source: origin,
    cover,
  }),
  OrderRejected: record<Event<"OrderRejected">>({
    type: always("OrderRejected"),
    ...orderFields,
    orderId: name,
    ...refusalFields,
    source: origin,
  }),
  TradeExecuted: record<Event<"TradeExecuted">>({
    type: always("TradeExecuted"),
    tradeId: name,
    kind: tradeKind,
    symbol: name,
    isin: nameOrNull,
    quantity: shares,
    pricePaise: price,
    amountPaise: paise,
    buy: tradeSide,
    sell: tradeSide,
    aggressor: orNull(side),
  }),
  TradeSettled: record<Event<"TradeSettled">>({
    type: always("TradeSettled"),
    settlementId: name,
    tradeId: name,
    journalId: name,
  }),
  OrderCanceled: record<Event<"OrderCanceled">>({
    type: always("OrderCanceled"),
    ...endedFields,
    requestId: name,
    source: orNull(origin),
  }),
  OrderExpired: record<Event<"OrderExpired">>({
    type: always("OrderExpired"),
    ...endedFields,
    reason: orAbsent(word({ VALUE_OUT_OF_RANGE: true, QUARANTINED: 2 })),
  }),
  OrderDeclined: record<Event<"OrderDeclined">>({
    type: always("OrderDeclined"),
    ...endedFields,
    counterparty: name,
    reason: orNull(
      word({ INSUFFICIENT_HOLDINGS: true, INSUFFICIENT_MARGIN: true, VALUE_OUT_OF_RANGE: true }),
    ),
  }),
  SweepBegun: [2, record<Event<"SweepBegun">>({ type: always("SweepBegun"), ...sweepFields })],
  SweepDone: [2, record<Event<"SweepDone">>({ type: always("SweepDone"), ...sweepFields })],
  CancelAllBegun: record<Event<"CancelAllBegun">>({
    type: always("CancelAllBegun"),
    ...scopeFields,
    orders: whole(),
  }),
  CancelAllDone: record<Event<"CancelAllDone">>({
    type: always("CancelAllDone"),
    ...scopeFields,
    canceled: whole(),
    orders: whole(),
    source: origin,
  }),
  AnswerKept: record<Event<"AnswerKept">>({
    type: always("AnswerKept"),
    answer,
    participant: name,
    orderId: nameOrNull,
    expiresAtMs: moment,
    source,
    original: originalRecord,
  }),
  AnswerAccepted: record<Event<"AnswerAccepted">>({
    type: always("AnswerAccepted"),
    answer,
    participant: name,
    clientOrderId: nameOrNull,
    orderId: name,
    repeatsUntilMs: orAbsent(moment),
    source: origin,
  }),
  RequestRejected: record<Event<"RequestRejected">>({
    type: always("RequestRejected"),
    request: word({
      Cancel: true,
      Modify: true,
      Confirm: true,
      Reject: true,
      Affirm: true,
      RejectTrade: true,
    }),
    participant: name,
    clientOrderId: name,
    orderId: name,
    symbol: name,
    source: origin,
    reason: rejectReason,
    text,
  }),
  Repeated: record<Event<"Repeated">>({
    type: always("Repeated"),
    participant: nameOrNull,
    clientOrderId: nameOrNull,
    firstSeq: orNull(whole()),
    source: origin,
  }),
  DeadLettered: deadLettered,
  InputsMissingNoted: inputsMissingNoted,
  Trying: record<Event<"Trying">>({ type: always("Trying") }),
};
