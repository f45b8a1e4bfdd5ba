import type { Step } from "../../domain/facts/event.ts";
import { instructionId } from "../../domain/facts/ids.ts";
import { utcTime } from "../../protocol/moment.ts";
import { findDeliveries } from "../../protocol/own/deliveries.ts";
import {
  settlementMessage,
  type SettlementMessage,
} from "../../protocol/own/settlement-message.ts";
import {
  printMessage,
  tradeMessage,
  type PrintMessage,
  type StepRef,
  type TradeMessage,
} from "../../protocol/own/trade-message.ts";
import {
  instructionMessage,
  tradeChangeMessage,
  type InstructionChangeMessage,
  type TradeChangeMessage,
} from "../../protocol/own/way-message.ts";
import {
  findInstruction,
  type InstructionRecord,
  type InstructionRecords,
} from "../../services/records/instruction-records.ts";
import type { PlacedChange, StepPlace } from "../../services/step-place.ts";
import type { TradeRecord } from "../../services/records/trade-records.ts";
import type { ToldTrade } from "../../services/books/older-records.ts";
import type { InstructionChange, TradeChange } from "../../protocol/ways/way-change.ts";

/** The trade as `sauda.trades` has it: the same fields, made by the same code. */
export function tradeJson({ trade, place }: ToldTrade): TradeMessage {
  return tradeMessage(trade, stepRefOf(place));
}

/** The trade as the tape has it. */
export function printJson({ trade, place }: TradeRecord): PrintMessage {
  return printMessage(trade, stepRefOf(place));
}

/**
 * The settlement as `sauda.settlements` has it, of the trade's own step; null where the trade did
 * not settle at once.
 */
export function settlementJson(
  { trade, place }: ToldTrade,
  step: Step | null,
): SettlementMessage | null {
  for (const event of step?.events ?? []) {
    if (event.type !== "TradeSettled" || event.tradeId !== trade.tradeId) continue;
    const journal = step === null ? undefined : findDeliveries(step).journals.get(event.journalId);
    if (journal !== undefined) return settlementMessage(event, trade, journal, stepRefOf(place));
  }
  return null;
}

/** A step of a trade's way as `sauda.settlements` has it. */
export function tradeChangeJson({
  id,
  place,
  change,
}: PlacedChange<TradeChange>): TradeChangeMessage {
  return tradeChangeMessage(change, id, stepRefOf(place));
}

/** A change of an instruction as `sauda.settlements` has it. */
export function instructionJson({
  id,
  place,
  change,
}: PlacedChange<InstructionChange>): InstructionChangeMessage {
  return instructionMessage(change, id, stepRefOf(place));
}

/**
 * The instructions that a trade went into: cash and shares of the accounts of both its sides, as
 * far as they have any. With a participant only those of its accounts.
 */
export function instructionsOf(
  records: InstructionRecords,
  { trade, place, way }: ToldTrade,
  participant: string | null,
): InstructionRecord[] {
  const last = way.at(-1)?.change;
  if (last === undefined) return [];
  const { settlementNumber, buyer, seller } = last;
  const holders = [buyer, seller].filter(
    (holder) => participant === null || holder.participant === participant,
  );
  const ids = holders.flatMap((holder) =>
    ["INR", trade.symbol].map((asset) => instructionId(settlementNumber, holder, asset)),
  );
  return [...new Set(ids)].flatMap((id) => findInstruction(records, place.shard, id) ?? []);
}

function stepRefOf({ atMs, shard, seq }: StepPlace): StepRef {
  return { at: utcTime(atMs), shard, seq };
}
