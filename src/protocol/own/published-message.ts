import { z } from "zod";
import { publishedTopic } from "../topics.ts";
import type { PublicContext, PublicRecord } from "./public-record.ts";

/**
 * On `sauda.published`, as the last of a transaction's records: how far the shard's log is
 * then public.
 */
const publishedSchema = z.object({
  v: z.literal(1),
  market_id: z.string(),
  shard: z.int(),
  next: z.int().optional().describe("the offset after the last record of the log that is public"),
});

/** What the publisher's word says. */
type Published = { readonly shard: number; readonly next: number };

/** The publisher's word. Without `next`: that it has begun. */
export function publishedRecord(
  { marketId, shard }: PublicContext,
  next: number | null,
): PublicRecord {
  const message = { v: 1, market_id: marketId, shard, ...(next === null ? {} : { next }) };
  return {
    topic: publishedTopic,
    partition: shard,
    key: String(shard),
    value: JSON.stringify(message),
    headers: [],
  };
}

/** Reads it; null where it says no place, or is none of ours. */
export function readPublished(value: Buffer | null): Published | null {
  if (value === null) return null;
  try {
    const { shard, next } = publishedSchema.parse(JSON.parse(value.toString("utf8")));
    return next === undefined ? null : { shard, next };
  } catch {
    return null;
  }
}
