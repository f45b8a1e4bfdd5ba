import { utcTime } from "../protocol/moment.ts";
import { settlementMessage } from "../protocol/settlement-message.ts";
import type { SettlementMessage } from "../protocol/settlement-message.ts";
import { printMessage, tradeMessage } from "../protocol/trade-message.ts";
import type { PrintMessage, Said, TradeMessage } from "../protocol/trade-message.ts";
import type { StepPlace } from "../services/step-place.ts";
import type { TradeRecord } from "../services/trade-records.ts";

/** The trade as `sauda.trades` has it: the same fields, made by the same code. */
export function tradeJson({ trade, place }: TradeRecord): TradeMessage {
  return tradeMessage(trade, saidAt(place));
}

/** The trade as the tape has it. */
export function printJson({ trade, place }: TradeRecord): PrintMessage {
  return printMessage(trade, saidAt(place));
}

/** The settlement as `sauda.settlements` has it; null where the trade did not settle at once. */
export function settlementJson({ trade, delivered, place }: TradeRecord): SettlementMessage | null {
  if (delivered === null) return null;
  return settlementMessage(delivered.settled, trade, delivered.journal, saidAt(place));
}

function saidAt({ atMs, shard, seq }: StepPlace): Said {
  return { at: utcTime(atMs), shard, seq };
}
