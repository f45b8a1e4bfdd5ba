import { z } from "zod";
import { topicMessages, type TopicMessage } from "./messages.ts";

/** A JSON Schema, as plain data. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * The JSON Schema of a topic's messages. Open: unknown fields are ignored, so none is forbidden.
 */
export function jsonSchema({ title, schema }: TopicMessage): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return { $schema, title, ...rest } as JsonSchema;
}

/** The files of `docs/schemas`, by name. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map(
    topicMessages.map((message) => [
      `${message.topic}.schema.json`,
      `${JSON.stringify(jsonSchema(message), null, 2)}\n`,
    ]),
  );
}
