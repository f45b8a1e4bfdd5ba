import { accountKey } from "../../domain/facts/account.ts";
import { groupedRupees } from "../../domain/facts/units.ts";
import { amountWords, type Tellers } from "./amounts.ts";

/** What is told of margins. */
export const marginTellers: Tellers = {
  MarginRequired: ({ participant, client, requiredPaise, blockedPaise }) => [
    `MARGIN ${accountKey(participant, client)}: Rs ${groupedRupees(requiredPaise)} required, Rs ${groupedRupees(blockedPaise)} blocked`,
  ],
  MarginShort: ({ participant, client, lackPaise }) => [
    `MARGIN ${accountKey(participant, client)} is short of Rs ${groupedRupees(lackPaise)}: only orders that lower it`,
  ],
  EarlyPaidIn: ({ participant, client, settlementNumber, asset, amount }) => [
    `EARLY PAY-IN ${settlementNumber} ${accountKey(participant, client)}: ${amountWords(asset, amount)}`,
  ],
  SquaredOff: ({ participant, client, side, symbol, quantity, filledQuantity }) => [
    `SQUARE-OFF ${accountKey(participant, client)} ${side} ${filledQuantity} of ${quantity} ${symbol}${filledQuantity < quantity ? ": the rest is delivered" : ""}`,
  ],
  MarginPositionsClosed: () => [],
  MarginsRevalued: () => [],
};
