import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";
import { WebSocket, WebSocketServer } from "ws";

/** Both ends of one WebSocket on loopback. */
type ConnectedSockets = {
  /** The server's end, and the TCP connection under it. */
  readonly socket: WebSocket;
  readonly connection: Socket;
  /** The client's end. */
  readonly reader: WebSocket;
};

/** Connects a pair of sockets, without a gateway around them. They end with the test. */
export async function connectSockets(context: TestContext): Promise<ConnectedSockets> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const reader = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const connected = await once(server, "connection");
  const [socket, { socket: connection }] = connected as [WebSocket, IncomingMessage];
  await once(reader, "open");
  context.after(() => {
    reader.terminate();
    server.close();
  });
  return { socket, connection, reader };
}
