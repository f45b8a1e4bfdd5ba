import { accountKey } from "../../domain/facts/account.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import { failInvariant } from "../../domain/facts/units.ts";
import type { TradeWay } from "./way-change.ts";
import {
  boughtBy,
  endIfWhole,
  knownSettlement,
  knownTrade,
  tell,
  tellInstruction,
  type LotWay,
  type Taking,
} from "./way-taking.ts";

/** The newest trades of the receiver go without: who bought first is served first. */
export function foundShort(
  taking: Taking,
  event: Extract<MarketEvent, { readonly type: "ShortageFound" }>,
): void {
  const { lotId, settlementNumber, symbol, quantity, receiver, receiptId } = event;
  const settlement = knownSettlement(taking, settlementNumber);
  const account = accountKey(receiver.participant, receiver.client);
  taking.ways.lots.set(lotId, { settlementNumber, account, symbol });
  const receipt = settlement.instructions.get(receiptId);
  const lot = { quantity, pricePaise: null };
  const failing = { state: "Short", status: "Failing", reason: "CLAC" } as const;
  if (receipt !== undefined) tellInstruction(taking, receipt, { ...failing, lot });
  const newestFirst = [...boughtBy(settlement, receiver, symbol).values()].toReversed();
  const changed = share(
    newestFirst,
    quantity,
    (way) => way.trade.quantity - way.short,
    (way, part) => {
      way.short += part;
    },
  );
  for (const way of changed) tell(taking, way, { ...failing, side: null });
}

/** Who was short first is bought in first. */
export function boughtIn(
  taking: Taking,
  event: Extract<MarketEvent, { readonly type: "BoughtIn" }>,
): void {
  const { lotId, tradeId, quantity } = event;
  const lot = taking.ways.lots.get(lotId);
  if (lot === undefined) return failInvariant(`${lotId} is bought in and was not found short`);
  taking.ways.auctioned.set(tradeId, { ...lot, quantity });
  sayOfLot(taking, lot, event, "BoughtIn");
  const changed = share(ofLot(taking, lot), quantity, leftShort, (way, part) => {
    way.boughtIn += part;
  });
  for (const way of changed)
    tell(taking, way, { state: "BoughtIn", status: "BoughtIn", reason: null, side: null });
}

/** What was not bought in is settled in cash. */
export function closedOut(
  taking: Taking,
  event: Extract<MarketEvent, { readonly type: "ClosedOut" }>,
): void {
  const lot = taking.ways.lots.get(event.lotId);
  if (lot === undefined)
    return failInvariant(`${event.lotId} is closed out and was not found short`);
  taking.ways.lots.delete(event.lotId); // a close-out is the last that comes of a lot
  sayOfLot(taking, lot, event, "ClosedOut");
  const changed = share(ofLot(taking, lot), event.quantity, leftShort, (way, part) => {
    way.closedOut += part;
  });
  for (const way of changed) endIfWhole(taking, way);
}

/** The pay-out is over: what is not short was received. */
export function confirmed(
  taking: Taking,
  { settlementNumber, first, count }: Extract<MarketEvent, { readonly type: "TradesConfirmed" }>,
): void {
  const { trades } = knownSettlement(taking, settlementNumber);
  for (const way of trades.slice(first, first + count)) {
    if (way.short === way.trade.quantity) continue; // its lots say what becomes of it
    way.delivered += way.trade.quantity - way.short;
    endIfWhole(taking, way);
  }
}

/** A trade that settles by itself is delivered, or what an auction brought in. */
export function delivered(
  taking: Taking,
  { tradeId }: Extract<MarketEvent, { readonly type: "TradeDelivered" }>,
): void {
  const auctioned = taking.ways.auctioned.get(tradeId);
  if (auctioned === undefined) {
    const way = knownTrade(taking, tradeId);
    way.delivered = way.trade.quantity;
    return endIfWhole(taking, way);
  }
  taking.ways.auctioned.delete(tradeId);
  const changed = share(
    ofLot(taking, auctioned),
    auctioned.quantity,
    (way) => way.boughtIn - way.boughtInReceived,
    (way, part) => {
      way.boughtInReceived += part;
      way.delivered += part;
    },
  );
  for (const way of changed) endIfWhole(taking, way);
}

/** Gives shares to trades in their order, each as many as it takes. Returns those that got any. */
function share(
  among: readonly TradeWay[],
  quantity: number,
  takes: (way: TradeWay) => number,
  give: (way: TradeWay, part: number) => void,
): TradeWay[] {
  const changed: TradeWay[] = [];
  let left = quantity;
  for (const way of among) {
    const part = Math.min(left, takes(way));
    if (part === 0) continue;
    give(way, part);
    changed.push(way);
    left -= part;
    if (left === 0) return changed;
  }
  return failInvariant(`${left} shares of ${quantity} are no trade's`);
}

function leftShort({ short, boughtIn: bought, closedOut: closed }: TradeWay): number {
  return short - bought - closed;
}

function ofLot(taking: Taking, { settlementNumber, account, symbol }: LotWay): TradeWay[] {
  const { bought } = knownSettlement(taking, settlementNumber);
  return [...(bought.get(`${account} ${symbol}`)?.values() ?? [])];
}

function sayOfLot(
  taking: Taking,
  { settlementNumber }: LotWay,
  event: Extract<MarketEvent, { readonly type: "BoughtIn" | "ClosedOut" }>,
  state: "BoughtIn" | "ClosedOut",
): void {
  const { instructions } = knownSettlement(taking, settlementNumber);
  const lot = { quantity: event.quantity, pricePaise: event.pricePaise };
  for (const id of [event.deliveryId, event.receiptId]) {
    const instruction = instructions.get(id);
    if (instruction !== undefined)
      tellInstruction(taking, instruction, { state, status: state, reason: null, lot });
  }
}
