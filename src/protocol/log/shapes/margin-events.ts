import type { Command } from "../../../domain/facts/command.ts";
import type { FundsEvent } from "../../../domain/facts/funds-event.ts";
import type { HaltLifted, Quarantined } from "../../../domain/facts/halt-event.ts";
import type { MarginEvent, MarginOnSecurity } from "../../../domain/facts/margin-event.ts";
import { holderFields, price, side } from "../../snapshot/order-shape.ts";
import {
  always,
  list,
  name,
  orNull,
  record,
  whole,
  word,
  type KindShapes,
  type Shape,
} from "../../snapshot/shape.ts";
import { nameOrNull, origin } from "./event-fields.ts";

type Told = MarginEvent | FundsEvent | Quarantined | HaltLifted;
type Event<Type extends Told["type"]> = Extract<Told, { readonly type: Type }>;

/** What kind of command it was. */
export const commandType: Shape<Command["type"]> = word<Command["type"]>({
  PlaceOrder: true,
  CancelOrder: true,
  CancelAll: true,
  ModifyOrder: true,
  AnswerOrder: true,
  AffirmTrade: true,
  Unreadable: true,
  InputsMissing: true,
  Tick: true,
  OfferInAuction: true,
  PayDues: true,
  PayInEarly: true,
  Deposit: true,
  Withdraw: true,
  LiftSuspension: true,
  LiftHalt: true,
});

/** What happens to margins, what moves in and out of the market, and what is halted. */
export const marginEvents: KindShapes<Told> = {
  MarginRequired: record<Event<"MarginRequired">>({
    type: always("MarginRequired"),
    securities: list(
      record<MarginOnSecurity>({
        symbol: name,
        markPaise: price,
        basisPoints: whole(),
        requiredPaise: whole(),
      }),
    ),
    ...holderFields,
    requiredPaise: whole(),
    blockedPaise: whole(),
  }),
  MarginShort: record<Event<"MarginShort">>({
    type: always("MarginShort"),
    ...holderFields,
    requiredPaise: whole(),
    blockedPaise: whole(),
    lackPaise: whole(),
  }),
  MarginPositionsClosed: record<Event<"MarginPositionsClosed">>({
    type: always("MarginPositionsClosed"),
    ...holderFields,
    settlementNumber: name,
  }),
  EarlyPaidIn: record<Event<"EarlyPaidIn">>({
    type: always("EarlyPaidIn"),
    ...holderFields,
    clientOrderId: name,
    settlementNumber: name,
    symbol: name,
    quantity: whole(),
    source: origin,
    asset: name,
    amount: whole(),
  }),
  SquaredOff: record<Event<"SquaredOff">>({
    type: always("SquaredOff"),
    ...holderFields,
    symbol: name,
    side,
    orderId: name,
    quantity: whole(),
    filledQuantity: whole(),
  }),
  MarginsRevalued: record<Event<"MarginsRevalued">>({
    type: always("MarginsRevalued"),
    accounts: whole(),
  }),
  Deposited: record<Event<"Deposited">>({
    type: always("Deposited"),
    ...holderFields,
    clientOrderId: name,
    asset: name,
    amount: whole(),
    source: origin,
  }),
  Withdrawn: record<Event<"Withdrawn">>({
    type: always("Withdrawn"),
    ...holderFields,
    clientOrderId: name,
    asset: name,
    amount: whole(),
    source: origin,
  }),
  Quarantined: record<Event<"Quarantined">>({
    type: always("Quarantined"),
    command: orNull(commandType),
    symbol: nameOrNull,
  }),
  HaltLifted: record<Event<"HaltLifted">>({
    type: always("HaltLifted"),
    participant: name,
    client: always(null),
    clientOrderId: name,
    symbol: nameOrNull,
    source: origin,
  }),
};
