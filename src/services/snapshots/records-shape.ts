import { marginEvents } from "../../protocol/log/shapes/margin-events.ts";
import {
  deadLettered,
  inputsMissingNoted,
  orderEvents,
} from "../../protocol/log/shapes/order-events.ts";
import { shortfallEvents } from "../../protocol/log/shapes/shortfall-events.ts";
import type { RequestOutcome } from "../../protocol/own/request-execution.ts";
import { side } from "../../protocol/snapshot/order-shape.ts";
import {
  always,
  flag,
  large,
  later,
  list,
  map,
  name,
  oneOf,
  orNull,
  record,
  set,
  shared,
  text,
  whole,
  word,
  type Shape,
} from "../../protocol/snapshot/shape.ts";
import type { AffirmationRecord, AffirmationRecords } from "../records/affirmation-records.ts";
import { arrive, newArrivals } from "../records/arrivals.ts";
import type { Bar, Bars } from "../records/bars.ts";
import type { DeadLetterRecord, DeadLetterRecords } from "../records/dead-letter-records.ts";
import type { EventCounts } from "../records/event-counts.ts";
import { keptRecords, type MarketRecords } from "../records/market-records.ts";
import type { MissingInputs } from "../records/missing-inputs.ts";
import type { Position } from "../records/position-records.ts";
import type { RefusedRequest, RequestRecord } from "../records/request-records.ts";
import { fifo, forgotten, mapBy, newestMap, stepPlace } from "./line-shapes.ts";
import { logMarks } from "./marks-shape.ts";
import { orderRecords } from "./order-records-shape.ts";
import { instructionRecords, tradeRecords } from "./trade-records-shape.ts";

/** What a map holds. */
type In<Held> = Held extends ReadonlyMap<unknown, infer Value> ? Value : never;
type SymbolBars = In<Bars["bySymbol"]>;

const affirmation: Shape<AffirmationRecord> = shared(
  record<AffirmationRecord>({
    settlementNumber: name,
    tradeId: text,
    side,
    custodian: name,
    participant: name,
    client: name,
    symbol: name,
    quantity: whole(),
    pricePaise: whole(),
    amountPaise: whole(),
    blocked: whole(),
    affirmUntilMs: whole(),
    place: stepPlace,
    status: word<AffirmationRecord["status"]>({
      AwaitingAffirmation: true,
      Affirmed: true,
      Devolved: true,
    }),
    reason: orNull(
      word<NonNullable<AffirmationRecord["reason"]>>({ REJECTED: true, CUT_OFF: true }),
    ),
    text: orNull(text),
    endPlace: orNull(stepPlace),
  }),
);

const affirmations = record<AffirmationRecords>({
  byName: map(text, affirmation),
  ofCustodian: map(name, set(affirmation)),
  ended: fifo(affirmation),
  keptMax: always(keptRecords.affirmations),
  forgotten,
});

const deadLetter: Shape<DeadLetterRecord> = record<DeadLetterRecord>({
  id: text,
  arrival: whole(),
  event: deadLettered,
  place: stepPlace,
  redriven: orNull(
    record<NonNullable<DeadLetterRecord["redriven"]>>({
      outcome: name,
      place: stepPlace,
      isFinal: flag,
    }),
  ),
});

const { letters, characters } = keptRecords.deadLetters;

const ofLetters = record<DeadLetterRecords>({
  byId: mapBy(({ id }) => id, deadLetter),
  all: later(newArrivals<DeadLetterRecord>),
  kept: record<DeadLetterRecords["kept"]>({
    letters: always(letters),
    characters: always(characters),
  }),
  forgotten,
  characters: whole(),
  came: whole(),
});

const deadLetters: Shape<DeadLetterRecords> = {
  ...ofLetters,
  read(from) {
    const records = ofLetters.read(from);
    for (const each of records.byId.values()) arrive(records.all, each);
    return records;
  },
};

const missingInputs = record<MissingInputs>({
  event: inputsMissingNoted,
  place: stepPlace,
});

const bar = record<Bar>({
  startMs: whole(),
  openPaise: whole(),
  highPaise: whole(),
  lowPaise: whole(),
  closePaise: whole(),
  quantity: whole(),
  trades: whole(),
});

const bars = record<Bars>({
  bySymbol: map(
    name,
    record<SymbolBars>({
      spans: map(whole(), list(bar)),
      day: record<SymbolBars["day"]>({
        date: name,
        previousClosePaise: orNull(whole()),
        openPaise: orNull(whole()),
        highPaise: orNull(whole()),
        lowPaise: orNull(whole()),
        lastPaise: orNull(whole()),
        lastQuantity: whole(),
        lastAtMs: orNull(whole()),
        quantity: whole(),
        turnoverPaise: large,
        trades: whole(),
      }),
      closePaise: orNull(whole()),
    }),
  ),
});

const position = record<Position>({
  account: name,
  participant: name,
  symbol: name,
  bought: whole(),
  boughtPaise: large,
  sold: whole(),
  soldPaise: large,
});

const count = map(name, whole());

const counts = record<EventCounts>({
  orders: count,
  rejects: count,
  trades: count,
  tradedPaise: large,
  settlements: whole(),
  quarantined: whole(),
  repeats: whole(),
  deadLetters: count,
  inputsMissing: count,
});

/** Written as the log writes these events. */
const requestOutcome = oneOf<RequestOutcome>({
  CancelAllDone: orderEvents.CancelAllDone,
  AuctionOffered: shortfallEvents.AuctionOffered,
  DuesPaid: shortfallEvents.DuesPaid,
  EarlyPaidIn: marginEvents.EarlyPaidIn,
  Deposited: marginEvents.Deposited,
  Withdrawn: marginEvents.Withdrawn,
  SuspensionLifted: shortfallEvents.SuspensionLifted,
  HaltLifted: marginEvents.HaltLifted,
  ClearingRequestRejected: shortfallEvents.ClearingRequestRejected,
});

/** What screens ask for. The ways of trades stand beside it in a snapshot. */
export const marketRecords: Shape<MarketRecords> = record<MarketRecords>({
  orders: orderRecords,
  refusedRequests: newestMap(
    text,
    record<RefusedRequest>({ reason: name, text, place: stepPlace }),
    keptRecords.refusedRequests,
  ),
  requests: newestMap(
    text,
    record<RequestRecord>({ outcome: requestOutcome, place: stepPlace }),
    keptRecords.requests,
  ),
  affirmations,
  trades: tradeRecords,
  instructions: instructionRecords,
  ways: later(() => new Map()),
  deadLetters,
  missingInputs: list(missingInputs),
  bars,
  tradeDates: map(name, name),
  positions: map(name, map(name, position)),
  marks: logMarks,
  counts,
});
