import type {
  DayPrices,
  InstructionStatus,
  NovatedSide,
  Obligation,
  SettlementEvent,
} from "../../../domain/facts/clearing-event.ts";
import { holderFields, price, shares, side, tradeKind } from "../../snapshot/order-shape.ts";
import { movement, scheduleOf, settlementType, stage } from "../../snapshot/settlement-shape.ts";
import {
  always,
  list,
  name,
  orAbsent,
  orNull,
  record,
  text,
  whole,
  word,
  type KindShapes,
} from "../../snapshot/shape.ts";
import { cover, moment, origin, paise } from "./event-fields.ts";

type Event<Type extends SettlementEvent["type"]> = Extract<
  SettlementEvent,
  { readonly type: Type }
>;

const novatedSide = record<NovatedSide>({ ...holderFields, blocked: whole(), cover });
const obligationStatus = word({ Provisional: true, Final: true });
const obligations = list(record<Obligation>({ asset: name, amount: whole() }));

/** What happens to trades that do not settle at once. */
export const settlementEvents: KindShapes<SettlementEvent> = {
  SettlementOpened: record<Event<"SettlementOpened">>({
    type: always("SettlementOpened"),
    settlementNumber: name,
    settlementType,
    tradeDate: name,
    settlementDate: name,
    schedule: scheduleOf(moment),
  }),
  TradeNovated: record<Event<"TradeNovated">>({
    type: always("TradeNovated"),
    tradeId: name,
    settlementNumber: name,
    settlementDate: name,
    journalId: name,
    kind: tradeKind,
    symbol: name,
    quantity: shares,
    pricePaise: price,
    amountPaise: paise,
    buyer: novatedSide,
    seller: novatedSide,
  }),
  TradingDayOpened: record<Event<"TradingDayOpened">>({
    type: always("TradingDayOpened"),
    tradeDate: name,
    closesAtMs: moment,
    isPostClose: orAbsent(always(true)),
  }),
  TradingDayClosed: record<Event<"TradingDayClosed">>({
    type: always("TradingDayClosed"),
    tradeDate: name,
    prices: list(record<DayPrices>({ symbol: name, closePaise: price, highPaise: price })),
  }),
  SettlementStageBegun: record<Event<"SettlementStageBegun">>({
    type: always("SettlementStageBegun"),
    settlementNumber: name,
    stage,
  }),
  SettlementWorkDone: record<Event<"SettlementWorkDone">>({
    type: always("SettlementWorkDone"),
    settlementNumber: name,
    pieces: whole(),
  }),
  ObligationDetermined: record<Event<"ObligationDetermined">>({
    type: always("ObligationDetermined"),
    settlementNumber: name,
    status: obligationStatus,
    ...holderFields,
    obligations,
  }),
  MemberObligationDetermined: record<Event<"MemberObligationDetermined">>({
    type: always("MemberObligationDetermined"),
    settlementNumber: name,
    status: obligationStatus,
    participant: name,
    obligations,
  }),
  InstructionUpdated: record<Event<"InstructionUpdated">>({
    type: always("InstructionUpdated"),
    instructionId: name,
    settlementNumber: name,
    ...holderFields,
    asset: name,
    movement,
    amount: whole(),
    settledAmount: whole(),
    status: word<InstructionStatus>({ Settled: true, PartiallySettled: true, Failing: true }),
    reason: orNull(word({ LACK: true, CLAC: true, MONY: true, CMON: true })),
  }),
  TradeDelivered: record<Event<"TradeDelivered">>({
    type: always("TradeDelivered"),
    settlementNumber: name,
    tradeId: name,
    journalId: name,
  }),
  TradesConfirmed: record<Event<"TradesConfirmed">>({
    type: always("TradesConfirmed"),
    settlementNumber: name,
    first: whole(),
    count: whole(),
  }),
  MemberPaid: record<Event<"MemberPaid">>({
    type: always("MemberPaid"),
    settlementNumber: name,
    participant: name,
    direction: word({ PayIn: true, PayOut: true }),
    paidPaise: whole(),
  }),
  SettlementCompleted: record<Event<"SettlementCompleted">>({
    type: always("SettlementCompleted"),
    settlementNumber: name,
    trades: whole(),
    grossPaise: whole(),
    netPaise: whole(),
    grossShares: whole(),
    netShares: whole(),
    savedBasisPoints: whole(),
  }),
  AffirmationAwaited: record<Event<"AffirmationAwaited">>({
    type: always("AffirmationAwaited"),
    settlementNumber: name,
    tradeId: name,
    side,
    custodian: name,
    participant: name,
    client: name,
    symbol: name,
    quantity: shares,
    pricePaise: price,
    amountPaise: paise,
    blocked: whole(),
    affirmUntilMs: moment,
  }),
  AffirmationAnswered: record<Event<"AffirmationAnswered">>({
    type: always("AffirmationAnswered"),
    answer: word({ AFFIRM: true, REJECT: true }),
    participant: name,
    clientOrderId: name,
    tradeId: name,
    side,
    symbol: name,
    reason: orNull(text),
    source: origin,
  }),
  TradeAffirmed: record<Event<"TradeAffirmed">>({
    type: always("TradeAffirmed"),
    settlementNumber: name,
    tradeId: name,
    side,
    custodian: name,
    client: name,
    journalId: name,
    blocked: whole(),
  }),
  TradeDevolved: record<Event<"TradeDevolved">>({
    type: always("TradeDevolved"),
    settlementNumber: name,
    tradeId: name,
    side,
    reason: word({ REJECTED: true, CUT_OFF: true }),
    custodian: name,
    participant: name,
  }),
};
