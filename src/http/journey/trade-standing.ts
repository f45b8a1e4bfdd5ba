import { z } from "zod";
import { utcMoment } from "../../protocol/own/public-fields.ts";
import { tradeSchema } from "../../protocol/own/trade-message.ts";
import { settlementStatuses, tradeStates } from "../../protocol/ways/way-change.ts";
import type { InstructionRecords } from "../../services/records/instruction-records.ts";
import type { TradeRecord } from "../../services/records/trade-records.ts";
import { instructionsOf, tradeChangeJson, tradeJson } from "./trade-json.ts";

/** A trade and how far it is on its way. */
export const standingSchema = tradeSchema.extend({
  state: z
    .enum([...tradeStates, "Netted", "PaidIn"])
    .describe("how far it is; Settled, ClosedOut and Failed are ends"),
  status: z.enum(settlementStatuses).describe("ISO 20022's word for it"),
  reason: z.string().nullable().describe("why it is not settled: FUTU, CLAC, MONY"),
  settlement_number: z.string().nullable().describe("null: it settled at once"),
  settlement_date: z.string().nullable(),
  settled_quantity: z.int(),
  short_quantity: z.int(),
  settled_at: utcMoment.nullable(),
});

/** A trade on its way, on the wire. */
export type StandingJson = z.infer<typeof standingSchema>;

/**
 * How far the trade is. Netted and paid in are said of accounts, not of trades: a trade is so once
 * an account of its sides is.
 */
export function standingJson(instructions: InstructionRecords, record: TradeRecord): StandingJson {
  const trade = tradeJson(record);
  const last = record.way.at(-1);
  if (last === undefined)
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
  const change = tradeChangeJson(last);
  return {
    ...trade,
    state:
      change.status === "Pending" ? pendingState(instructions, record, change.state) : change.state,
    status: change.status,
    reason: change.reason,
    settlement_number: change.settlement_number,
    settlement_date: change.settlement_date,
    settled_quantity: change.settled_quantity,
    short_quantity: change.short_quantity,
    settled_at: change.settled_at,
  };
}

function pendingState(
  instructions: InstructionRecords,
  record: TradeRecord,
  state: StandingJson["state"],
): StandingJson["state"] {
  const own = instructionsOf(instructions, record, null);
  if (own.length === 0) return state;
  const isPaidIn = own.some(({ changes }) =>
    changes.some(({ change }) => change.state === "PaidIn"),
  );
  return isPaidIn ? "PaidIn" : "Netted";
}
