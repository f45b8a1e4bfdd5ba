import type { TradeNovated } from "../../src/domain/facts/clearing-event.ts";
import type { MarketEvent, OrderAccepted } from "../../src/domain/facts/event.ts";
import type { EarlyPaidIn } from "../../src/domain/facts/margin-event.ts";
import { nseInstruments } from "../../src/domain/facts/nse-instruments.ts";

type Lot = { readonly shares: bigint; readonly paise: bigint };
type Trade = Lot & {
  readonly account: string;
  readonly symbol: string;
  readonly settlementNumber: string;
};
type Live = { readonly order: OrderAccepted; leaves: number };

/**
 * The margin required of each account by all that has happened, counted from nothing, over lists of
 * orders and trades. Accounts that need none are not there. Knows settlements of type M and the
 * rates of 2026 only.
 */
export function naiveMargins(events: readonly MarketEvent[]): Map<string, bigint> {
  const live = new Map<string, Live>();
  let trades: Trade[] = [];
  const marks = new Map<string, bigint>();
  const negotiated = new Map<string, bigint>();
  const closes = new Map<string, bigint>();
  let trading: string | null = null;
  const early: EarlyPaidIn[] = [];
  for (const event of events)
    if (event.type === "OrderAccepted" && event.cover === "margin") {
      live.set(event.orderId, { order: event, leaves: event.quantity });
      note(event.counterparty === null ? marks : negotiated, event.symbol, event.pricePaise);
    } else if (endings.has(event.type) && "orderId" in event) live.delete(event.orderId ?? "");
    else if (event.type === "TradeExecuted")
      for (const { orderId } of [event.buy, event.sell]) {
        const found = live.get(orderId ?? "");
        if (found !== undefined) found.leaves -= event.quantity;
      }
    else if (event.type === "TradeNovated") {
      const sides = tradesOf(event);
      const of = event.kind === "book" ? marks : negotiated;
      if (sides.length > 0) note(of, event.symbol, event.pricePaise);
      trades.push(...sides);
    } else if (event.type === "EarlyPaidIn") early.push(event);
    else if (event.type === "MarginPositionsClosed")
      trades = trades.filter(
        ({ account, settlementNumber }) =>
          account !== nameOf(event) || settlementNumber !== event.settlementNumber,
      );
    else if (event.type === "SettlementOpened") trading = event.settlementNumber;
    else if (event.type === "SettlementStageBegun" && event.settlementNumber === trading)
      trading = null;
    else if (event.type === "TradingDayClosed")
      for (const { symbol, closePaise } of event.prices) closes.set(symbol, BigInt(closePaise));
  return requiredOf({
    live: [...live.values()],
    trades,
    early,
    marks,
    negotiated,
    closes,
    trading,
  });
}

/** What all that has happened leaves. `trading`: the settlement that new trades join. */
type Left = {
  readonly live: readonly Live[];
  readonly trades: readonly Trade[];
  readonly early: readonly EarlyPaidIn[];
  readonly marks: ReadonlyMap<string, bigint>;
  readonly negotiated: ReadonlyMap<string, bigint>;
  readonly closes: ReadonlyMap<string, bigint>;
  readonly trading: string | null;
};

function requiredOf(left: Left): Map<string, bigint> {
  const required = new Map<string, bigint>();
  const open = left.live.filter(({ leaves }) => leaves > 0);
  const accounts = [
    ...left.trades.map(({ account }) => account),
    ...open.map((one) => nameOf(one.order)),
  ];
  for (const account of new Set(accounts)) {
    let sum = 0n;
    const own = left.trades.filter((trade) => trade.account === account);
    const orders = open.filter(({ order }) => nameOf(order) === account);
    const symbols = [...own.map(({ symbol }) => symbol), ...orders.map((one) => one.order.symbol)];
    for (const symbol of new Set(symbols)) {
      const inSymbol = own.filter((trade) => trade.symbol === symbol);
      const ordersOfSymbol = orders.filter(({ order }) => order.symbol === symbol);
      const early = left.early.filter((each) => nameOf(each) === account && each.symbol === symbol);
      sum += requiredIn(symbol, inSymbol, ordersOfSymbol, { ...left, early });
    }
    if (sum > 0n) required.set(account, sum);
  }
  return required;
}

/** One account's margin in one symbol, of its own trades, orders and early pay-ins there. */
function requiredIn(
  symbol: string,
  trades: readonly Trade[],
  orders: readonly Live[],
  { early, marks, negotiated, closes, trading }: Left,
): bigint {
  let sum = 0n;
  const known = nseInstruments.find((each) => each.symbol === symbol);
  const reference = known?.referenceClosePaise ?? null;
  const mark =
    closes.get(symbol) ??
    (reference === null ? (marks.get(symbol) ?? negotiated.get(symbol)) : BigInt(reference)) ??
    0n;
  const rate = known === undefined ? 5_350n : 2_000n;
  const numbers = new Set(trades.map(({ settlementNumber }) => settlementNumber));
  const paid = (number: string | null): EarlyPaidIn[] =>
    early.filter(({ settlementNumber }) => settlementNumber === number);
  for (const number of numbers) {
    if (number === trading) continue;
    const lots = trades.filter(({ settlementNumber }) => settlementNumber === number);
    sum += marginOf(lots, mark, rate, paid(number));
  }
  const joined = trades.filter(({ settlementNumber }) => settlementNumber === trading);
  const filled = (side: "BUY" | "SELL"): Lot[] =>
    orders
      .filter(({ order }) => order.side === side)
      .map(({ order, leaves }) => lotOf(order, leaves, mark));
  const ways = (["BUY", "SELL"] as const).map((side) =>
    marginOf([...joined, ...filled(side)], mark, rate, paid(trading)),
  );
  return sum + ways.reduce((most, way) => (way > most ? way : most));
}

const endings: ReadonlySet<string> = new Set(["OrderCanceled", "OrderExpired", "OrderDeclined"]);

function tradesOf(event: TradeNovated): Trade[] {
  const { symbol, settlementNumber, quantity, amountPaise, buyer, seller } = event;
  const sides = [
    { holder: buyer, sign: 1n },
    { holder: seller, sign: -1n },
  ];
  return sides
    .filter(({ holder }) => holder.cover === "margin")
    .map(({ holder, sign }) => ({
      account: nameOf(holder),
      symbol,
      settlementNumber,
      shares: sign * BigInt(quantity),
      paise: sign * BigInt(amountPaise),
    }));
}

function lotOf({ side, pricePaise }: OrderAccepted, leaves: number, mark: bigint): Lot {
  const sign = side === "BUY" ? 1n : -1n;
  const price = pricePaise === null ? mark : BigInt(pricePaise);
  return { shares: sign * BigInt(leaves), paise: sign * BigInt(leaves) * price };
}

function marginOf(
  lots: readonly Lot[],
  mark: bigint,
  rate: bigint,
  paid: readonly EarlyPaidIn[],
): bigint {
  let shares = 0n;
  let paise = 0n;
  for (const lot of lots) {
    shares += lot.shares;
    paise += lot.paise;
  }
  const loss = paise - shares * mark;
  const lost = loss > 0n ? loss : 0n;
  if (shares === 0n) return lost;
  const size = shares < 0n ? -shares : shares;
  let open = size;
  for (const { asset, quantity } of paid)
    if ((asset === "INR") === shares > 0n) open -= BigInt(quantity);
  if (open < 0n) open = 0n;
  return ceiling(open * mark * rate, 10_000n) + ceiling(lost * open, size);
}

function ceiling(amount: bigint, by: bigint): bigint {
  return amount / by + (amount % by > 0n ? 1n : 0n);
}

function note(marks: Map<string, bigint>, symbol: string, price: number | null): void {
  if (price !== null && !marks.has(symbol)) marks.set(symbol, BigInt(price));
}

function nameOf(holder: { readonly participant: string; readonly client: string | null }): string {
  return holder.client === null ? holder.participant : `${holder.participant}/${holder.client}`;
}
