import { utcTime } from "../protocol/moment.ts";
import type { SettlementMessage } from "../protocol/settlement-message.ts";
import type { TradeMessage } from "../protocol/trade-message.ts";
import { settlementMessage } from "../protocol/settlement-message.ts";
import { tradeMessage } from "../protocol/trade-message.ts";
import type { TradeRecord } from "../services/trade-records.ts";

/** The trade as `sauda.trades` has it: the same fields, made by the same code. */
export function tradeJson({ trade, place }: TradeRecord): TradeMessage {
  return tradeMessage(trade, { at: utcTime(place.atMs), shard: place.shard, seq: place.seq });
}

/** The settlement as `sauda.settlements` has it. */
export function settlementJson({ trade, settled, journal, place }: TradeRecord): SettlementMessage {
  const moment = { at: utcTime(place.atMs), shard: place.shard, seq: place.seq };
  return settlementMessage(settled, trade, journal, moment);
}
