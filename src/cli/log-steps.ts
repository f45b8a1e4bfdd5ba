import type { MarketEvent, Step } from "../domain/facts/event.ts";
import { eventsTopic } from "../protocol/topics.ts";
import { foldRecord, newLogFold, type ReaderState } from "../services/log-fold.ts";
import { placeOf, type StepPlace } from "../services/step-place.ts";
import { Stop } from "../services/stop.ts";
import { openWhole } from "../services/whole-log.ts";
import type { LogReading } from "./client/log-of-gateway.ts";

/** A valid step of a shard's log, its number, and the offset of the record that holds it. */
export type LogStep = {
  readonly shard: number;
  readonly seq: number;
  readonly step: Step;
  readonly logOffset: number;
};

/** What one read of a log gave. `next`: the offset after it. */
type LogSlice = { readonly steps: readonly LogStep[]; readonly next: number };

/**
 * Follows a shard's log for ever, from its first record or a checkpoint (R5), giving valid steps
 * only (R3, R4). Every read is yielded, also an empty one. Throws `Stop` where the log itself is
 * wrong, and where it does not go on from the checkpoint.
 */
export async function* followSteps(
  log: LogReading,
  shard: number,
  waitMs: number,
  checkpoint?: ReaderState,
): AsyncGenerator<LogSlice> {
  const fold = { ...newLogFold(), ...checkpoint };
  const reader = await openWhole(log, eventsTopic, shard, fold.offset);
  try {
    for (;;) {
      const { records } = await reader.read(waitMs);
      const steps: LogStep[] = [];
      for (const record of records) {
        const verdict = foldRecord(fold, record);
        if (verdict.type === "stop") throw new Stop(verdict.why);
        if (verdict.type !== "steps") continue;
        for (const [index, step] of verdict.steps.entries())
          steps.push({ shard, seq: verdict.seq + index, step, logOffset: record.offset });
      }
      yield { steps, next: fold.offset };
    }
  } finally {
    await reader.close();
  }
}

/** Calls `onStep` for every step of every shard that is in the log now. */
export async function foldSteps(
  logClient: { readonly log: LogReading; readonly shards: number },
  onStep: (step: LogStep) => void,
): Promise<void> {
  for (let shard = 0; shard < logClient.shards; shard += 1) {
    const { end } = await logClient.log.bounds(eventsTopic, shard);
    if (end === 0) continue;
    for await (const { steps, next } of followSteps(logClient.log, shard, 1000)) {
      steps.forEach(onStep);
      if (next >= end) break;
    }
  }
}

/** The same for every event, with the place of its step and the event's in it. */
export function foldEvents(
  logClient: { readonly log: LogReading; readonly shards: number },
  onEvent: (event: MarketEvent, place: StepPlace, index: number) => void,
): Promise<void> {
  return foldSteps(logClient, ({ shard, seq, step, logOffset }) => {
    const place = placeOf(step, shard, seq, logOffset);
    for (const [index, event] of step.events.entries()) onEvent(event, place, index);
  });
}
