import { once } from "node:events";
import { WebSocket } from "ws";
import { streamMessage, type StreamMessage } from "../../src/http/stream/stream-schemas.ts";

/** A client of the stream that checks every message against its schema. */
export type TestStream = {
  readonly socket: WebSocket;
  readonly messages: StreamMessage[];
  say(message: object): void;
  /** Waits for the first message not taken yet that fits. */
  take<Type extends StreamMessage["type"]>(
    type: Type,
    fits?: (message: Extract<StreamMessage, { type: Type }>) => boolean,
  ): Promise<Extract<StreamMessage, { type: Type }>>;
  close(): void;
};

/** Connects; says who it is where a key is given. */
export async function openStream(url: string, key: string | null): Promise<TestStream> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/stream`);
  const messages: StreamMessage[] = [];
  const taken = new Set<StreamMessage>();
  socket.on("message", (data: Buffer) => {
    messages.push(streamMessage.parse(JSON.parse(data.toString("utf8"))));
  });
  await once(socket, "open");
  const say = (message: object): void => socket.send(JSON.stringify(message));
  const take: TestStream["take"] = async (type, fits = () => true) => {
    const endMs = Date.now() + 30_000;
    for (;;) {
      const found = messages.find(
        (message): message is Extract<StreamMessage, { type: typeof type }> =>
          message.type === type && !taken.has(message) && fits(message as never),
      );
      if (found !== undefined) {
        taken.add(found);
        return found;
      }
      if (Date.now() > endMs) throw new Error(`no ${type}: ${JSON.stringify(messages.slice(-5))}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  if (key !== null) {
    say({ op: "auth", key });
    await take("ready");
  }
  return { socket, messages, say, take, close: () => socket.close() };
}
