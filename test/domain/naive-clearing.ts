import type { Holder } from "../../src/domain/facts/account.ts";
import type { MarketEvent } from "../../src/domain/facts/event.ts";

/**
 * What the trades of a settlement add up to, and what was said of it. Naive: one map of sums,
 * no positions.
 */
type Naive = {
  readonly type: string;
  readonly tradeDate: string;
  /** By account and asset. */
  readonly nets: Map<string, number>;
  readonly settled: Map<string, number>;
  readonly trades: Map<string, number>;
  grossPaise: number;
  isPaidOut: boolean;
  completed: number;
};

type Books = {
  readonly settlements: Map<string, Naive>;
  readonly lots: Map<
    string,
    { left: number; readonly deliveryId: string; readonly receiptId: string }
  >;
  /** Shares of an instruction that are bought in or closed out. */
  readonly instead: Map<string, number>;
  /** Cash of an instruction that is owed. */
  readonly owed: Map<string, number>;
  /** What a symbol traded at in the book, by the trade date of the trade's own settlement. */
  readonly traded: Map<string, number[]>;
  readonly highs: Map<string, number>;
  readonly problems: string[];
};

/**
 * A second, naive reading of clearing's events. Returns what is wrong: nets that are not the sums
 * of their trades, something received before all was paid in, or something settled twice or not
 * at all.
 */
export function readClearing(events: readonly MarketEvent[]): string[] {
  const books: Books = {
    settlements: new Map(),
    lots: new Map(),
    instead: new Map(),
    owed: new Map(),
    traded: new Map(),
    highs: new Map(),
    problems: [],
  };
  for (const event of events) read(books, event);
  for (const [lotId, { left }] of books.lots)
    if (left !== 0) books.problems.push(`${lotId} has ${left} left`);
  for (const [number, naive] of books.settlements) finish(books, number, naive);
  for (const [name, prices] of books.traded)
    if (books.highs.get(name) !== Math.max(...prices))
      books.problems.push(
        `${name} closed with ${books.highs.get(name)} as highest of ${prices.join()}`,
      );
  return books.problems;
}

type Reader<Type extends MarketEvent["type"]> = (
  books: Books,
  event: Extract<MarketEvent, { readonly type: Type }>,
) => void;

const readers: { readonly [Type in MarketEvent["type"]]?: Reader<Type> } = {
  SettlementOpened: ({ settlements, problems }, event) => {
    const { settlementNumber, settlementType, tradeDate } = event;
    if (settlements.has(settlementNumber)) problems.push(`${settlementNumber} again`);
    settlements.set(settlementNumber, newNaive(settlementType, tradeDate));
  },
  TradingDayClosed: ({ highs }, { tradeDate, prices }) => {
    for (const { symbol, highPaise } of prices) highs.set(`${tradeDate} ${symbol}`, highPaise);
  },
  TradeNovated: (books, event) => {
    const { settlementNumber, tradeId, symbol, quantity, amountPaise, buyer, seller } = event;
    const naive = of(books, settlementNumber);
    naive.grossPaise += amountPaise;
    const name = `${naive.tradeDate} ${symbol}`;
    if (event.kind === "book")
      books.traded.set(name, [...(books.traded.get(name) ?? []), event.pricePaise]);
    if (naive.type === "Z") return add(naive.trades, tradeId, 1);
    add(naive.nets, `${nameOf(buyer)} INR`, 0 - amountPaise);
    add(naive.nets, `${nameOf(buyer)} ${symbol}`, quantity);
    add(naive.nets, `${nameOf(seller)} INR`, amountPaise);
    add(naive.nets, `${nameOf(seller)} ${symbol}`, 0 - quantity);
  },
  ObligationDetermined: (books, event) => {
    const naive = of(books, event.settlementNumber);
    for (const { asset, amount } of event.obligations) {
      const net = naive.nets.get(`${nameOf(event)} ${asset}`);
      if (net !== amount) books.problems.push(`${nameOf(event)} ${asset}: ${amount} is not ${net}`);
    }
  },
  MemberObligationDetermined: (books, event) => {
    const naive = of(books, event.settlementNumber);
    for (const { asset, amount } of event.obligations) {
      const net = memberNet(naive, event.participant, asset);
      if (net !== amount)
        books.problems.push(`${event.participant} ${asset}: ${amount}, not ${net}`);
    }
  },
  InstructionUpdated: (books, event) => {
    const naive = of(books, event.settlementNumber);
    const { instructionId: id, amount, settledAmount, movement, asset } = event;
    const before = naive.settled.get(id) ?? 0;
    if (settledAmount < before || settledAmount > amount) books.problems.push(`${id} twice`);
    naive.settled.set(id, settledAmount);
    const net = naive.nets.get(`${nameOf(event)} ${asset}`) ?? 0;
    if (amount !== (movement === "DELI" ? 0 - net : net)) books.problems.push(`${id} of ${amount}`);
  },
  JournalPosted: (books, { journal: { kind, reference } }) => {
    const number = /^(?:I-)?([M5]\d{7})-/.exec(reference)?.[1];
    if (number === undefined) return;
    const naive = of(books, number);
    if (kind === "PAY_IN") afterTheOthers(books, number, naive);
    if (kind === "PAY_OUT") naive.isPaidOut = true;
    else if (naive.isPaidOut) books.problems.push(`${number}: ${kind} after pay-out began`);
  },
  ShortageFound: ({ lots }, { lotId, quantity, deliveryId, receiptId }) => {
    lots.set(lotId, { left: quantity, deliveryId, receiptId });
  },
  BoughtIn: (books, event) => {
    instead(books, event);
    add(of(books, event.settlementNumber).trades, event.tradeId, 1);
  },
  ClosedOut: instead,
  TradeDelivered: (books, event) => {
    const naive = of(books, event.settlementNumber);
    if (naive.type === "Z") afterTheOthers(books, event.settlementNumber, naive);
    ended(books, event);
  },
  TradeClosedOut: ended,
  TradeFailed: ended,
  DebtIncurred: ({ owed }, { settlementNumber: number, reason, debtor, creditor, paise }) => {
    if (reason === "MONY") add(owed, `I-${number}-${debtor}-INR`, paise);
    if (reason === "CMON") add(owed, `I-${number}-${creditor}-INR`, paise);
  },
  SettlementCompleted: (books, { settlementNumber, grossPaise }) => {
    const naive = of(books, settlementNumber);
    naive.completed += 1;
    if (naive.type !== "A" && grossPaise !== naive.grossPaise)
      books.problems.push(`${settlementNumber} gross ${grossPaise}`);
  },
};

function read(books: Books, event: MarketEvent): void {
  const reader = readers[event.type] as ((books: Books, event: MarketEvent) => void) | undefined;
  reader?.(books, event);
}

function of({ settlements, problems }: Books, number: string): Naive {
  const naive = settlements.get(number);
  if (naive === undefined) throw new Error(`${number} was never opened`);
  if (naive.completed > 0) problems.push(`${number} goes on after its end`);
  return naive;
}

/**
 * What is paid in waits until all that traded before it, in settlements of its type, has been
 * paid out.
 */
function afterTheOthers({ settlements, problems }: Books, number: string, naive: Naive): void {
  for (const [other, { type, tradeDate, completed }] of settlements)
    if (type === naive.type && tradeDate < naive.tradeDate && completed === 0)
      problems.push(`${number} is paid in before ${other} is over`);
}

function instead(
  { lots, instead: sums }: Books,
  { lotId, quantity }: { readonly lotId: string; readonly quantity: number },
): void {
  const lot = lots.get(lotId);
  if (lot === undefined) throw new Error(`${lotId} was never found`);
  lot.left -= quantity;
  add(sums, lot.deliveryId, quantity);
  add(sums, lot.receiptId, quantity);
}

function ended(
  books: Books,
  event: { readonly settlementNumber: string; readonly tradeId: string },
): void {
  add(of(books, event.settlementNumber).trades, event.tradeId, -1);
}

/**
 * Each net is settled, bought in, closed out or owed; each trade that settles by itself ended once.
 */
function finish({ instead: sums, owed, problems }: Books, number: string, naive: Naive): void {
  if (naive.completed !== 1) problems.push(`${number} completed ${naive.completed} times`);
  for (const [tradeId, left] of naive.trades)
    if (left !== 0) problems.push(`${tradeId} of ${number} ended ${1 - left} times`);
  for (const [name, net] of naive.nets) {
    const id = `I-${number}-${name.replace(" ", "-")}`;
    const done = (naive.settled.get(id) ?? 0) + (sums.get(id) ?? 0) + (owed.get(id) ?? 0);
    // What a member's own account does not pay it owes to whoever paid for it, not to itself.
    const isOwnCash = name.endsWith(" INR") && !name.includes("/") && net < 0;
    if (isOwnCash ? done > Math.abs(net) : done !== Math.abs(net))
      problems.push(`${id}: ${done} of ${net} is accounted for`);
  }
}

function memberNet({ nets }: Naive, participant: string, asset: string): number {
  let sum = 0;
  for (const [name, net] of nets) {
    const [account = "", of] = name.split(" ");
    if (of === asset && account.split("/")[0] === participant) sum += net;
  }
  return sum;
}

function newNaive(type: string, tradeDate: string): Naive {
  const maps = { nets: new Map(), settled: new Map(), trades: new Map() };
  return { type, tradeDate, ...maps, grossPaise: 0, isPaidOut: false, completed: 0 };
}

function add(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

function nameOf({ participant, client }: Holder): string {
  return client === null ? participant : `${participant}/${client}`;
}
