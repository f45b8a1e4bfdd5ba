import { utcTime } from "../../protocol/moment.ts";
import { findHeldSources, type HeldSource } from "../../services/held-sources.ts";
import { Stop } from "../../services/stop.ts";
import { fine, type Check } from "./doctor-machine.ts";
import type { LogClient } from "../log-client.ts";
import { recordsOfLog } from "../state-of-log.ts";

/**
 * What Kafka lets a client ask for by default here; who is allowed more holds a source for longer.
 */
const heldTooLongMs = 60_000;
/** For so long records that are lost are an alarm; then they are history. */
const alarmMs = 24 * 3600 * 1000;

/**
 * Looks at what strangers write: whether somebody holds it back, and whether any of it was
 * lost unread.
 */
export async function* checkSources(logClient: LogClient, nowMs: number): AsyncGenerator<Check> {
  const held = await findHeldSources(logClient.log);
  for (const each of held) yield heldCheck(each);
  if (held.length === 0) yield fine("sources", "none is held back by an open transaction");
  yield* checkMissing(logClient, nowMs);
}

function heldCheck({ topic, partition, ...open }: HeldSource): Check {
  const { producerId, transactionalId, startOffset, ageMs } = open;
  const name = transactionalId === null ? "" : ` (transactional id ${transactionalId})`;
  const since = `for ${Math.round(ageMs / 1000)} s, from offset ${startOffset} on`;
  return {
    level: ageMs > heldTooLongMs ? "FAIL" : "warn",
    what: `${topic}-${partition}`,
    detail: `HELD by an open transaction of producer ${producerId}${name} ${since}`,
    fix: "its sender commits or aborts it; Kafka ends it after transaction.max.timeout.ms at the latest",
  };
}

async function* checkMissing(logClient: LogClient, nowMs: number): AsyncGenerator<Check> {
  const found: Check[] = [];
  const fix =
    "keep sources longer than an intake may be away (retention.ms), and ask the senders to send again";
  try {
    const missing = (await recordsOfLog(logClient)).flatMap(({ missingInputs }) => missingInputs);
    for (const { event, place } of missing) {
      const { source, from, to } = event;
      const { atMs } = place;
      const what = `${source.topic}-${source.partition}`;
      const detail = `offsets ${from} to ${to} were deleted before they were read, noted ${utcTime(atMs)}`;
      found.push({ level: nowMs - atMs < alarmMs ? "FAIL" : "warn", what, detail, fix });
    }
  } catch (error) {
    if (error instanceof Stop) return; // the check of the log says what is wrong with it
    throw error;
  }
  yield* found.slice(-10);
  if (found.length === 0) yield fine("inputs", "no record was deleted unread");
}
