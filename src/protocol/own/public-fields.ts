import { z } from "zod";

/** A moment on our own topics: UTC, milliseconds, Z. */
export const utcMoment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .describe("UTC");

/** A moment on the seeds' topics: India's local time, six digits, no zone. */
export const kolkataMoment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
  .describe("India's local time without a zone");

/** An id made from a name: the same for every repeat. */
export const nameUuid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .describe("UUID version 5");

/** Version of our own messages. A change that breaks readers would be 2. */
export const version = z.literal(1);

/** The shard that said it, and the number of its step there. */
export const place = {
  shard: z.int().nonnegative(),
  seq: z.int().positive().describe("number of the step on the shard"),
};
