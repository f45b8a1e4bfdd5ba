import { once } from "node:events";
import { WebSocket } from "ws";
import type { RunningGateway, Who } from "../running-gateway.ts";
import { kiteKey } from "./kite-call.ts";

/** One price of a full tick's depth. */
type ReadLevel = {
  readonly quantity: number;
  readonly paise: number;
  readonly orders: number;
};

/**
 * A packet as this reader understands it: written from Kite's documentation, not from our writer.
 */
type ReadTick = {
  readonly bytes: number;
  readonly token: number;
  /** The 32-bit numbers after the token, up to the depth. */
  readonly numbers: readonly number[];
  readonly buy: readonly ReadLevel[];
  readonly sell: readonly ReadLevel[];
};

/** Takes a binary message of the ticker apart. Throws where lengths do not add up. */
export function readTicks(message: Buffer): ReadTick[] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const ticks: ReadTick[] = [];
  let at = 2;
  for (let left = view.getInt16(0); left > 0; left -= 1) {
    const bytes = view.getInt16(at);
    ticks.push(readTick(new DataView(message.buffer, message.byteOffset + at + 2, bytes)));
    at += 2 + bytes;
  }
  if (at !== message.byteLength) throw new Error(`${message.byteLength - at} bytes are left over`);
  return ticks;
}

function readTick(packet: DataView): ReadTick {
  const bytes = packet.byteLength;
  const numbersEnd = Math.min(bytes, 64);
  const numbers = [];
  for (let at = 4; at < numbersEnd; at += 4) numbers.push(packet.getInt32(at));
  const levels: ReadLevel[] = [];
  for (let at = 64; at < bytes; at += 12)
    levels.push({
      quantity: packet.getInt32(at),
      paise: packet.getInt32(at + 4),
      orders: packet.getInt16(at + 8),
    });
  const token = packet.getInt32(0);
  return { bytes, token, numbers, buy: levels.slice(0, 5), sell: levels.slice(5) };
}

/** A client of the ticker and all it was sent. */
type TestTicker = {
  readonly socket: WebSocket;
  readonly ticks: ReadTick[];
  /** When each binary message with ticks came, in ms. */
  readonly messageTimes: number[];
  readonly texts: { readonly type: string; readonly data: unknown }[];
  beats: number;
  say(message: object): void;
  close(): Promise<void>;
};

/** Connects to the ticker as a member, by the key's secret or the session's token given. */
export async function openTicker(
  market: RunningGateway,
  who: Who,
  sessionToken?: string,
): Promise<TestTicker> {
  const { apiKey, accessToken: secret } = kiteKey(market, who);
  const accessToken = sessionToken ?? secret;
  const query = new URLSearchParams({ api_key: apiKey, access_token: accessToken });
  const socket = new WebSocket(`${market.url.replace("http", "ws")}/kite/ws?${query.toString()}`);
  const ticker: TestTicker = {
    socket,
    ticks: [],
    messageTimes: [],
    texts: [],
    beats: 0,
    say: (message) => socket.send(JSON.stringify(message)),
    close: async () => {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    if (!isBinary) return void ticker.texts.push(JSON.parse(data.toString("utf8")) as never);
    if (data.length === 1) return void (ticker.beats += 1);
    ticker.messageTimes.push(Date.now());
    ticker.ticks.push(...readTicks(data));
  });
  await once(socket, "open");
  return ticker;
}

/** Waits until it is so; throws after 30 s. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const endMs = Date.now() + 30_000;
  while (!isSo()) {
    if (Date.now() > endMs) throw new Error(`not within 30 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
