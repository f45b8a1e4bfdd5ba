import { sideName, type AwaitedSide } from "../facts/affirmation.ts";
import type {
  AffirmationAwaited,
  TradeAffirmed,
  TradeDevolved,
} from "../facts/affirmation-event.ts";
import { isNetted, positionOf, type EndedSide, type Settlement } from "./settlement.ts";
import { failInvariant } from "../facts/units.ts";

/** The side begins to wait. */
export function beginToWait(settlement: Settlement, event: AffirmationAwaited): void {
  const { type: _, ...side } = event;
  settlement.pending.set(sideName(side.tradeId, side.side), side);
}

/** The side leaves the member's own account for the one of the custodian's client. */
export function affirmSide(settlement: Settlement, event: TradeAffirmed): void {
  const side = end(settlement, event, "affirmed");
  if (isNetted(settlement)) moveNet(settlement, side, event.blocked);
  else moveTrade(settlement, side, event.blocked);
}

/** The side stays where it is. */
export function devolveSide(settlement: Settlement, event: TradeDevolved): void {
  end(settlement, event, "devolved");
}

function end(
  { settlementNumber, pending, ended }: Settlement,
  { tradeId, side }: TradeAffirmed | TradeDevolved,
  how: EndedSide["end"],
): AwaitedSide {
  const name = sideName(tradeId, side);
  const found = pending.get(name) ?? failInvariant(`${name} does not wait in ${settlementNumber}`);
  pending.delete(name);
  ended.set(name, { custodian: found.custodian, symbol: found.symbol, end: how });
  return found;
}

function moveNet(settlement: Settlement, side: AwaitedSide, blocked: number): void {
  const { participant, custodian, client, symbol, quantity, amountPaise } = side;
  const from = { participant, client: null };
  const to = { participant: custodian, client };
  const sign = side.side === "BUY" ? 1 : -1;
  positionOf(settlement, from, "INR").net += sign * amountPaise;
  positionOf(settlement, to, "INR").net -= sign * amountPaise;
  positionOf(settlement, from, symbol).net -= sign * quantity;
  positionOf(settlement, to, symbol).net += sign * quantity;
  const given = side.side === "BUY" ? "INR" : symbol;
  positionOf(settlement, from, given).blocked -= side.blocked;
  positionOf(settlement, to, given).blocked += blocked;
}

function moveTrade({ trades }: Settlement, side: AwaitedSide, blocked: number): void {
  const { tradeId, custodian: participant, client } = side;
  const trade = trades.get(tradeId) ?? failInvariant(`${tradeId} waits and is not there`);
  const holder = { participant, client, blocked };
  trades.set(
    tradeId,
    side.side === "BUY" ? { ...trade, buyer: holder } : { ...trade, seller: holder },
  );
}
