import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A TCP connection to a gateway; `text` is all that it was told so far. */
export type RawSocket = {
  readonly socket: Socket;
  readonly text: () => string;
  /** Ms from the connection's beginning to its end; null while it stands. */
  readonly endedAfterMs: number | null;
};

/** Connects, and writes the text where there is one. */
export async function rawSocket(url: string, text = ""): Promise<RawSocket> {
  const startedAtMs = performance.now();
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const raw = {
    socket,
    received: "",
    endedAfterMs: null as number | null,
    text: () => raw.received,
  };
  socket.on("data", (data: Buffer) => (raw.received += data.toString("latin1")));
  socket.on("error", () => {});
  socket.on("close", () => (raw.endedAfterMs = performance.now() - startedAtMs));
  await once(socket, "connect");
  socket.write(text);
  return raw;
}

/** What asks for a WebSocket at a path; the rest of a handshake is ours to leave out. */
export function upgradeText(path: string, headers = "", protocol = "websocket"): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: localhost",
    "Connection: upgrade",
    `Upgrade: ${protocol}`,
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  return `${lines.join("\r\n")}\r\n${headers}\r\n`;
}

/** Waits until the answer is there, or the time is over. Returns whether it came. */
export async function until(fits: () => boolean, withinMs: number): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  while (!fits() && performance.now() < endMs)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return fits();
}
