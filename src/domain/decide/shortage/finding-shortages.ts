import { accountKey, clearingCorporation, type Holder } from "../../facts/account.ts";
import { dateOf, dayAt } from "../../facts/calendar.ts";
import { inForce, type Dated, type ShortageRates } from "../../facts/clearing-terms.ts";
import { closeOutLot } from "./closing-out.ts";
import { emit, post, type Decision } from "../decision.ts";
import { collect } from "../funds/defaulting.ts";
import { moveAccount, type Posting } from "../../facts/journal.ts";
import { clearingTerms } from "../cycle.ts";
import {
  findPosition,
  leftOf,
  type MemberPositions,
  type Position,
  type Settlement,
} from "../../state/settlement.ts";
import { instructionId } from "../../facts/ids.ts";
import { amountOf, lastClosePaise, percentOf } from "./shortage-price.ts";
import { failInvariant, quantity, type PricePaise, type Ticker } from "../../facts/units.ts";

/**
 * Says which receivers go without the shares that an account did not deliver, lot by lot while
 * `isEnough` is not yet so. With an auction each lot's member is debited at the valuation price;
 * without one the lot is closed out at once.
 */
export function findShortages(
  decision: Decision,
  settlement: Settlement,
  seller: Holder,
  symbol: Ticker,
  isEnough: () => boolean,
): void {
  const hasAuction = settlement.schedule.auctionUntilMs !== null;
  while (!isEnough() && leftOf(knownPosition(settlement, seller, symbol)) > 0) {
    if (hasAuction) callAuction(decision, settlement, symbol);
    const lotId = findShortage(decision, settlement, seller, symbol, hasAuction);
    if (hasAuction) continue;
    const lot = decision.market.clearing.shortfalls.lots.get(lotId);
    closeOutLot(decision, lot ?? failInvariant(`${lotId} was found and is not there`));
  }
}

function findShortage(
  decision: Decision,
  settlement: Settlement,
  seller: Holder,
  symbol: Ticker,
  hasAuction: boolean,
): string {
  const { settlementNumber } = settlement;
  const receiver = receiverOf(settlement, seller, symbol);
  const left = leftOf(knownPosition(settlement, seller, symbol));
  const shares = quantity(Math.min(left, leftOf(knownPosition(settlement, receiver, symbol))));
  const lotId = `L-${decision.cause}-${decision.part}-${decision.lots}`;
  decision.lots += 1;
  const price = valuationPricePaise(decision, settlement, symbol);
  const debitedPaise = hasAuction
    ? debit(decision, seller, amountOf(price, shares), { settlementNumber, reference: lotId })
    : 0;
  emit(decision, {
    type: "ShortageFound",
    lotId,
    settlementNumber,
    symbol,
    quantity: shares,
    seller: { participant: seller.participant, client: seller.client },
    receiver,
    deliveryId: instructionId(settlementNumber, seller, symbol),
    receiptId: instructionId(settlementNumber, receiver, symbol),
    isInternal: seller.participant === receiver.participant,
    valuationPricePaise: price,
    debitedPaise,
  });
  return lotId;
}

/** Of a shortage's member, to the clearing corporation, against the client that is short. */
function debit(
  decision: Decision,
  { participant, client }: Holder,
  amountPaise: number,
  purpose: { readonly settlementNumber: string; readonly reference: string },
): number {
  const { settlementNumber, reference } = purpose;
  const paise = collect(decision, participant, amountPaise, purpose);
  if (paise === 0) return 0;
  const debtor = accountKey(participant, client);
  const postings: Posting[] = [
    { account: participant, asset: "INR", bucket: "transit", amount: 0 - paise },
    { account: clearingCorporation, asset: "INR", bucket: "blocked", amount: paise },
  ];
  const owed = { from: debtor, to: participant, amount: paise };
  if (client !== null) postings.push(...moveAccount({ asset: "INR", bucket: "due", ...owed }));
  post(decision, "VALUATION_DEBIT", reference, postings);
  const debt = { debtor, creditor: participant, paise, settlementNumber };
  if (client !== null) emit(decision, { type: "DebtIncurred", ...debt, reason: "LACK" });
  return paise;
}

/**
 * Who goes without: a receiver of the seller's own member first, then the one that is to receive
 * most, then by name. Ours: NSE Clearing says the first, and nothing of the others.
 */
function receiverOf(settlement: Settlement, seller: Holder, symbol: Ticker): Holder {
  const own = settlement.members.get(seller.participant);
  const internal = largestOf(own === undefined ? [] : [own], symbol);
  return (
    internal ??
    largestOf([...settlement.members.values()], symbol) ??
    failInvariant(`${symbol} lacks, and nobody goes without it`)
  );
}

function largestOf(members: readonly MemberPositions[], symbol: Ticker): Holder | null {
  let largest: { readonly account: string; readonly left: number; readonly holder: Holder } | null =
    null;
  for (const { accounts } of members)
    for (const { account, participant, client, assets } of accounts.values()) {
      const position = assets.get(symbol);
      const left = position !== undefined && position.net > 0 ? leftOf(position) : 0;
      const isFirst =
        largest === null ||
        left > largest.left ||
        (left === largest.left && account < largest.account);
      if (left > 0 && isFirst) largest = { account, left, holder: { participant, client } };
    }
  return largest?.holder ?? null;
}

function callAuction(decision: Decision, settlement: Settlement, symbol: Ticker): void {
  const { clearing } = decision.market;
  if (clearing.shortfalls.auctions.has(symbol)) return;
  const { schedule, settlementNumber } = settlement;
  const { auctionFromMs, auctionUntilMs, closeOutAtMs } = schedule;
  if (auctionFromMs === null || auctionUntilMs === null || closeOutAtMs === null)
    return failInvariant(`${settlementNumber} has no auction`);
  const { auctionBandPercent } = ratesNow(decision);
  const close = lastClosePaise(decision.market, symbol);
  emit(decision, {
    type: "AuctionCalled",
    symbol,
    auctionDate: dateOf(dayAt(auctionFromMs)),
    opensAtMs: auctionFromMs,
    closesAtMs: auctionUntilMs,
    closeOutAtMs,
    lowPaise: percentOf(close, 100 - auctionBandPercent),
    highPaise: percentOf(close, 100 + auctionBandPercent),
  });
}

/**
 * Of the close of the last trading day before the pay-in's, also where the pay-in comes after that
 * day's own close. Source: NSE, shortages handling.
 */
function valuationPricePaise(
  decision: Decision,
  { settlementDate }: Settlement,
  symbol: Ticker,
): PricePaise {
  const { valuationPercent } = ratesNow(decision);
  return percentOf(lastClosePaise(decision.market, symbol, settlementDate), valuationPercent);
}

function ratesNow(decision: Decision): Dated<ShortageRates> {
  const { shortageRates } = clearingTerms(decision);
  return inForce(shortageRates, dateOf(dayAt(decision.market.clockMs)));
}

function knownPosition(settlement: Settlement, holder: Holder, symbol: Ticker): Position {
  return findPosition(settlement, holder, symbol) ?? failInvariant(`no position in ${symbol}`);
}
