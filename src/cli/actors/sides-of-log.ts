import type { AffirmationJson } from "../../http/schemas.ts";
import { affirmationJson } from "../../http/wire.ts";
import {
  newAffirmationRecords,
  noteAffirmation,
} from "../../services/records/affirmation-records.ts";
import type { Context } from "../context.ts";
import { foldEvents } from "../log-steps.ts";
import { recordsOfLog } from "../state-of-log.ts";

/** Every side that ever waited for a custodian, oldest first. The whole log where they are many. */
export async function sidesOfLog({ logClient }: Context): Promise<readonly AffirmationJson[]> {
  const kept = (await recordsOfLog(logClient)).map(({ affirmations }) => affirmations);
  if (kept.every(({ forgotten }) => forgotten.size === 0))
    return kept.flatMap(({ byName }) => [...byName.values()]).map(affirmationJson);
  const records = newAffirmationRecords(Infinity);
  await foldEvents(logClient, (event, place) => noteAffirmation(records, event, place));
  return [...records.byName.values()].map(affirmationJson);
}
