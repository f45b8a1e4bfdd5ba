import { accountKey } from "../../domain/facts/account.ts";
import type { Obligation } from "../../domain/facts/clearing-event.ts";
import { groupedRupees } from "../../domain/facts/units.ts";
import { amountWords, counted, percentWords, titleOf, type Tellers } from "./amounts.ts";

/** What is told of a settlement's way, from its first trade to its end. */
export const clearingTellers: Tellers = {
  SettlementOpened: ({ settlementNumber, tradeDate, settlementDate }) => [
    `SETTLEMENT ${settlementNumber} opened: traded ${tradeDate}, settled ${settlementDate}`,
  ],
  TradeNovated: ({ tradeId, settlementNumber }) => [
    `NOVATED ${tradeId} in ${settlementNumber}: each side owes the clearing corporation`,
  ],
  TradingDayOpened: () => [],
  TradingDayClosed: ({ tradeDate, prices }) =>
    prices.map(
      ({ symbol, closePaise, highPaise }) =>
        `CLOSE of ${tradeDate} ${symbol} ${groupedRupees(closePaise)}, highest ${groupedRupees(highPaise)}`,
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
  TradeDelivered: ({ settlementNumber, tradeId }) => [
    `DELIVERED ${tradeId} in ${settlementNumber}, shares against cash`,
  ],
  TradesConfirmed: ({ settlementNumber, count }) => [
    `CONFIRMED ${settlementNumber}: ${counted(count, "trade")}`,
  ],
  MemberPaid: ({ settlementNumber, participant, direction, paidPaise }) => [
    direction === "PayIn"
      ? `PAY-IN ${settlementNumber} ${participant} pays Rs ${groupedRupees(paidPaise)}`
      : `PAY-OUT ${settlementNumber} ${participant} gets Rs ${groupedRupees(paidPaise)}`,
  ],
  SettlementCompleted: ({ settlementNumber, trades, savedBasisPoints }) => [
    `SETTLEMENT ${settlementNumber} completed: ${counted(trades, "trade")}, netting saved ${percentWords(savedBasisPoints)} of the cash`,
  ],
};

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
