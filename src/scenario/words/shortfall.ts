import { accountKey, type Holder } from "../../domain/facts/account.ts";
import { requestNames } from "../../domain/facts/request-name.ts";
import type { DebtReason } from "../../domain/facts/shortfall-event.ts";
import { groupedRupees } from "../../domain/facts/units.ts";
import { kolkataTime } from "../../protocol/moment.ts";
import { amountWords, type Tellers } from "./amounts.ts";

const debtReasons: Readonly<Record<DebtReason, string>> = {
  MONY: "it did not pay",
  LACK: "its shortage",
  FUND: "the fund paid for it",
  CMON: "nobody paid",
};

/** What is told where shares or cash lack. */
export const shortfallTellers: Tellers = {
  ShortageFound: (shortage) => {
    const { settlementNumber, quantity, symbol, seller, receiver, debitedPaise } = shortage;
    const kind = shortage.isInternal ? "INTERNAL SHORTAGE" : "SHORTAGE";
    const debited = debitedPaise === 0 ? "" : `; ${seller.participant} debited ${rs(debitedPaise)}`;
    return [
      `${kind} ${settlementNumber} ${keyOf(seller)} lacks ${quantity} ${symbol} for ${keyOf(receiver)}${debited}`,
    ];
  },
  AuctionCalled: ({ symbol, opensAtMs, closesAtMs, lowPaise, highPaise }) => [
    `AUCTION ${symbol} called: ${clock(opensAtMs)} to ${clock(closesAtMs)}, from ${groupedRupees(lowPaise)} to ${groupedRupees(highPaise)}`,
  ],
  AuctionOffered: (offer) => [
    `AUCTION ${offer.symbol}: ${keyOf(offer)} offers ${offer.quantity} @ ${groupedRupees(offer.pricePaise)}`,
  ],
  AuctionOfferEnded: ({ symbol, offerId, quantity }) =>
    quantity === 0 ? [] : [`AUCTION ${symbol}: ${quantity} of offer ${offerId} go back`],
  AuctionEnded: ({ symbol }) => [`AUCTION ${symbol} ended`],
  BoughtIn: ({ quantity, symbol, pricePaise, receiver, settlementNumber }) => [
    `BOUGHT IN ${quantity} ${symbol} @ ${groupedRupees(pricePaise)} for ${keyOf(receiver)}, delivered in ${settlementNumber}`,
  ],
  ClosedOut: ({ quantity, symbol, pricePaise, receiptId, amountPaise, paidPaise }) => [
    `CLOSED OUT ${quantity} ${symbol} @ ${groupedRupees(pricePaise)} instead of ${receiptId}: ${paidOf(paidPaise, amountPaise)}`,
  ],
  TradeClosedOut: ({ tradeId, pricePaise, differencePaise, paidPaise }) => [
    `CLOSED OUT ${tradeId} @ ${groupedRupees(pricePaise)}: the buyer gets the difference, ${paidOf(paidPaise, differencePaise)}`,
  ],
  TradeFailed: ({ tradeId, reason }) => [`FAILED ${tradeId}: ${reason}, nothing moved`],
  DebtIncurred: ({ debtor, creditor, paise, reason }) => [
    `DEBT ${debtor} owes ${creditor} ${rs(paise)} more: ${debtReasons[reason]}`,
  ],
  DebtPaid: ({ debtor, creditor, paise }) => [`DEBT ${debtor} pays ${creditor} ${rs(paise)}`],
  Deposited: (event) => [`DEPOSIT ${keyOf(event)} ${amountWords(event.asset, event.amount)}`],
  Withdrawn: (event) => [`WITHDRAWAL ${keyOf(event)} ${amountWords(event.asset, event.amount)}`],
  SuspensionLifted: ({ participant }) => [`SUSPENSION of ${participant} lifted`],
  DuesPaid: (paid) => [`DUES ${keyOf(paid)} pays ${rs(paid.paidPaise)}`],
  MemberCovered: ({ participant, lackPaise, coveredPaise }) => [
    `COVER ${participant} stands in for its accounts: ${paidOf(coveredPaise, lackPaise)}`,
  ],
  MemberLacked: ({ participant, lackPaise }) => [
    `LACK ${participant} lacks ${rs(lackPaise)} of its own and goes on trading`,
  ],
  MemberDefaulted: ({ participant, lackPaise }) => [
    `DEFAULT ${participant} lacks ${rs(lackPaise)} and is suspended`,
  ],
  SuspensionDone: () => [],
  UnpaidSharesHeld: (held) => [
    `HELD ${held.quantity} ${held.symbol} of ${keyOf(held)} ${held.heldBy === "Fund" ? "by the guarantee fund" : "for its member"}: not paid for`,
  ],
  UnpaidSharesFreed: (freed) => [`FREED ${freed.quantity} ${freed.symbol} of ${keyOf(freed)}`],
  ClearingRequestRejected: (request) => [
    `${requestNames[request.request]} of ${keyOf(request)} rejected: ${request.reason}: ${request.text}`,
  ],
};

function keyOf({ participant, client }: Holder): string {
  return accountKey(participant, client);
}

function rs(amountPaise: number): string {
  return `Rs ${groupedRupees(amountPaise)}`;
}

function paidOf(paidPaise: number, amountPaise: number): string {
  return paidPaise === amountPaise ? rs(amountPaise) : `${rs(paidPaise)} of ${rs(amountPaise)}`;
}

/** `14:30`. */
function clock(atMs: number): string {
  return kolkataTime(atMs).slice(11, 16);
}
