import {
  newAffirmationRecords,
  noteAffirmation,
} from "../../services/records/affirmation-records.ts";
import { placeOf } from "../../services/step-place.ts";
import type { Door } from "../door.ts";
import { foldSteps } from "../log-steps.ts";
import type { CustodianSide } from "./affirm.ts";

/** Every side that ever waited for a custodian, oldest first. */
export async function listSides(door: Door): Promise<CustodianSide[]> {
  const records = newAffirmationRecords(Infinity);
  await foldSteps(door, ({ shard, seq, step, logOffset }) => {
    const place = placeOf(step, shard, seq, logOffset);
    for (const event of step.events) noteAffirmation(records, event, place);
  });
  return [...records.byName.values()].map(({ tradeId, side, custodian, symbol, status }) => ({
    tradeId,
    side,
    custodian,
    symbol,
    isWaiting: status === "AwaitingAffirmation",
  }));
}
