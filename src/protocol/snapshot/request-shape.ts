import type { OfferFields } from "../../domain/facts/shortfall-event.ts";
import type { Holder } from "../../domain/facts/account.ts";
import type { FundsMovement } from "../../domain/facts/funds-event.ts";
import type { RejectReason } from "../../domain/facts/reject-reason.ts";
import type { RequestOutcome } from "../own/request-execution.ts";
import { origin } from "./origin-shape.ts";
import {
  always,
  name,
  oneOf,
  orNull,
  record,
  text,
  whole,
  word,
  type FieldShapes,
  type Shape,
} from "./shape.ts";

type Kind<Type extends RequestOutcome["type"]> = Extract<RequestOutcome, { readonly type: Type }>;

// The reasons are many, and become more.
const rejectReason: Shape<RejectReason> = name as Shape<RejectReason>;

const holder: FieldShapes<Holder> = { participant: name, client: orNull(name) };
const asked = { clientOrderId: text, source: origin };
const offer: FieldShapes<OfferFields> = {
  ...holder,
  clientOrderId: text,
  symbol: name,
  quantity: whole(),
  pricePaise: whole(),
};
const funds: FieldShapes<FundsMovement> = {
  ...holder,
  clientOrderId: text,
  asset: name,
  amount: whole(),
};
const byOperations = { participant: name, client: always(null), ...asked };

/** The outcome of a request that is about no single order. */
export const requestOutcome: Shape<RequestOutcome> = oneOf<RequestOutcome>({
  CancelAllDone: record<Kind<"CancelAllDone">>({
    type: always("CancelAllDone"),
    ...holder,
    ...asked,
    symbol: orNull(name),
    canceled: whole(),
    orders: whole(),
  }),
  AuctionOffered: record<Kind<"AuctionOffered">>({
    type: always("AuctionOffered"),
    ...offer,
    offerId: text,
    source: origin,
  }),
  DuesPaid: record<Kind<"DuesPaid">>({
    type: always("DuesPaid"),
    ...holder,
    ...asked,
    amountPaise: whole(),
    paidPaise: whole(),
  }),
  EarlyPaidIn: record<Kind<"EarlyPaidIn">>({
    type: always("EarlyPaidIn"),
    ...holder,
    ...asked,
    settlementNumber: name,
    symbol: name,
    quantity: whole(),
    asset: name,
    amount: whole(),
  }),
  Deposited: record<Kind<"Deposited">>({ type: always("Deposited"), ...funds, source: origin }),
  Withdrawn: record<Kind<"Withdrawn">>({ type: always("Withdrawn"), ...funds, source: origin }),
  SuspensionLifted: record<Kind<"SuspensionLifted">>({
    type: always("SuspensionLifted"),
    ...byOperations,
  }),
  HaltLifted: record<Kind<"HaltLifted">>({
    type: always("HaltLifted"),
    ...byOperations,
    symbol: orNull(name),
  }),
  ClearingRequestRejected: record<Kind<"ClearingRequestRejected">>({
    type: always("ClearingRequestRejected"),
    ...holder,
    ...asked,
    request: word<Kind<"ClearingRequestRejected">["request"]>({
      OfferInAuction: true,
      PayDues: true,
      PayInEarly: true,
      CancelAll: true,
      Deposit: true,
      Withdraw: true,
      LiftSuspension: true,
      LiftHalt: true,
    }),
    said: text,
    reason: rejectReason,
    text,
  }),
});
