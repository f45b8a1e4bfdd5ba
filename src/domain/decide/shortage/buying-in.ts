import { accountKey, clearingCorporation } from "../../facts/account.ts";
import { lowestFirst, type Auction, type Lot, type Offer } from "../../state/buy-in.ts";
import {
  dateOf,
  dayOf,
  firstTradedFor,
  momentOf,
  nextSettlementDay,
  settlementNumber,
} from "../../facts/calendar.ts";
import { inForce } from "../../facts/clearing-terms.ts";
import { giveBack } from "./closing-out.ts";
import { emit, post, type Decision } from "../decision.ts";
import { collect, collectablePaise } from "../funds/defaulting.ts";
import { moveAccount, moveBucket, type Posting } from "../../facts/journal.ts";
import { clearingTerms } from "../cycle.ts";
import { consideration, quantity, type Participant } from "../../facts/units.ts";

/**
 * Holds the auction of a symbol while `isEnough` is not yet so: the lowest offers are bought first,
 * of equal ones the oldest, for the oldest lot first. Offers nobody needed are released, and then
 * it is over.
 */
export function holdAuction(decision: Decision, auction: Auction, isEnough: () => boolean): void {
  const { symbol, auctionDate } = auction;
  for (const offer of lowestFirst(auction))
    while (offer.leavesQuantity > 0) {
      if (isEnough()) return;
      const lot = findLot(decision, auction, offer);
      if (lot === undefined) endOffer(decision, auction, offer);
      else buyIn(decision, auction, lot, offer);
    }
  emit(decision, { type: "AuctionEnded", symbol, auctionDate });
}

/**
 * The oldest lot whose member can pay the offer: it has the debit, and what could be collected
 * for it.
 */
function findLot(decision: Decision, { lots }: Auction, offer: Offer): Lot | undefined {
  // Where nobody can pay, every lot is asked: its member's cash is looked up once.
  const collectable = new Map<Participant, number>();
  for (const lot of lots.values()) {
    const { participant } = lot.seller;
    const canBring = collectable.get(participant) ?? collectablePaise(decision, participant);
    collectable.set(participant, canBring);
    const shares = Math.min(lot.quantity, offer.leavesQuantity);
    if (offer.pricePaise * shares <= heldFor(lot, shares) + canBring) return lot;
  }
  return undefined;
}

/** The part of a lot's debit that stands for so many of its shares. */
function heldFor({ heldPaise, quantity: all }: Lot, shares: number): number {
  if (shares === all) return heldPaise;
  return Number((BigInt(heldPaise) * BigInt(shares)) / BigInt(all));
}

/**
 * The offerer takes over the delivery. The clearing corporation keeps the cash for it: of the
 * debit, and what the offer costs more, from the short member; what it costs less goes back.
 */
function buyIn(decision: Decision, auction: Auction, lot: Lot, offer: Offer): void {
  const { symbol, settlementNumber: of, lotId, seller, receiver, deliveryId, receiptId } = lot;
  const shares = quantity(Math.min(lot.quantity, offer.leavesQuantity));
  const amountPaise = consideration(offer.pricePaise, shares);
  const usedPaise = heldFor(lot, shares);
  const extraPaise = Math.max(0, amountPaise - usedPaise);
  const purpose = { settlementNumber: of, reference: lotId };
  if (extraPaise > 0) collect(decision, seller.participant, extraPaise, purpose);
  const tradeId = `B-${decision.cause}-${decision.part}-${decision.lots}`;
  decision.lots += 1;
  const number = openAuctionSettlement(decision, auction);
  postBuyIn(decision, lot, offer, { tradeId, shares, amountPaise, extraPaise });
  emit(decision, {
    type: "BoughtIn",
    tradeId,
    lotId,
    offerId: offer.offerId,
    deliveryId,
    receiptId,
    symbol,
    quantity: shares,
    pricePaise: offer.pricePaise,
    amountPaise,
    usedPaise,
    settlementNumber: number,
    seller,
    receiver,
  });
  giveBack(decision, seller, Math.max(0, usedPaise - amountPaise), lotId);
}

function postBuyIn(
  decision: Decision,
  lot: Lot,
  offer: Offer,
  purchase: {
    readonly tradeId: string;
    readonly shares: number;
    readonly amountPaise: number;
    readonly extraPaise: number;
  },
): void {
  const { symbol, seller, settlementNumber: of } = lot;
  const { participant } = seller;
  const { tradeId, shares, amountPaise, extraPaise } = purchase;
  const debtor = accountKey(participant, seller.client);
  const offerer = accountKey(offer.participant, offer.client);
  const ccp = clearingCorporation;
  const postings: Posting[] = [
    ...moveAccount({ asset: symbol, bucket: "due", from: offerer, to: debtor, amount: shares }),
    ...moveAccount({ asset: "INR", bucket: "due", from: ccp, to: offerer, amount: amountPaise }),
  ];
  if (extraPaise > 0)
    postings.push(
      { account: participant, asset: "INR", bucket: "transit", amount: 0 - extraPaise },
      { account: ccp, asset: "INR", bucket: "blocked", amount: extraPaise },
    );
  const isOwed = extraPaise > 0 && seller.client !== null;
  const owed = { from: debtor, to: participant, amount: extraPaise };
  if (isOwed) postings.push(...moveAccount({ asset: "INR", bucket: "due", ...owed }));
  post(decision, "AUCTION", tradeId, postings);
  const debt = { debtor, creditor: participant, paise: extraPaise, settlementNumber: of };
  if (isOwed) emit(decision, { type: "DebtIncurred", ...debt, reason: "LACK" });
}

/**
 * The settlement that an auction's trades are delivered in: the next settlement day, numbered as
 * the first settlement of the auction's day. Source: NSE Clearing CMPT75670, A 2026162 for the
 * shortages of M 2026161 and 162; CMPT71926, A 2026021 on 2 February, where M 2026300 was
 * settled too.
 */
function openAuctionSettlement(decision: Decision, { auctionDate, closesAtMs }: Auction): string {
  const terms = clearingTerms(decision);
  const { calendar, timetables } = terms;
  const auctionDay = dayOf(auctionDate);
  const number = settlementNumber(terms, "A", firstTradedFor(calendar, auctionDay));
  if (decision.market.clearing.settlements.has(number)) return number;
  const settlementDay = nextSettlementDay(calendar, auctionDay);
  const times = inForce(timetables, dateOf(settlementDay));
  emit(decision, {
    type: "SettlementOpened",
    settlementNumber: number,
    settlementType: "A",
    tradeDate: auctionDate,
    settlementDate: dateOf(settlementDay),
    schedule: {
      tradedUntilMs: closesAtMs,
      affirmUntilMs: null,
      finalAtMs: null,
      payInAtMs: momentOf(settlementDay, times.auctionPayInMinute),
      auctionFromMs: null,
      auctionUntilMs: null,
      closeOutAtMs: null,
      payOutAtMs: momentOf(settlementDay, times.auctionPayOutMinute),
    },
  });
  return number;
}

function endOffer(decision: Decision, { symbol }: Auction, offer: Offer): void {
  const { offerId, leavesQuantity } = offer;
  const account = accountKey(offer.participant, offer.client);
  const rest = { account, asset: symbol, amount: leavesQuantity };
  post(decision, "RELEASE", offerId, moveBucket({ ...rest, from: "blocked", to: "free" }));
  emit(decision, { type: "AuctionOfferEnded", offerId, symbol, quantity: leavesQuantity });
}
