import { z } from "zod";
import { topicMessages } from "../protocol/documents/messages.ts";
import { jsonSchema } from "../protocol/documents/schema-files.ts";
import { topicSpecs } from "../protocol/topics.ts";
import type { Server } from "./typed-server.ts";
import { streamMessage, streamRequest } from "./stream/stream-schemas.ts";

type Entries = Readonly<Record<string, object>>;

/**
 * The AsyncAPI 3 document: the stream, and every public topic, from the schemas that read and
 * write them.
 */
function asyncApiDocument(): object {
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Sauda",
      version: "1",
      description:
        "What a simulated stock market says and hears: its WebSocket stream, and its topics on Apache Kafka.",
    },
    defaultContentType: "application/json",
    channels: { ...topicChannels(), stream: streamChannel() },
    operations: { ...topicOperations(), ...streamOperations },
  };
}

/** Serves the document. */
export function asyncApi(app: Server): void {
  const document = asyncApiDocument();
  app.get(
    "/asyncapi.json",
    { config: { isOpen: true }, schema: { hide: true } },
    async () => document,
  );
}

function topicChannels(): Entries {
  return Object.fromEntries(
    topicMessages.map((message) => [
      channelName(message.topic),
      {
        address: message.topic,
        description: message.title,
        messages: { message: { payload: withoutDialect(jsonSchema(message)) } },
        bindings: { kafka: { bindingVersion: "0.5.0", topic: message.topic } },
      },
    ]),
  );
}

function topicOperations(): Entries {
  return Object.fromEntries(
    topicMessages.map(({ topic }) => {
      const role = topicSpecs.find(({ name }) => name === topic)?.role;
      const action = role === "input" ? "receive" : "send";
      const name = channelName(topic);
      return [`${action}-${name}`, { action, channel: { $ref: `#/channels/${name}` } }];
    }),
  );
}

function streamChannel(): object {
  return {
    address: "/v1/stream",
    description:
      "WebSocket, JSON texts. A gap in `n`, a resync or a closed socket: subscribe again.",
    messages: {
      request: { payload: withoutDialect(z.toJSONSchema(streamRequest, { io: "input" })) },
      said: { payload: withoutDialect(z.toJSONSchema(streamMessage, { io: "input" })) },
    },
    bindings: { ws: { bindingVersion: "0.1.0" } },
  };
}

const streamOperations: Entries = {
  "receive-stream": {
    action: "receive",
    channel: { $ref: "#/channels/stream" },
    messages: [{ $ref: "#/channels/stream/messages/request" }],
  },
  "send-stream": {
    action: "send",
    channel: { $ref: "#/channels/stream" },
    messages: [{ $ref: "#/channels/stream/messages/said" }],
  },
};

/** AsyncAPI's own schemas are draft 07; what ours use of 2020-12 reads the same there. */
function withoutDialect(schema: object): object {
  const { $schema: _dialect, ...rest } = schema as { readonly $schema?: string };
  return rest;
}

/** Names of channels are letters, digits, `-` and `_` only. */
function channelName(topic: string): string {
  return topic.replaceAll(".", "_");
}
