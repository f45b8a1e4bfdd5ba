import type { AffirmationJson } from "../../http/schemas.ts";
import { affirmationJson } from "../../http/wire.ts";
import {
  newAffirmationRecords,
  noteAffirmation,
} from "../../services/records/affirmation-records.ts";
import type { Context } from "../context.ts";
import { foldEvents } from "../log-steps.ts";

/** Every side that ever waited for a custodian, oldest first. */
export async function sidesOfLog({ logClient }: Context): Promise<readonly AffirmationJson[]> {
  const records = newAffirmationRecords(Infinity);
  await foldEvents(logClient, (event, place) => noteAffirmation(records, event, place));
  return [...records.byName.values()].map(affirmationJson);
}
