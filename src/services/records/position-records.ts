import { accountKey } from "../../domain/facts/account.ts";
import type { TradeExecuted, TradeSide } from "../../domain/facts/trade-event.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";

/**
 * What an account bought and sold of one symbol since the market began: shares, and paise paid
 * and got.
 */
export type Position = {
  readonly account: string;
  readonly participant: string;
  readonly symbol: string;
  bought: number;
  boughtPaise: bigint;
  sold: number;
  soldPaise: bigint;
};

/** Positions by account, then symbol. Grows with accounts and symbols, like the balances. */
export type PositionRecords = Map<string, Map<string, Position>>;

/** Takes a trade in, for both sides. */
export function notePosition(records: PositionRecords, trade: TradeExecuted): void {
  const buyer = positionOf(records, trade.buy, trade.symbol);
  buyer.bought += trade.quantity;
  buyer.boughtPaise += BigInt(trade.amountPaise);
  const seller = positionOf(records, trade.sell, trade.symbol);
  seller.sold += trade.quantity;
  seller.soldPaise += BigInt(trade.amountPaise);
}

function positionOf(
  records: PositionRecords,
  { participant, client }: TradeSide,
  symbol: string,
): Position {
  const account = accountKey(participant, client);
  const none = { bought: 0, boughtPaise: 0n, sold: 0, soldPaise: 0n };
  const own = getOrMake(records, account, () => new Map<string, Position>());
  return getOrMake(own, symbol, () => ({ account, participant, symbol, ...none }));
}
