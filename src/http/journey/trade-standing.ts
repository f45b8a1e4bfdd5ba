import { z } from "zod";
import { utcMoment } from "../../protocol/own/public-fields.ts";
import { tradeSchema } from "../../protocol/own/trade-message.ts";
import {
  settlementStatuses,
  tradeStates,
  type TradeChange,
  type TradeWay,
} from "../../protocol/ways/way-change.ts";
import type { ToldTrade } from "../../services/books/older-records.ts";
import type { InstructionRecords } from "../../services/records/instruction-records.ts";
import type { MarketRecords } from "../../services/records/market-records.ts";
import type { PlacedChange } from "../../services/step-place.ts";
import { instructionsOf, tradeChangeJson, tradeJson } from "./trade-json.ts";

/** A trade and how far it is on its way. */
export const standingSchema = tradeSchema.extend({
  state: z
    .enum([...tradeStates, "Netted", "PaidIn", "Ended"])
    .describe(
      "how far it is; Settled, ClosedOut and Failed are ends; Ended: one of these, so long ago that its settlement's obligations alone tell which",
    ),
  status: z.enum(settlementStatuses).nullable().describe("ISO 20022's word for it; null: Ended"),
  reason: z.string().nullable().describe("why it is not settled: FUTU, CLAC, MONY"),
  settlement_number: z.string().nullable().describe("null: it settled at once"),
  settlement_date: z.string().nullable(),
  settled_quantity: z.int().nullable().describe("null: Ended"),
  short_quantity: z.int().nullable().describe("null: Ended"),
  settled_at: utcMoment.nullable(),
});

/** What it is told by. */
type StandingRecords = Pick<MarketRecords, "instructions" | "ways">;

/** A trade on its way, on the wire. */
export type StandingJson = z.infer<typeof standingSchema>;

/**
 * How far the trade is. Netted and paid in are said of accounts, not of trades: a trade is so once
 * an account of its sides is.
 */
export function standingJson(records: StandingRecords, record: ToldTrade): StandingJson {
  const trade = tradeJson(record);
  if (record.isSettledAtOnce)
    return {
      ...trade,
      state: "Settled",
      status: "Settled",
      reason: null,
      settlement_number: null,
      settlement_date: null,
      settled_quantity: trade.quantity,
      short_quantity: 0,
      settled_at: trade.executed_at,
    };
  const last = record.way.at(-1) ?? changeOfLiving(records, record);
  if (last === null)
    return {
      ...trade,
      state: "Ended",
      status: null,
      reason: null,
      settlement_number: record.novated?.settlementNumber ?? null,
      settlement_date: record.novated?.settlementDate ?? null,
      settled_quantity: null,
      short_quantity: null,
      settled_at: null,
    };
  const change = tradeChangeJson(last);
  const { instructions } = records;
  const way = record.way.length === 0 ? [last] : record.way;
  return {
    ...trade,
    state:
      change.status === "Pending"
        ? pendingState(instructions, { ...record, way }, change.state)
        : change.state,
    status: change.status,
    reason: change.reason,
    settlement_number: change.settlement_number,
    settlement_date: change.settlement_date,
    settled_quantity: change.settled_quantity,
    short_quantity: change.short_quantity,
    settled_at: change.settled_at,
  };
}

/** Of a trade whose way is not kept: how far it is, by what is short and received; null: ended. */
function changeOfLiving(
  { ways }: StandingRecords,
  { trade, place }: ToldTrade,
): PlacedChange<TradeChange> | null {
  const way = ways.get(place.shard)?.byId.get(trade.tradeId);
  if (way === undefined) return null;
  const change = { type: "Trade" as const, eventIndex: 0, side: null, ...way, ...standingOf(way) };
  return { id: "", place, change };
}

function standingOf(way: TradeWay): Pick<TradeChange, "state" | "status" | "reason"> {
  if (way.delivered > 0)
    return { state: "PartiallySettled", status: "PartiallySettled", reason: "CLAC" };
  if (way.boughtIn > 0) return { state: "BoughtIn", status: "BoughtIn", reason: null };
  if (way.short > 0) return { state: "Short", status: "Failing", reason: "CLAC" };
  return { state: "Novated", status: "Pending", reason: "FUTU" };
}

function pendingState(
  instructions: InstructionRecords,
  record: ToldTrade,
  state: StandingJson["state"],
): StandingJson["state"] {
  const own = instructionsOf(instructions, record, null);
  if (own.length === 0) return state;
  const isPaidIn = own.some(({ changes }) =>
    changes.some(({ change }) => change.state === "PaidIn"),
  );
  return isPaidIn ? "PaidIn" : "Netted";
}
