import type { SettlementType } from "../../domain/facts/calendar.ts";
import type { InstructionUpdated, Schedule, Stage } from "../../domain/facts/clearing-event.ts";
import type { TimeMs } from "../../domain/facts/units.ts";
import { orNull, record, word, type Shape } from "./shape.ts";

/** Which settlement of its date. */
export const settlementType: Shape<SettlementType> = word({ M: true, Z: true, "5": true, A: true });

/** How far a settlement has come. */
export const stage: Shape<Stage> = word({
  Trading: true,
  Provisional: true,
  Devolution: true,
  Final: true,
  PayInShares: true,
  Margins: true,
  PayInCash: true,
  Shortages: true,
  PayOutCash: true,
  PayOutShares: true,
  Confirmation: true,
  Delivery: true,
});

/** Whether an account delivers or receives. */
export const movement: Shape<InstructionUpdated["movement"]> = word({ DELI: true, RECE: true });

/** When the stages of a settlement begin, of moments as they are written there. */
export function scheduleOf(moment: Shape<TimeMs>): Shape<Schedule> {
  return record<Schedule>({
    tradedUntilMs: moment,
    affirmUntilMs: orNull(moment),
    finalAtMs: orNull(moment),
    payInAtMs: moment,
    auctionFromMs: orNull(moment),
    auctionUntilMs: orNull(moment),
    closeOutAtMs: orNull(moment),
    payOutAtMs: orNull(moment),
  });
}
