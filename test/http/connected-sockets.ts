import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { WebSocket, WebSocketServer } from "ws";

/** Both ends of one WebSocket on loopback: `socket` is the server's, `reader` the client's. */
export type ConnectedSockets = { readonly socket: WebSocket; readonly reader: WebSocket };

/** Connects a pair of sockets, without a gateway around them. They end with the test. */
export async function connectSockets(context: TestContext): Promise<ConnectedSockets> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const reader = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket] = (await once(server, "connection")) as [WebSocket];
  await once(reader, "open");
  context.after(() => {
    reader.terminate();
    server.close();
  });
  return { socket, reader };
}
