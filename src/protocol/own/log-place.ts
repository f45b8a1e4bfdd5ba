import { z } from "zod";

/**
 * Which log an offset of `sauda.events` is of (R5): the topic, and the claim, step and chain that a
 * reader has there. Two logs that differ before the offset differ in the chain.
 */
const logPlaceSchema = z.object({
  v: z.literal(1),
  topic_id: z.string(),
  epoch: z.int(),
  seq: z.int(),
  chain: z.string(),
});

/** What an offset alone does not say. */
export type LogPlace = {
  readonly topicId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly chain: string;
};

/** The place as text, to be stored beside the offset. */
export function formatLogPlace({ topicId, epoch, seq, chain }: LogPlace): string {
  return JSON.stringify({ v: 1, topic_id: topicId, epoch, seq, chain });
}

/** Reads it; null where it is none, or of another version. */
export function readLogPlace(text: string): LogPlace | null {
  try {
    const { topic_id: topicId, epoch, seq, chain } = logPlaceSchema.parse(JSON.parse(text));
    return { topicId, epoch, seq, chain };
  } catch {
    return null;
  }
}
