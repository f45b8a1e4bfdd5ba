import type { Step } from "../../domain/facts/event.ts";
import type { Participant } from "../../domain/facts/units.ts";
import type { TopicName } from "../topics.ts";

/**
 * A record for a public topic. `partition` is explicit. What is text is written as UTF-8: all but
 * the keys and values of dead letters.
 */
export type PublicRecord<Topic extends string = TopicName> = {
  readonly topic: Topic;
  readonly partition: number;
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers: readonly (readonly [string, string])[];
};

/** A public record's key or value as its bytes lie in the log. */
export function publicBytes(content: Buffer | string | null): Buffer | null {
  return typeof content === "string" ? Buffer.from(content) : content;
}

/** What a step does not say about itself. */
export type PublicContext = { readonly marketId: string; readonly shard: number };

/** A step with its place: what every message is made from. */
export type StepContext = PublicContext & { readonly step: Step; readonly seq: number };

/**
 * A public record before its stamp. `id` becomes the header `sauda-id`: stable, one record's alone
 * within its topic. `concerns`: the members that a door may tell it to; absent: none.
 */
export type Draft = Omit<PublicRecord, "headers"> & {
  readonly id: string;
  readonly concerns?: readonly Participant[];
  readonly headers?: PublicRecord["headers"];
};

/** Header with the record's stable id: a reader that has seen it drops the repeat. */
export const idHeader = "sauda-id";
/** Header with the record's place, `shard/seq/index`, from which a lost offset is found again. */
export const stampHeader = "sauda-stamp";

/** Where a message of ours goes, its id, and the members it concerns. */
export type Address = {
  readonly topic: TopicName;
  readonly key: string;
  readonly id: string;
  readonly concerns: readonly Participant[];
};

/** A record of one of our own topics, whose partition is the shard. */
export function draft(
  { shard }: PublicContext,
  { topic, key, id, concerns }: Address,
  message: object,
): Draft {
  return { topic, partition: shard, key, value: JSON.stringify(message), id, concerns };
}

/** Names an event of the step: `<shard>-<offset of the command>-<part>-<index of the event>`. */
export function eventName({ shard, step }: StepContext, eventIndex: number): string {
  return `${shard}-${step.cause.offset}-${step.part}-${eventIndex}`;
}
