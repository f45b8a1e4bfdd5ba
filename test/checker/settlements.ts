import type { MarketEvent } from "../../src/domain/facts/event.ts";
import type { TradeExecuted } from "../../src/domain/facts/trade-event.ts";
import type { ValidStep } from "./log-reading.ts";
import {
  atOnceFacts,
  nameOf,
  netFacts,
  netId,
  tradeFacts,
  type Bought,
  type Fact,
  type Fate,
  type Net,
  type Standing,
} from "./settlement-facts.ts";

/** What has to be said of a step's trades and instructions. */
export type SettlementsDue = {
  /** Each record of `sauda.settlements`, as its facts. */
  readonly records: readonly (readonly Fact[])[];
  /** The buyers' legs: of which trade, the shares and paise that moved, and to whose account. */
  readonly legs: readonly Leg[];
  /** Where the log itself does not add up. */
  readonly problems: readonly string[];
};

type Leg = {
  readonly trade: TradeExecuted;
  readonly shares: number;
  readonly paise: number;
  readonly account: string;
};

type Due = { readonly records: Fact[][]; readonly legs: Leg[]; readonly problems: string[] };

type Open = {
  readonly trades: Map<string, Bought>;
  /** Trades of each settlement, in the order of their novation. */
  readonly novated: Map<string, Bought[]>;
  /**
   * Trades by settlement, buying account and symbol, in the order in which they came to
   * the account.
   */
  readonly queues: Map<string, Bought[]>;
  readonly dates: Map<string, string>;
  readonly nets: Map<string, Net>;
  readonly isins: Map<string, string | null>;
  /** By lot: whose queue it is about. */
  readonly lots: Map<string, string>;
  /** By trade of an auction: whose queue it serves, and with how many shares. */
  readonly auctions: Map<string, { readonly queue: string; readonly quantity: number }>;
  /** Trades of the step. */
  readonly executed: Map<string, TradeExecuted>;
};

/** An event is about something that no event before it said. */
class Unsaid extends Error {}

/**
 * Says for each step, in turn, what `sauda.settlements` and the seeds' topics must say of it.
 * Written from docs/protocol.md and decision 011: netted, paid in and paid out are told of
 * instructions, all else of trades; what lacks falls on the receiver's newest trades, and comes or
 * is closed out from the oldest of them on.
 */
export function settlementsDue(): (step: ValidStep["step"]) => SettlementsDue {
  const open: Open = {
    trades: new Map(),
    novated: new Map(),
    queues: new Map(),
    dates: new Map(),
    nets: new Map(),
    isins: new Map(),
    lots: new Map(),
    auctions: new Map(),
    executed: new Map(),
  };
  return (step) => {
    open.executed.clear();
    const due: Due = { records: [], legs: [], problems: [] };
    const at = new Date(step.at).toISOString();
    for (const event of step.events)
      try {
        const judge = judges[event.type] as
          | ((meeting: Meeting, event: MarketEvent) => void)
          | undefined;
        judge?.({ open, due, at }, event);
      } catch (error) {
        if (!(error instanceof Unsaid)) throw error;
        due.problems.push(`${event.type}: ${error.message}`);
      }
    return due;
  };
}

type Meeting = { readonly open: Open; readonly due: Due; readonly at: string };

type Judges = {
  readonly [Type in MarketEvent["type"]]?: (
    meeting: Meeting,
    event: Extract<MarketEvent, { readonly type: Type }>,
  ) => void;
};

const judges: Judges = {
  InstrumentListed: ({ open }, { instrument }) =>
    open.isins.set(instrument.symbol, instrument.isin),
  TradeExecuted: ({ open }, event) => open.executed.set(event.tradeId, event),
  TradeSettled: ({ open, due, at }, { tradeId }) => {
    const trade = known(open.executed, tradeId);
    due.records.push(atOnceFacts(trade, at));
    const { quantity: shares, amountPaise: paise } = trade;
    due.legs.push({ trade, shares, paise, account: nameOf(trade.buy) });
  },
  SettlementOpened: ({ open }, event) =>
    open.dates.set(event.settlementNumber, event.settlementDate),
  TradeNovated: (meeting, event) => tell(meeting, novate(meeting.open, event), pending("Novated")),
  AffirmationAwaited: (meeting, { tradeId, side }) =>
    tell(meeting, known(meeting.open.trades, tradeId), pending("AwaitingAffirmation"), side),
  TradeDevolved: (meeting, { tradeId, side }) =>
    tell(meeting, known(meeting.open.trades, tradeId), pending("Devolved"), side),
  TradeAffirmed: (meeting, { tradeId, side, custodian: participant, client }) => {
    const bought = known(meeting.open.trades, tradeId);
    const account = nameOf({ participant, client });
    if (side === "SELL") bought.seller = account;
    else hand(meeting.open, bought, account);
    tell(meeting, bought, pending("Affirmed"), side);
  },
  ObligationDetermined: (meeting, event) => {
    if (event.status !== "Final") return;
    const { open } = meeting;
    const { settlementNumber: number } = event;
    const date = known(open.dates, number);
    for (const { asset, amount } of event.obligations) {
      if (amount === 0) continue;
      const isin = open.isins.get(asset) ?? null;
      const net = { account: nameOf(event), asset, isin, number, date, net: amount, done: 0 };
      open.nets.set(netId(net), net);
      meeting.due.records.push(netFacts(net, pending("Netted"), meeting.at));
    }
  },
  InstructionUpdated: ({ open, due, at }, { instructionId, settledAmount, status, reason }) => {
    const net = known(open.nets, instructionId);
    net.done = settledAmount;
    const state = net.net < 0 ? "PaidIn" : "PaidOut";
    due.records.push(netFacts(net, [state, status, reason], at));
  },
  ShortageFound: (meeting, event) => {
    const { settlementNumber, receiver, symbol, lotId, receiptId, quantity } = event;
    const queue = queueOf(settlementNumber, nameOf(receiver), symbol);
    meeting.open.lots.set(lotId, queue);
    const short: Standing = ["Short", "Failing", "CLAC"];
    tellLot(meeting, [receiptId], short, [quantity, null]);
    for (const bought of turn(meeting.open, queue, ["owed", "short"], quantity, "newest"))
      tell(meeting, bought, short);
  },
  BoughtIn: (meeting, { tradeId, lotId, deliveryId, receiptId, quantity, pricePaise }) => {
    const queue = known(meeting.open.lots, lotId);
    meeting.open.auctions.set(tradeId, { queue, quantity });
    const boughtIn: Standing = ["BoughtIn", "BoughtIn", null];
    tellLot(meeting, [deliveryId, receiptId], boughtIn, [quantity, pricePaise]);
    for (const bought of turn(meeting.open, queue, ["short", "coming"], quantity, "oldest"))
      tell(meeting, bought, boughtIn);
  },
  ClosedOut: (meeting, { lotId, deliveryId, receiptId, quantity, pricePaise }) => {
    const both = [deliveryId, receiptId];
    tellLot(meeting, both, ["ClosedOut", "ClosedOut", null], [quantity, pricePaise]);
    const queue = known(meeting.open.lots, lotId);
    for (const bought of turn(meeting.open, queue, ["short", "closed"], quantity, "oldest"))
      tellHowFar(meeting, bought);
  },
  TradesConfirmed: (meeting, { settlementNumber, first, count }) => {
    const all = listed(meeting.open.novated, settlementNumber).slice(first, first + count);
    if (all.length < count) throw new Unsaid(`${settlementNumber} has no ${count} trades more`);
    for (const bought of all) {
      if (bought.shares.owed === 0) continue; // its lots tell
      give(bought, ["owed", "received"], bought.shares.owed);
      tellHowFar(meeting, bought);
    }
  },
  TradeDelivered: (meeting, { tradeId }) => {
    const auction = meeting.open.auctions.get(tradeId);
    if (auction === undefined) return endWhole(meeting, tradeId, "received");
    const { queue, quantity } = auction;
    for (const bought of turn(meeting.open, queue, ["coming", "received"], quantity, "oldest"))
      tellHowFar(meeting, bought);
  },
  TradeClosedOut: (meeting, { tradeId }) => endWhole(meeting, tradeId, "closed"),
  TradeFailed: (meeting, { tradeId, reason }) =>
    tell(meeting, known(meeting.open.trades, tradeId), ["Failed", "Failing", reason]),
};

function novate(open: Open, event: Extract<MarketEvent, { type: "TradeNovated" }>): Bought {
  const { tradeId, settlementNumber: number } = event;
  const trade = known(open.executed, tradeId);
  const shares = { owed: trade.quantity, short: 0, coming: 0, received: 0, closed: 0 };
  const date = known(open.dates, number);
  const [buyer, seller] = [nameOf(event.buyer), nameOf(event.seller)];
  const bought = { trade, number, date, buyer, seller, shares, everShort: 0, everComing: 0 };
  open.trades.set(tradeId, bought);
  listed(open.novated, number).push(bought);
  listed(open.queues, queueOf(number, buyer, trade.symbol)).push(bought);
  return bought;
}

/** The trade comes to another account, as its newest. */
function hand(open: Open, bought: Bought, account: string): void {
  const { number, trade } = bought;
  const before = listed(open.queues, queueOf(number, bought.buyer, trade.symbol));
  before.splice(before.indexOf(bought), 1);
  bought.buyer = account;
  listed(open.queues, queueOf(number, account, trade.symbol)).push(bought);
}

type Turn = readonly [from: Fate, to: Fate];

/**
 * Gives so many shares of a queue's trades another fate, from its one end or the other. Returns
 * the trades.
 */
function turn(
  open: Open,
  queue: string,
  fates: Turn,
  quantity: number,
  first: "oldest" | "newest",
): Bought[] {
  const all = [...listed(open.queues, queue)];
  if (first === "newest") all.reverse();
  const moved: Bought[] = [];
  let left = quantity;
  for (const bought of all) {
    const part = Math.min(left, bought.shares[fates[0]]);
    if (part === 0) continue;
    give(bought, fates, part);
    moved.push(bought);
    left -= part;
  }
  if (left > 0) throw new Unsaid(`${left} ${fates[0]} shares of ${queue} are of no trade`);
  return moved;
}

function give(bought: Bought, [from, to]: Turn, part: number): void {
  bought.shares[from] -= part;
  bought.shares[to] += part;
  if (to === "short") bought.everShort += part;
  if (to === "coming") bought.everComing += part;
}

/** A trade that settles by itself ends whole. */
function endWhole(meeting: Meeting, tradeId: string, fate: "received" | "closed"): void {
  const bought = known(meeting.open.trades, tradeId);
  give(bought, ["owed", fate], bought.shares.owed);
  tellHowFar(meeting, bought);
}

/**
 * Once nothing of it is open any more it has ended; before, it is told what was received of it,
 * if anything.
 */
function tellHowFar(meeting: Meeting, bought: Bought): void {
  const { trade, shares, buyer: account } = bought;
  const { received, closed } = shares;
  if (received + closed < trade.quantity) {
    if (received > 0) tell(meeting, bought, ["PartiallySettled", "PartiallySettled", "CLAC"]);
    return;
  }
  const state = closed > 0 ? "ClosedOut" : "Settled";
  tell(meeting, bought, [state, state, null]);
  const paise = received * trade.pricePaise;
  if (received > 0) meeting.due.legs.push({ trade, shares: received, paise, account });
}

function pending(state: string): Standing {
  return [state, "Pending", "FUTU"];
}

function tell({ due, at }: Meeting, bought: Bought, standing: Standing, side?: string): void {
  due.records.push(tradeFacts(bought, standing, at, side));
}

/** Of a lot: each of its instructions. */
function tellLot(
  { open, due, at }: Meeting,
  ids: readonly string[],
  standing: Standing,
  lot: readonly [number, number | null],
): void {
  for (const id of ids) due.records.push(netFacts(known(open.nets, id), standing, at, lot));
}

function queueOf(number: string, account: string, symbol: string): string {
  return `${number} ${account} ${symbol}`;
}

function known<Value>(map: ReadonlyMap<string, Value>, key: string): Value {
  const value = map.get(key);
  if (value === undefined) throw new Unsaid(`nothing was said of ${key} before`);
  return value;
}

function listed<Value>(map: Map<string, Value[]>, key: string): Value[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
