import fastifySwagger, { type FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { createJsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import { failInvariant } from "../domain/facts/units.ts";
import { problemSchema } from "./schemas.ts";
import type { Server } from "./typed-server.ts";

const toJsonSchema = createJsonSchemaTransform({ skipList: [] });

const problemAnswer = (description: string): object => ({
  description,
  content: {
    "application/problem+json": { schema: z.toJSONSchema(problemSchema, { io: "input" }) },
  },
});

/** Every route answers errors alike, so no route repeats it. */
const failures = {
  Refused: problemAnswer("Refused: `code` is stable, `detail` says what to change (RFC 9457)"),
  Failed: problemAnswer(
    "Nothing was sent: 503 where the gateway is full, still reads the log or cannot reach it; 500 is our fault",
  ),
};

const header = (name: string, description: string, pattern: object = {}): object => ({
  name,
  in: "header",
  required: false,
  schema: { type: "string", ...pattern },
  description,
});

/** What every route may be sent beside its own; the signature itself is a security scheme. */
const headers = {
  participant: header(
    "sauda-participant",
    "the member the key acts for, where it may act for several",
    { pattern: "^[A-Za-z0-9_&.-]{0,32}$" },
  ),
  key: header("sauda-key", "signed requests: the key's id, instead of Authorization"),
  timestamp: header(
    "sauda-timestamp",
    "signed requests: ms since 1970, at most 30 s from the gateway's clock",
  ),
};

const refTo = (kind: string, name: string): object => ({ $ref: `#/components/${kind}/${name}` });

type Transform = NonNullable<FastifyDynamicSwaggerOptions["transform"]>;

const transform: Transform = (route) => {
  const made = (toJsonSchema as Transform)(route);
  if (made.schema.hide === true) return made;
  return { ...made, schema: { ...made.schema, response: opened(made.schema.response) as object } };
};

type Document = { paths?: Record<string, Record<string, Operation>>; components?: object };
type Operation = { parameters?: object[]; responses?: Record<string, object> };

/** Adds to every operation what all have alike. */
function complete(document: Document): void {
  document.components = { ...document.components, parameters: headers, responses: failures };
  const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path));
  for (const operation of operations) {
    const shared = Object.keys(headers).map((name) => refTo("parameters", name));
    operation.parameters = [...(operation.parameters ?? []), ...shared];
    operation.responses = {
      ...operation.responses,
      "4XX": refTo("responses", "Refused"),
      "5XX": refTo("responses", "Failed"),
    };
  }
}

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
    transformObject: (made) => {
      if (!("openapiObject" in made)) return failInvariant("OpenAPI was asked for");
      complete(made.openapiObject as Document);
      return made.openapiObject;
    },
  });
  app.get("/openapi.json", { config: { isOpen: true }, schema: { hide: true } }, async () =>
    app.swagger(),
  );
}
