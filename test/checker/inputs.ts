import type { MarketEvent } from "../../src/domain/facts/event.ts";
import type { RawRecord, ValidStep } from "./log-reading.ts";

/** A partition of a source topic, as it lies in Kafka. */
export type InputPartition = {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly records: readonly RawRecord[];
};

type Mention = { readonly what: MarketEvent["type"] | "relay's repeat"; readonly seq: number };

/**
 * Rule R12 and promise 5: every input has exactly one outcome over all shards. A relay's repeat is
 * none, nor is an answer that is only kept. With `isComplete` none may be missing.
 */
export function checkInputs(
  inputs: readonly InputPartition[],
  shards: readonly (readonly ValidStep[])[],
  isComplete: boolean,
): string[] {
  const mentions = new Map<string, Mention[]>();
  for (const steps of shards) for (const one of steps) note(mentions, one);
  const known = new Set<string>();
  const problems = inputs.flatMap(({ topic, topicId, partition, records }) =>
    records
      .filter((record) => !record.isControl)
      .flatMap(({ offset }) => {
        const position = `${topicId}/${partition}/${offset}`;
        known.add(position);
        const problem = judge(mentions.get(position) ?? [], isComplete);
        return problem === null ? [] : [`${topic}-${partition} offset ${offset}: ${problem}`];
      }),
  );
  const foreign = [...mentions.keys()].filter((position) => !known.has(position));
  return [...problems, ...foreign.map((position) => `nobody wrote ${position}`)];
}

function note(mentions: Map<string, Mention[]>, { seq, step }: ValidStep): void {
  for (const event of step.events) {
    if (!("source" in event) || event.source === null) continue;
    if ("requestId" in event.source) continue; // a door's: no record of a source topic
    const { topicId, partition, offset } = event.source;
    // The source of missing inputs is the last record that is gone: nobody can look it up.
    if (event.type === "InputsMissingNoted") continue;
    const isRelays = event.type === "Repeated" && event.firstSeq === null;
    const what = isRelays ? "relay's repeat" : event.type;
    // A batch that was not unpacked has one dead letter for all of its records.
    const cut = event.type === "DeadLettered" ? event.cut : undefined;
    const first = cut !== undefined && "firstOffset" in cut ? cut.firstOffset : offset;
    for (let each = first; each <= offset; each += 1) {
      const position = `${topicId}/${partition}/${each}`;
      const list = mentions.get(position) ?? [];
      list.push({ what, seq });
      mentions.set(position, list);
    }
  }
}

function judge(mentions: readonly Mention[], isComplete: boolean): string | null {
  const [first] = mentions;
  if (first === undefined) return isComplete ? "never decided" : null;
  if (first.what === "relay's repeat")
    return `dropped as a repeat at step ${first.seq}, seen never`;
  const outcomes = mentions.filter(
    ({ what }) => what !== "relay's repeat" && what !== "AnswerKept",
  );
  const listed = outcomes.map(({ what, seq }) => `${what} at step ${seq}`).join(", ");
  if (outcomes.length > 1) return `decided ${outcomes.length} times: ${listed}`;
  const kept = mentions.filter(({ what }) => what === "AnswerKept").length;
  if (kept > 1) return `kept ${kept} times`;
  return null;
}
