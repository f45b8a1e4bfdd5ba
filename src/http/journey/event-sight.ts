import { clearingCorporation, insideOf, isAccountOf } from "../../domain/facts/account.ts";
import type { MarketEvent, Step } from "../../domain/facts/event.ts";
import type { TradeSide } from "../../domain/facts/trade-event.ts";
import type { TradeFacts } from "../../protocol/own/trade-message.ts";
import type { Journal } from "../../domain/facts/journal.ts";
import { writtenEvent } from "../../protocol/log/order-record.ts";

/** A member that looks at trades of its own. */
export type Viewer = {
  readonly participant: string;
  readonly trades: ReadonlyMap<string, TradeFacts>;
};

type Sight<Event> = (event: Event, viewer: Viewer) => boolean;

/**
 * True if a member may see the event in the way of its order or trade. What the table does not give
 * is not given.
 */
export function maySee(viewer: Viewer, event: MarketEvent): boolean {
  const sight = sights[event.type] as Sight<MarketEvent>;
  return sight(event, viewer);
}

const everybody = (): boolean => true;
/** Operations alone. */
const nobody = (): boolean => false;
const own = (event: { readonly participant: string | null }, { participant }: Viewer): boolean =>
  event.participant === participant;
const ofTheTrade = ({ tradeId }: { readonly tradeId: string }, { trades }: Viewer): boolean =>
  trades.has(tradeId);

/** A side of the trade, by who stands on it and who may settle it. */
const ownSide = (
  event: { readonly tradeId: string; readonly side: "BUY" | "SELL"; readonly custodian: string },
  viewer: Viewer,
): boolean => {
  const trade = viewer.trades.get(event.tradeId);
  const side = event.side === "BUY" ? trade?.buy : trade?.sell;
  return side !== undefined && [side.participant, event.custodian].includes(viewer.participant);
};

/** Openings come from an account of their own, named after the one that opens. */
const ownAccount = (account: string, { participant }: Viewer): boolean =>
  isAccountOf(participant, insideOf(account));

const ownDebt = (
  { debtor, creditor }: { readonly debtor: string; readonly creditor: string },
  viewer: Viewer,
): boolean => ownAccount(debtor, viewer) && ownAccount(creditor, viewer);

/** Who may see an event of each kind. A new kind does not compile until it is said here. */
const sights: {
  readonly [Type in MarketEvent["type"]]: Sight<Extract<MarketEvent, { readonly type: Type }>>;
} = {
  InstrumentListed: everybody,
  JournalPosted: ({ journal }, viewer) =>
    isOfTheTrade(journal, viewer) || isOwnJournal(journal, viewer),
  OrderAccepted: (event, viewer) => own(event, viewer) || event.counterparty === viewer.participant,
  OrderRejected: (event, viewer) => own(event, viewer) || event.counterparty === viewer.participant,
  OrderDeclined: (event, viewer) => own(event, viewer) || event.counterparty === viewer.participant,
  OrderCanceled: own,
  CancelAllBegun: own,
  CancelAllDone: own,
  SweepBegun: own,
  SweepDone: own,
  OrderExpired: own,
  TradeExecuted: ofTheTrade,
  TradeSettled: ofTheTrade,
  AnswerKept: own,
  AnswerAccepted: (event, viewer) =>
    own(event, viewer) ||
    [...viewer.trades.values()].some(({ buy }) => buy.orderId === event.orderId),
  RequestRejected: own,
  Repeated: own,
  DeadLettered: nobody,
  InputsMissingNoted: nobody,
  Trying: nobody,
  Quarantined: nobody,
  HaltLifted: own,
  SettlementOpened: everybody,
  TradeNovated: ofTheTrade,
  TradingDayOpened: everybody,
  TradingDayClosed: everybody,
  SettlementStageBegun: everybody,
  SettlementWorkDone: nobody,
  ObligationDetermined: own,
  MemberObligationDetermined: own,
  InstructionUpdated: own,
  TradeDelivered: ofTheTrade,
  TradesConfirmed: everybody,
  MemberPaid: own,
  SettlementCompleted: everybody,
  AffirmationAwaited: ownSide,
  AffirmationAnswered: own,
  TradeAffirmed: ownSide,
  TradeDevolved: ownSide,
  DebtIncurred: ownDebt,
  DebtPaid: ownDebt,
  MemberCovered: own,
  MemberLacked: own,
  MemberDefaulted: own,
  SuspensionDone: own,
  UnpaidSharesHeld: own,
  UnpaidSharesFreed: own,
  // A lot names a seller and a receiver that need not know each other: each hears of it by
  // its instruction.
  ShortageFound: nobody,
  BoughtIn: nobody,
  ClosedOut: nobody,
  AuctionCalled: everybody,
  AuctionOffered: own,
  AuctionOfferEnded: nobody,
  AuctionEnded: everybody,
  TradeClosedOut: ofTheTrade,
  TradeFailed: ofTheTrade,
  DuesPaid: own,
  Deposited: own,
  Withdrawn: own,
  SuspensionLifted: own,
  ClearingRequestRejected: own,
  MarginRequired: own,
  MarginShort: own,
  MarginPositionsClosed: own,
  EarlyPaidIn: own,
  SquaredOff: own,
  MarginsRevalued: nobody,
};

/**
 * Between accounts of the member's own, or with the clearing corporation, which is everybody's
 * other side.
 */
function isOwnJournal({ postings }: Journal, viewer: Viewer): boolean {
  const others = postings.filter(({ account }) => account !== clearingCorporation);
  return others.length > 0 && others.every(({ account }) => ownAccount(account, viewer));
}

/** The journals between the sides of the trade, as long as they name nobody else. */
function isOfTheTrade({ reference, postings }: Journal, { trades }: Viewer): boolean {
  const trade = trades.get(reference);
  if (trade === undefined) return false;
  const sides = [trade.buy.participant, trade.sell.participant];
  const isBetween = (account: string): boolean =>
    account === clearingCorporation || sides.some((side) => isAccountOf(side, account));
  return postings.every(({ account }) => isBetween(account));
}

/**
 * The event as the log says it, and as the viewer may read it: a member, of the other side of a
 * trade no more than who it is.
 */
export function readableEvent(viewer: Viewer | null, event: MarketEvent): object {
  if (viewer === null) return writtenEvent(event);
  const shown = <Side extends Pick<TradeSide, "participant">>(side: Side): object =>
    side.participant === viewer.participant ? side : { participant: side.participant };
  if (event.type === "TradeExecuted")
    return { ...event, buy: shown(event.buy), sell: shown(event.sell) };
  if (event.type === "TradeNovated")
    return { ...event, buyer: shown(event.buyer), seller: shown(event.seller) };
  return writtenEvent(event);
}

/** What a step says of the viewer: a large order trades with many members in one step. */
export function eventsFor(viewer: Viewer | null, step: Step): readonly MarketEvent[] {
  return viewer === null ? step.events : step.events.filter((event) => maySee(viewer, event));
}

/** The step with these events of it alone, as the viewer may read them. */
export function stepText(
  viewer: Viewer | null,
  step: Step,
  events: readonly MarketEvent[],
): string {
  const shown = events.map((event) => readableEvent(viewer, event));
  return JSON.stringify({ ...step, events: shown });
}
