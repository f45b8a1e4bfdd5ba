import fastifySwagger from "@fastify/swagger";
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { createJsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import { problemSchema } from "./schemas.ts";
import type { Server } from "./server.ts";

const toJsonSchema = createJsonSchemaTransform({ skipList: [] });

/** Every route answers errors alike, so no route repeats it. */
const problemAnswer = {
  description: "Refused: `code` is stable, `detail` says what to change (RFC 9457)",
  content: {
    "application/problem+json": { schema: z.toJSONSchema(problemSchema, { io: "input" }) },
  },
};

type Transform = NonNullable<FastifyDynamicSwaggerOptions["transform"]>;

const transform: Transform = (route) => {
  const made = (toJsonSchema as Transform)(route);
  const response = { ...(opened(made.schema.response) as object), "4XX": problemAnswer };
  return made.schema.hide === true ? made : { ...made, schema: { ...made.schema, response } };
};

/** Answers are open: a reader must bear fields that come later. */
function opened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(opened);
  if (typeof schema !== "object" || schema === null) return schema;
  const kept = Object.entries(schema).filter(([name]) => name !== "additionalProperties");
  return Object.fromEntries(kept.map(([name, value]) => [name, opened(value)]));
}

/** Makes the OpenAPI 3.1 document from the routes registered after this, and serves it. */
export async function openApi(app: Server): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Sauda",
        version: "1",
        description:
          "A simulated stock market. Money is integer paise, times are UTC. Every answer comes from the log and carries its place there; the header sauda-seq says how far the gateway has read.",
      },
      components: {
        securitySchemes: {
          key: { type: "http", scheme: "bearer", description: "sauda_<id>_<secret>" },
          signature: {
            type: "apiKey",
            in: "header",
            name: "sauda-signature",
            description:
              "with sauda-key (the id) and sauda-timestamp (ms): HMAC-SHA256 in hex, keyed with the hex SHA-256 of the secret, over timestamp, method, path with query, the hex SHA-256 of the body and the header sauda-participant if it is sent, joined by newlines",
          },
        },
      },
      security: [{ key: [] }, { signature: [] }],
    },
    transform,
  });
  app.get("/openapi.json", { config: { isOpen: true }, schema: { hide: true } }, async () =>
    app.swagger(),
  );
}
