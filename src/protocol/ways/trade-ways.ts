import type { Holder } from "../../domain/facts/account.ts";
import type { MarketEvent, Step } from "../../domain/facts/event.ts";
import { instructionId } from "../../domain/facts/ids.ts";
import { failInvariant } from "../../domain/facts/units.ts";
import { boughtIn, closedOut, confirmed, delivered, foundShort } from "./short-trades.ts";
import type { Instruction, TakenStep, TradeWay } from "./way-change.ts";
import {
  boughtBy,
  end,
  endIfWhole,
  knownSettlement,
  knownTrade,
  leaveIfOver,
  pending,
  tell,
  tellInstruction,
  type Taking,
  type TradeWays,
} from "./way-taking.ts";

/** No trade yet. */
export function newTradeWays(): TradeWays {
  return {
    byId: new Map(),
    settlements: new Map(),
    lots: new Map(),
    auctioned: new Map(),
    isins: new Map(),
  };
}

/** Takes the next step of the log in, and says what it changed, in the order of its events. */
export function takeStep(ways: TradeWays, step: Step): TakenStep {
  const taking: Taking = { ways, changes: [], eventIndex: 0, executed: null };
  for (const [index, event] of step.events.entries()) {
    taking.eventIndex = index;
    takeEvent(taking, event);
  }
  return { step, changes: taking.changes };
}

type Handlers = {
  readonly [Type in MarketEvent["type"]]?: (
    taking: Taking,
    event: Extract<MarketEvent, { readonly type: Type }>,
  ) => void;
};

const handlers: Handlers = {
  InstrumentListed: ({ ways }, { instrument }) =>
    ways.isins.set(instrument.symbol, instrument.isin),
  TradeExecuted: (taking, event) => {
    taking.executed = event;
  },
  SettlementOpened: ({ ways }, { settlementNumber, settlementDate }) => {
    ways.settlements.set(settlementNumber, {
      settlementNumber,
      settlementDate,
      trades: [],
      bought: new Map(),
      instructions: new Map(),
      open: 0,
      isCompleted: false,
    });
  },
  TradeNovated: novated,
  AffirmationAwaited: (taking, { tradeId, side }) =>
    tell(taking, knownTrade(taking, tradeId), pending("AwaitingAffirmation", side)),
  TradeAffirmed: (taking, event) => {
    const way = knownTrade(taking, event.tradeId);
    const holder = { participant: event.custodian, client: event.client };
    if (event.side === "SELL") way.seller = holder;
    else moveBuyer(taking.ways, way, holder);
    tell(taking, way, pending("Affirmed", event.side));
  },
  TradeDevolved: (taking, { tradeId, side }) =>
    tell(taking, knownTrade(taking, tradeId), pending("Devolved", side)),
  ObligationDetermined: netted,
  InstructionUpdated: (taking, event) => {
    const { instructions } = knownSettlement(taking, event.settlementNumber);
    const instruction = instructions.get(event.instructionId);
    if (instruction === undefined) return failInvariant(`${event.instructionId} was never netted`);
    instruction.settledAmount = event.settledAmount;
    const state = event.movement === "DELI" ? "PaidIn" : "PaidOut";
    const { status, reason } = event;
    tellInstruction(taking, instruction, { state, status, reason, lot: null });
  },
  ShortageFound: foundShort,
  BoughtIn: boughtIn,
  ClosedOut: closedOut,
  TradesConfirmed: confirmed,
  TradeDelivered: delivered,
  TradeClosedOut: (taking, { tradeId }) => {
    const way = knownTrade(taking, tradeId);
    way.closedOut = way.trade.quantity;
    endIfWhole(taking, way);
  },
  TradeFailed: (taking, { tradeId, reason }) => {
    const way = knownTrade(taking, tradeId);
    end(taking, way, { state: "Failed", status: "Failing", reason, side: null });
  },
  SettlementCompleted: ({ ways }, { settlementNumber }) => {
    const settlement = ways.settlements.get(settlementNumber);
    if (settlement === undefined) return;
    settlement.isCompleted = true;
    leaveIfOver(ways, settlement);
  },
};

function takeEvent(taking: Taking, event: MarketEvent): void {
  const handle = handlers[event.type] as ((taking: Taking, event: MarketEvent) => void) | undefined;
  handle?.(taking, event);
}

function novated(
  taking: Taking,
  event: Extract<MarketEvent, { readonly type: "TradeNovated" }>,
): void {
  const { ways, executed } = taking;
  const { tradeId, settlementNumber, settlementDate } = event;
  if (executed?.tradeId !== tradeId)
    return failInvariant(`${tradeId} is novated and was not executed`);
  const { participant, client } = event.buyer;
  const way: TradeWay = {
    trade: executed,
    settlementNumber,
    settlementDate,
    buyer: { participant, client },
    seller: { participant: event.seller.participant, client: event.seller.client },
    short: 0,
    boughtIn: 0,
    boughtInReceived: 0,
    closedOut: 0,
    delivered: 0,
  };
  const settlement = knownSettlement(taking, settlementNumber);
  settlement.trades.push(way);
  settlement.open += 1;
  ways.byId.set(tradeId, way);
  boughtBy(settlement, way.buyer, executed.symbol).set(tradeId, way);
  tell(taking, way, pending("Novated", null));
}

function moveBuyer(ways: TradeWays, way: TradeWay, holder: Holder): void {
  const settlement = ways.settlements.get(way.settlementNumber);
  if (settlement === undefined) return;
  const { tradeId, symbol } = way.trade;
  boughtBy(settlement, way.buyer, symbol).delete(tradeId);
  way.buyer = holder;
  boughtBy(settlement, holder, symbol).set(tradeId, way);
}

function netted(
  taking: Taking,
  event: Extract<MarketEvent, { readonly type: "ObligationDetermined" }>,
): void {
  if (event.status === "Provisional") return;
  const { settlementNumber, participant, client } = event;
  const { settlementDate, instructions } = knownSettlement(taking, settlementNumber);
  for (const { asset, amount } of event.obligations) {
    if (amount === 0) continue;
    const instruction: Instruction = {
      instructionId: instructionId(settlementNumber, event, asset),
      settlementNumber,
      settlementDate,
      participant,
      client,
      asset,
      isin: taking.ways.isins.get(asset) ?? null,
      movement: amount < 0 ? "DELI" : "RECE",
      amount: Math.abs(amount),
      settledAmount: 0,
    };
    instructions.set(instruction.instructionId, instruction);
    const standing = { state: "Netted", status: "Pending", reason: "FUTU", lot: null } as const;
    tellInstruction(taking, instruction, standing);
  }
}
