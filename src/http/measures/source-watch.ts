import { z } from "zod";
import { utcTime } from "../../protocol/moment.ts";
import { atMostOnceIn } from "../../services/at-most-once-in.ts";
import { findHeldSources, type HeldSource } from "../../services/held-sources.ts";
import type { MarketLog } from "../../services/log.ts";
import { isAway } from "../../services/log-errors.ts";
import type { MissingInputs } from "../../services/records/missing-inputs.ts";
import type { Meters } from "./meters.ts";
import { utcMoment } from "../../protocol/own/public-fields.ts";

/** What holds the sources back, and what of them is lost: part of `GET /v1/flow`. */
export const sourceTroubleSchema = {
  held: z
    .array(
      z.object({
        topic: z.string(),
        partition: z.int(),
        producer_id: z.int(),
        transactional_id: z.string().nullable(),
        start_offset: z.int(),
        age_seconds: z.number(),
      }),
    )
    .describe("partitions that wait for a transaction that somebody left open"),
  inputs_missing: z
    .array(
      z.object({
        topic: z.string(),
        partition: z.int(),
        from_offset: z.int(),
        to_offset: z.int(),
        at: utcMoment,
      }),
    )
    .describe("records deleted before they were read, newest first"),
};

/** The open transactions on the sources as JSON. */
export function heldJson(held: readonly HeldSource[]) {
  return held.map(({ topic, partition, producerId, transactionalId, startOffset, ageMs }) => ({
    topic,
    partition,
    producer_id: producerId,
    transactional_id: transactionalId,
    start_offset: startOffset,
    age_seconds: ageMs / 1000,
  }));
}

/** The holes in what came in as JSON. */
export function missingJson(missing: readonly MissingInputs[]) {
  return missing.toReversed().map(({ event: { source, from, to }, place }) => ({
    topic: source.topic,
    partition: source.partition,
    from_offset: from,
    to_offset: to,
    at: utcTime(place.atMs),
  }));
}

/** How old a look may be: the question goes to every partition's leader. */
const freshMs = 1000;

/**
 * Looks at the open transactions of the sources at most once a second; none is known while Kafka
 * is away.
 */
export function newSourceWatch(
  log: MarketLog,
  elapsedMs: () => number,
): () => Promise<readonly HeldSource[]> {
  return atMostOnceIn(freshMs, elapsedMs, () => findHeldSources(log).catch(noneIfAway));
}

function noneIfAway(error: unknown): readonly HeldSource[] {
  if (isAway(error)) return [];
  throw error;
}

/** Sets the gauges of what is held, for Prometheus: none where nothing is. */
export function measureHeld({ sourceHeld }: Meters, held: ReturnType<typeof heldJson>): void {
  sourceHeld.reset();
  for (const { topic, partition, producer_id, age_seconds } of held)
    sourceHeld.set({ topic, partition, producer_id }, age_seconds);
}
