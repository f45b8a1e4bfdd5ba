import { deadLetterId } from "../../domain/facts/ids.ts";
import type { BatchCut, RecordCut } from "../../domain/facts/origin.ts";
import type { DeadLettered } from "../../domain/facts/event.ts";
import { commandsTopic } from "../../protocol/topics.ts";
import type { Door } from "../door.ts";
import { foldSteps } from "../log-steps.ts";

/** A record that nobody could use, with where it stood and why. */
export type DeadLetter = {
  /** The id its copy on `sauda.dead-letters` has in the header `sauda-id`. */
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** When the market gave it up; ISO 8601 in UTC. */
  readonly at: string;
  readonly reason: string;
  readonly detail: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Key and value are the beginning only; this is what the whole was. */
  readonly cut?: RecordCut | BatchCut;
};

/** Every dead letter of the market, in the order of the log: which is the truth about them. */
export async function listDeadLetters(door: Door): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  await foldSteps(door, ({ shard, step }) => {
    for (const [index, event] of step.events.entries()) {
      if (event.type !== "DeadLettered") continue;
      // A record of `sauda.commands` itself has no source: its cause says where it stands.
      const commands = { topic: commandsTopic, partition: shard, offset: step.cause.offset };
      const { topic, partition, offset } = event.source ?? commands;
      const at = new Date(step.at).toISOString();
      const id = deadLetterId(shard, step, index);
      letters.push({ id, topic, partition, offset, at, ...content(event) });
    }
  });
  return letters;
}

/** Letters meant by a name: the id, or where the record stood as `topic-partition-offset` or `partition-offset`. */
export function findDeadLetters(letters: readonly DeadLetter[], name: string): DeadLetter[] {
  const exact = letters.filter((letter) => letter.id === name || placeOf(letter) === name);
  if (exact.length > 0) return exact;
  return letters.filter(({ partition, offset }) => `${partition}-${offset}` === name);
}

/** Where the record stood: `Counter_party-0-3`. */
export function placeOf({ topic, partition, offset }: DeadLetter): string {
  return `${topic}-${partition}-${offset}`;
}

function content({ reason, detail, original, cut }: DeadLettered) {
  const { keyBase64, valueBase64 } = original;
  const said = { reason, detail, key: bytes(keyBase64), value: bytes(valueBase64) };
  return cut === undefined ? said : { ...said, cut };
}

function bytes(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, "base64");
}
