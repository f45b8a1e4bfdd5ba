import type { ClearingEvent, Obligation } from "../src/domain/facts/clearing-event.ts";
import { isFundsEvent } from "../src/domain/facts/funds-event.ts";
import { isShortfallEvent, type ShortfallEvent } from "../src/domain/facts/shortfall-event.ts";
import { isMarginEvent, type MarginEvent } from "../src/domain/facts/margin-event.ts";
import { rupees } from "../src/domain/facts/units.ts";

/** An event of clearing in one line: what a reader of a test needs, not all of it. */
export function clearingLineOf(event: ClearingEvent): string {
  if (isShortfallEvent(event)) return shortfallLineOf(event);
  if (isFundsEvent(event))
    return (
      `${event.type === "Deposited" ? "DEPOSITED" : "WITHDRAWN"} ${nameOf(event)} ` +
      `${event.amount} ${event.asset}`
    );
  if (isMarginEvent(event)) return marginLineOf(event);
  switch (event.type) {
    case "SettlementOpened":
      return (
        `OPENED ${event.settlementNumber} traded ${event.tradeDate} settled ` +
        `${event.settlementDate}`
      );
    case "TradeNovated":
      return `NOVATED ${event.tradeId} in ${event.settlementNumber} by ${event.journalId}`;
    case "TradingDayOpened":
      return `DAY ${event.tradeDate}${event.isPostClose === true ? " post-close" : ""}`;
    case "TradingDayClosed":
      return `DAY CLOSED ${event.tradeDate}: ${event.prices.map(closeOf).join(", ")}`;
    case "SettlementStageBegun":
      return `STAGE ${event.settlementNumber} ${event.stage}`;
    case "SettlementWorkDone":
      return `DONE ${event.settlementNumber} ${event.pieces}`;
    case "ObligationDetermined":
      return `OBLIGATION ${event.status} ${nameOf(event)}: ${linesOf(event.obligations)}`;
    case "MemberObligationDetermined":
      return `MEMBER ${event.status} ${event.participant}: ${linesOf(event.obligations)}`;
    case "InstructionUpdated":
      return (
        `INSTRUCTION ${nameOf(event)} ${event.movement} ${event.settledAmount} of ` +
        `${event.amount} ${event.asset} ${event.status} ${event.reason}`
      );
    case "TradeDelivered":
      return `DELIVERED ${event.tradeId} by ${event.journalId}`;
    case "TradesConfirmed":
      return `CONFIRMED ${event.settlementNumber} ${event.count} from ${event.first}`;
    case "MemberPaid":
      return `PAID ${event.participant} ${event.direction} ${event.paidPaise}`;
    case "SettlementCompleted":
      return (
        `COMPLETED ${event.settlementNumber}: ${event.trades} trades, ` +
        `gross ${event.grossPaise}, net ${event.netPaise}, saved ${event.savedBasisPoints}`
      );
    case "AffirmationAwaited":
      return `AWAITED ${event.tradeId} ${event.side} by ${event.custodian} for ${event.client}`;
    case "AffirmationAnswered":
      return `SAID ${event.answer} ${event.tradeId} ${event.side} by ${event.participant}`;
    case "TradeAffirmed":
      return (
        `AFFIRMED ${event.tradeId} ${event.side} into ${event.custodian}/${event.client} ` +
        `blocked ${event.blocked}`
      );
    case "TradeDevolved":
      return `DEVOLVED ${event.tradeId} ${event.side} on ${event.participant} ${event.reason}`;
  }
}

function marginLineOf(event: MarginEvent): string {
  switch (event.type) {
    case "MarginRequired": {
      const each = event.securities.map(
        ({ symbol, requiredPaise, basisPoints, markPaise }) =>
          `${symbol} ${requiredPaise} by ${basisPoints} @ ${rupees(markPaise)}`,
      );
      return (
        `REQUIRED ${nameOf(event)}: ${event.blockedPaise} of ${event.requiredPaise}: ` +
        `${each.join(", ")}`
      );
    }
    case "MarginShort":
      return `LACKS ${nameOf(event)}: ${event.lackPaise} of ${event.requiredPaise}`;
    case "MarginPositionsClosed":
      return `MARGIN CLOSED ${nameOf(event)} ${event.settlementNumber}`;
    case "EarlyPaidIn":
      return (
        `EARLY ${nameOf(event)} ${event.settlementNumber} ${event.symbol} ${event.quantity}: ` +
        `${event.amount} ${event.asset}`
      );
    case "SquaredOff":
      return (
        `SQUARED OFF ${nameOf(event)} ${event.side} ${event.filledQuantity} of ` +
        `${event.quantity} ${event.symbol} by ${event.orderId}`
      );
    case "MarginsRevalued":
      return `REVALUED ${event.accounts}`;
  }
}

function shortfallLineOf(event: ShortfallEvent): string {
  switch (event.type) {
    case "DebtIncurred":
      return `DEBT ${event.debtor} owes ${event.creditor} ${event.paise} ${event.reason}`;
    case "DebtPaid":
      return `DEBT PAID ${event.debtor} to ${event.creditor} ${event.paise}`;
    case "MemberCovered":
      return `COVERED ${event.participant} ${event.coveredPaise} of ${event.lackPaise}`;
    case "MemberLacked":
      return `LACKED ${event.participant} ${event.lackPaise}`;
    case "MemberDefaulted":
      return `DEFAULTED ${event.participant} ${event.lackPaise}`;
    case "SuspensionDone":
      return `SUSPENDED ${event.participant}`;
    case "UnpaidSharesHeld":
      return `HELD ${event.quantity} ${event.symbol} of ${nameOf(event)} by ${event.heldBy}`;
    case "UnpaidSharesFreed":
      return `FREED ${event.quantity} ${event.symbol} of ${nameOf(event)} by ${event.heldBy}`;
    case "ShortageFound":
      return (
        `SHORT ${nameOf(event.seller)} to ${nameOf(event.receiver)} ${event.quantity} ` +
        `${event.symbol} debited ${event.debitedPaise}${event.isInternal ? " internal" : ""}`
      );
    case "AuctionCalled":
      return (
        `AUCTION CALLED ${event.symbol} ${event.auctionDate} ${rupees(event.lowPaise)} to ` +
        `${rupees(event.highPaise)}`
      );
    case "AuctionOffered":
      return (
        `OFFERED ${event.offerId} ${nameOf(event)} ${event.quantity} ${event.symbol} @ ` +
        `${rupees(event.pricePaise)}`
      );
    case "BoughtIn":
      return (
        `BOUGHT IN ${event.quantity} ${event.symbol} @ ${rupees(event.pricePaise)} from ` +
        `${event.offerId} in ${event.settlementNumber}`
      );
    case "AuctionOfferEnded":
      return `OFFER ENDED ${event.offerId} ${event.quantity}`;
    case "AuctionEnded":
      return `AUCTION ENDED ${event.symbol}`;
    case "ClosedOut":
      return (
        `CLOSED OUT ${event.quantity} ${event.symbol} @ ${rupees(event.pricePaise)} paid ` +
        `${event.paidPaise} of ${event.amountPaise}`
      );
    case "TradeClosedOut":
      return (
        `TRADE CLOSED OUT ${event.tradeId} @ ${rupees(event.pricePaise)} paid ` +
        `${event.paidPaise} of ${event.differencePaise}`
      );
    case "TradeFailed":
      return `TRADE FAILED ${event.tradeId} ${event.reason}`;
    case "DuesPaid":
      return `DUES PAID ${nameOf(event)} ${event.paidPaise} of ${event.amountPaise}`;
    case "SuspensionLifted":
      return `LIFTED ${event.participant}`;
    case "ClearingRequestRejected":
      return `REFUSED ${event.request} ${event.clientOrderId} ${event.reason}`;
  }
}

function nameOf({ participant, client }: { participant: string; client: string | null }): string {
  return client === null ? participant : `${participant}/${client}`;
}

function closeOf({ symbol, closePaise, highPaise }: ClosePrices): string {
  return `${symbol} ${rupees(closePaise)} high ${rupees(highPaise)}`;
}

type ClosePrices = Extract<ClearingEvent, { type: "TradingDayClosed" }>["prices"][number];

function linesOf(obligations: readonly Obligation[]): string {
  return obligations.map(({ asset, amount }) => `${asset} ${amount}`).join(", ");
}
