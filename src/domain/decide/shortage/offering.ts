import { accountKey } from "../../facts/account.ts";
import type { Auction } from "../../state/buy-in.ts";
import { quantityMax } from "../../facts/limits.ts";
import { findSuspensionFault, shown, type Refusal } from "../refusal.ts";
import { offerText, type OfferInAuction } from "../../facts/clearing-command.ts";
import { clearingRequestOf, passesClearing, refuseClearing } from "../clearing-request.ts";
import { emit, freeAmount, hasRoomFor, openAccount, post, type Decision } from "../decision.ts";
import { rupees } from "../../facts/units.ts";
import { moveBucket } from "../../facts/journal.ts";

/** Decides an offer of shares in a buy-in auction: refused, or taken and its shares blocked. */
export function offerInAuction(decision: Decision, command: OfferInAuction): void {
  const { participant, client, clientOrderId, symbol, quantity, pricePaise, source } = command;
  const request = clearingRequestOf(command, offerText(command));
  if (!passesClearing(decision, request)) return;
  const fault = findOfferFault(decision, command);
  if (fault !== undefined) return refuseClearing(decision, request, fault);
  openAccount(decision, participant, client, symbol);
  const offerId = `U-${decision.cause}`;
  const offer = { participant, client, clientOrderId, symbol, quantity, pricePaise };
  emit(decision, { type: "AuctionOffered", ...offer, offerId, source });
  const account = accountKey(participant, client);
  const blocked = {
    account,
    asset: symbol,
    from: "free",
    to: "blocked",
    amount: quantity,
  } as const;
  post(decision, "BLOCK", offerId, moveBucket(blocked));
}

function findOfferFault(decision: Decision, offer: OfferInAuction): Refusal | undefined {
  const { market } = decision;
  const { participant, client, symbol, quantity, pricePaise } = offer;
  const suspended = findSuspensionFault(decision, "participant", participant);
  if (suspended !== undefined) return suspended;
  const auction = market.clearing.shortfalls.auctions.get(symbol);
  if (auction === undefined || !isOpen(auction, market.clockMs))
    return { reason: "NO_AUCTION", text: `symbol ${shown(symbol)} has no auction at this time` };
  if (quantity < 1 || quantity > quantityMax)
    return {
      reason: "QUANTITY_OUT_OF_RANGE",
      text: `quantity ${quantity}: send 1 to ${quantityMax} shares`,
    };
  const fault =
    findPriceFault(decision, auction, pricePaise) ?? findMemberFault(auction, participant);
  if (fault !== undefined) return fault;
  const free = freeAmount(decision, participant, client, symbol);
  if (quantity > free)
    return {
      reason: "INSUFFICIENT_HOLDINGS",
      text: `quantity ${quantity}: ${free} shares are free; send less`,
    };
  if (hasRoomFor(decision, offer, "INR", pricePaise * quantity)) return undefined;
  return { reason: "VALUE_OUT_OF_RANGE", text: "quantity would lift the cash too high; send less" };
}

function isOpen({ opensAtMs, closesAtMs, isEnded }: Auction, nowMs: number): boolean {
  return !isEnded && opensAtMs <= nowMs && nowMs < closesAtMs;
}

function findPriceFault(
  { market }: Decision,
  { symbol, lowPaise, highPaise }: Auction,
  pricePaise: number,
): Refusal | undefined {
  const tickPaise = market.instruments.get(symbol)?.tickPaise ?? 1;
  const price = `Rs ${rupees(pricePaise)}`;
  if (pricePaise < lowPaise || pricePaise > highPaise)
    return {
      reason: "PRICE_OUT_OF_BAND",
      text: `price ${price}: the auction takes Rs ${rupees(lowPaise)} to Rs ${rupees(highPaise)}`,
    };
  if (pricePaise % tickPaise === 0) return undefined;
  const text = `price ${price} is off the tick of Rs ${rupees(tickPaise)}; send a multiple of it`;
  return { reason: "PRICE_OFF_TICK", text };
}

/** Source: NSE, a member that is short in a symbol may not offer in its auction. */
function findMemberFault({ symbol, lots }: Auction, participant: string): Refusal | undefined {
  for (const { seller } of lots.values())
    if (seller.participant === participant)
      return {
        reason: "DEFAULTING_MEMBER",
        text: `participant ${participant} is short of ${symbol} itself; others may offer`,
      };
  return undefined;
}
