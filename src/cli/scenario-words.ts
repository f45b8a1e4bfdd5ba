import { accountKey } from "../domain/account.ts";
import type { Obligation } from "../domain/clearing-event.ts";
import type { MarketEvent, TradeExecuted } from "../domain/event.ts";
import type { Journal } from "../domain/journal.ts";
import { rupees } from "../domain/units.ts";
import { fieldText } from "../services/scenario-expecting.ts";

/** An event in words, one line or several; none where it only says how far the market's own work is. */
export function wordsOf(event: MarketEvent): readonly string[] {
  const tell = tellers[event.type] as ((event: MarketEvent) => readonly string[]) | undefined;
  return tell?.(event) ?? [`${titleOf(event.type)} ${plainFields(event)}`.trimEnd()];
}

/** An amount of an asset: rupees, or shares. */
export function amountWords(asset: string, amount: number): string {
  return asset === "INR" ? `Rs ${rupees(amount)}` : `${amount} ${asset}`;
}

/** `1 trade`, `2 trades`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** A share of a whole in hundredths of a percent: `81.03 %`. */
export function percentWords(basisPoints: number): string {
  return `${rupees(basisPoints)} %`;
}

type Tellers = {
  readonly [Type in MarketEvent["type"]]?: (
    event: Extract<MarketEvent, { readonly type: Type }>,
  ) => readonly string[];
};

const tellers: Tellers = {
  InstrumentListed: ({ instrument }) => [`LISTED ${instrument.symbol}`],
  OrderAccepted: (order) => {
    const { clientOrderId, participant, client, side, quantity, symbol, pricePaise } = order;
    const price = pricePaise === null ? "unpriced" : `@ ${rupees(pricePaise)}`;
    const waits = order.counterparty === null ? "" : `, waits for ${order.counterparty}`;
    const who = accountKey(participant, client);
    return [`ORDER ${clientOrderId} ${who} ${side} ${quantity} ${symbol} ${price}${waits}`];
  },
  OrderRejected: ({ clientOrderId, reason, text }) => [
    `ORDER ${clientOrderId} rejected: ${reason}: ${text}`,
  ],
  OrderCanceled: ({ clientOrderId, quantity, cumQuantity, symbol }) => [
    `ORDER ${clientOrderId} canceled: ${quantity - cumQuantity} of ${quantity} ${symbol} taken out`,
  ],
  TradeExecuted: (trade) => [tradeWords(trade)],
  TradeSettled: ({ tradeId }) => [`SETTLED ${tradeId} at once, shares against cash`],
  JournalPosted: ({ journal }) => journalWords(journal),
  SettlementOpened: ({ settlementNumber, tradeDate, settlementDate }) => [
    `SETTLEMENT ${settlementNumber} opened: traded ${tradeDate}, settled ${settlementDate}`,
  ],
  TradeNovated: ({ tradeId, settlementNumber }) => [
    `NOVATED ${tradeId} in ${settlementNumber}: each side owes the clearing corporation`,
  ],
  TradingDayOpened: () => [],
  TradingDayClosed: ({ prices }) =>
    prices.map(
      ({ symbol, closePaise, highPaise }) =>
        `CLOSE ${symbol} ${rupees(closePaise)}, highest ${rupees(highPaise)}`,
    ),
  SettlementStageBegun: ({ settlementNumber, stage }) => [
    `SETTLEMENT ${settlementNumber}: ${titleOf(stage).toLowerCase()}`,
  ],
  SettlementWorkDone: () => [],
  ObligationDetermined: ({ settlementNumber, participant, client, status, obligations }) => [
    `OBLIGATION ${settlementNumber} ${accountKey(participant, client)}: ${owedWords(obligations)} (${status.toLowerCase()})`,
  ],
  MemberObligationDetermined: ({ settlementNumber, participant, status, obligations }) => [
    `OBLIGATION ${settlementNumber} member ${participant}: ${owedWords(obligations)} (${status.toLowerCase()})`,
  ],
  InstructionUpdated: (instruction) => {
    const { settlementNumber, participant, client, asset, movement, status, reason } = instruction;
    const does = movement === "DELI" ? "delivers" : "receives";
    const { settledAmount, amount } = instruction;
    const part = settledAmount === amount ? "" : ` of ${amountWords(asset, amount)}`;
    const why = reason === null ? "" : ` ${reason}`;
    return [
      `INSTRUCTION ${settlementNumber} ${accountKey(participant, client)} ${does} ${amountWords(asset, settledAmount)}${part}: ${status}${why}`,
    ];
  },
  MemberPaid: ({ settlementNumber, participant, direction, paidPaise }) => [
    direction === "PayIn"
      ? `PAY-IN ${settlementNumber} ${participant} pays Rs ${rupees(paidPaise)}`
      : `PAY-OUT ${settlementNumber} ${participant} gets Rs ${rupees(paidPaise)}`,
  ],
  SettlementCompleted: ({ settlementNumber, trades, savedBasisPoints }) => [
    `SETTLEMENT ${settlementNumber} completed: ${counted(trades, "trade")}, netting saved ${percentWords(savedBasisPoints)} of the cash`,
  ],
};

function tradeWords({ tradeId, quantity, symbol, pricePaise, buy, sell }: TradeExecuted): string {
  const buyer = accountKey(buy.participant, buy.client);
  const seller = accountKey(sell.participant, sell.client);
  return `TRADE ${tradeId} ${quantity} ${symbol} @ ${rupees(pricePaise)}: ${buyer} buys from ${seller}`;
}

/** `pays Rs 98500.00, receives 100 SBIN`. */
function owedWords(obligations: readonly Obligation[]): string {
  const words = obligations
    .filter(({ amount }) => amount !== 0)
    .map(({ asset, amount }) => {
      const gives = asset === "INR" ? "pays" : "delivers";
      return `${amount < 0 ? gives : "receives"} ${amountWords(asset, Math.abs(amount))}`;
    });
  return words.length === 0 ? "nothing" : words.join(", ");
}

function journalWords({ kind, reference, postings }: Journal): string[] {
  return [
    `JOURNAL ${kind} ${reference}`,
    ...postings.map(({ account, asset, bucket, amount }) => {
      const said = asset === "INR" ? rupees(amount) : String(amount);
      return `  ${account} ${asset} ${bucket} ${amount > 0 ? "+" : ""}${said}`;
    }),
  ];
}

/** `TradeSettled` as `TRADE SETTLED`. */
function titleOf(type: string): string {
  return type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toUpperCase();
}

/** The fields that are one value, in their order; rupees and moments as people read them. */
function plainFields(event: MarketEvent): string {
  return Object.keys(event)
    .filter((name) => name !== "type")
    .flatMap((name) => {
      const plain = name.replace(/(Paise|Ms)$/, "");
      const text = fieldText(event, plain);
      return text === undefined || text === "none" ? [] : [`${plain} ${text}`];
    })
    .join("   ");
}
