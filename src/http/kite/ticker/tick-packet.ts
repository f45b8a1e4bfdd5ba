import type { DepthLevel } from "../../../domain/state/depth.ts";
import { depthLevels, type QuoteFacts } from "../quote-facts.ts";

/** How much of a quote a subscriber gets. */
export type TickMode = "ltp" | "quote" | "full";

/** The length of each mode's packet in bytes. Source: Kite Connect v3, "WebSocket streaming". */
const packetBytes: Readonly<Record<TickMode, number>> = { ltp: 8, quote: 44, full: 184 };

/** The largest number that both official tickers read alike: one reads with a sign, one without. */
const int32Max = 0x7fff_ffff;
const int16Max = 0xffff;

/**
 * A quote as a packet of the ticker: big-endian numbers of 32 bits, prices in paise, moments in s
 * since 1970. What is larger than 2^31 - 1 is told as that.
 */
export function tickPacket(mode: TickMode, facts: QuoteFacts): Buffer {
  const packet = Buffer.alloc(packetBytes[mode]);
  put(packet, 0, [facts.token, facts.lastPaise]);
  if (mode === "ltp") return packet;
  const { depth } = facts;
  put(packet, 8, [
    facts.lastQuantity,
    facts.averagePaise,
    facts.volume,
    depth.totalBuyQuantity,
    depth.totalSellQuantity,
    facts.openPaise,
    facts.highPaise,
    facts.lowPaise,
    facts.closePaise,
  ]);
  if (mode === "quote") return packet;
  const noInterest = [0, 0, 0];
  put(packet, 44, [seconds(facts.lastAtMs), ...noInterest, seconds(facts.atMs)]);
  putLevels(packet, 64, depth.bids);
  putLevels(packet, 64 + depthLevels * 12, depth.asks);
  return packet;
}

/** Packets as one message: their number, then each with its length before it, both in 16 bits. */
export function tickMessage(packets: readonly Buffer[]): Buffer {
  const count = Buffer.alloc(2);
  count.writeUInt16BE(packets.length);
  const framed = packets.flatMap((packet) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(packet.length);
    return [length, packet];
  });
  return Buffer.concat([count, ...framed]);
}

/** Says that the line is alive, in one byte. */
export const heartbeat: Buffer = Buffer.from([0]);

function put(packet: Buffer, at: number, values: readonly number[]): void {
  for (const [index, value] of values.entries())
    packet.writeUInt32BE(Math.min(value, int32Max), at + index * 4);
}

/**
 * Quantity, price, and in 16 bits orders, with 16 bits of nothing behind; absent prices stay zeros.
 */
function putLevels(packet: Buffer, at: number, levels: readonly DepthLevel[]): void {
  for (const [index, { quantity, pricePaise, orders }] of levels.slice(0, depthLevels).entries()) {
    put(packet, at + index * 12, [quantity, pricePaise]);
    packet.writeUInt16BE(Math.min(orders, int16Max), at + index * 12 + 8);
  }
}

function seconds(atMs: number): number {
  return Math.floor(atMs / 1000);
}
