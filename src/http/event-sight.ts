import { clearingCorporation, isAccountOf } from "../domain/account.ts";
import type { MarketEvent, TradeExecuted, TradeSide } from "../domain/event.ts";
import type { Journal } from "../domain/journal.ts";

/** A member that looks at a trade of its own. */
export type Viewer = { readonly participant: string; readonly trade: TradeExecuted };

type Sight<Event> = (event: Event, viewer: Viewer) => boolean;

/** True if a member may see the event in the way of its trade. What the table does not give is not given. */
export function maySee(viewer: Viewer, event: MarketEvent): boolean {
  const sight = sights[event.type] as Sight<MarketEvent>;
  return sight(event, viewer);
}

const everybody = (): boolean => true;
/** Operations alone. */
const nobody = (): boolean => false;
const own = (event: { readonly participant: string | null }, { participant }: Viewer): boolean =>
  event.participant === participant;
const ofTheTrade = (event: { readonly tradeId: string }, { trade }: Viewer): boolean =>
  event.tradeId === trade.tradeId;

/** A side of the trade, by who stands on it and who may settle it. */
const ownSide = (
  event: { readonly tradeId: string; readonly side: "BUY" | "SELL"; readonly custodian: string },
  viewer: Viewer,
): boolean => {
  const side = event.side === "BUY" ? viewer.trade.buy : viewer.trade.sell;
  const isParty = [side.participant, event.custodian].includes(viewer.participant);
  return ofTheTrade(event, viewer) && isParty;
};

/** Openings come from an account of their own, named after the one that opens. */
const ownAccount = (account: string, { participant }: Viewer): boolean =>
  isAccountOf(participant, account.slice(account.indexOf(":") + 1));

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
    isOfTheTrade(journal, viewer) ||
    journal.postings.every(({ account }) => ownAccount(account, viewer)),
  OrderAccepted: (event, viewer) => own(event, viewer) || event.counterparty === viewer.participant,
  OrderRejected: (event, viewer) => own(event, viewer) || event.counterparty === viewer.participant,
  OrderDeclined: (event, viewer) => own(event, viewer) || event.counterparty === viewer.participant,
  OrderCanceled: own,
  CancelAllBegun: own,
  CancelAllDone: own,
  OrderExpired: own,
  TradeExecuted: ofTheTrade,
  TradeSettled: ofTheTrade,
  AnswerKept: own,
  AnswerAccepted: (event, viewer) =>
    own(event, viewer) || event.orderId === viewer.trade.buy.orderId,
  RequestRejected: own,
  Repeated: own,
  DeadLettered: nobody,
  InputsMissingNoted: nobody,
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
  // A lot names a seller and a receiver that need not know each other: each hears of it by its instruction.
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
  ClearingRequestRejected: own,
  MarginRequired: own,
  MarginShort: own,
  MarginPositionsClosed: own,
  EarlyPaidIn: own,
  SquaredOff: own,
  MarginsRevalued: nobody,
};

/** The journals between the sides of the trade, as long as they name nobody else. */
function isOfTheTrade({ reference, postings }: Journal, { trade }: Viewer): boolean {
  const sides = [trade.buy.participant, trade.sell.participant];
  const isBetween = (account: string): boolean =>
    account === clearingCorporation || sides.some((side) => isAccountOf(side, account));
  return reference === trade.tradeId && postings.every(({ account }) => isBetween(account));
}

/** The event as the member may read it: of the other side of a trade no more than who it is. */
export function readableEvent({ participant }: Viewer, event: MarketEvent): object {
  const shown = <Side extends Pick<TradeSide, "participant">>(side: Side): object =>
    side.participant === participant ? side : { participant: side.participant };
  if (event.type === "TradeExecuted")
    return { ...event, buy: shown(event.buy), sell: shown(event.sell) };
  if (event.type === "TradeNovated")
    return { ...event, buyer: shown(event.buyer), seller: shown(event.seller) };
  return event;
}
