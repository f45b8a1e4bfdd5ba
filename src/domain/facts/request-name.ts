import type { ClearingRequestRejected } from "./shortfall-event.ts";

/** What people call a request that is about no single order. */
export const requestNames: Readonly<Record<ClearingRequestRejected["request"], string>> = {
  OfferInAuction: "OFFER",
  PayDues: "DUES",
  PayInEarly: "EARLY PAY-IN",
  CancelAll: "CANCEL ALL",
  Deposit: "DEPOSIT",
  Withdraw: "WITHDRAWAL",
  LiftSuspension: "SUSPENSION",
  LiftHalt: "HALT",
};
