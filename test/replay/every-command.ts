import type { Command } from "../../src/domain/facts/command.ts";

const kinds: Readonly<Record<Command["type"], true>> = {
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
};

/** Every kind of command, by name. A new one does not compile until it stands here. */
export const everyCommand: readonly string[] = Object.keys(kinds).toSorted();
