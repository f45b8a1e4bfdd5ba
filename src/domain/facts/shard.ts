import type { Ticker } from "./units.ts";

/**
 * The shard of a symbol in a market of `shards` shards: FNV-1a (32 bits) of its characters, modulo
 * `shards`. Fixed for the market's life. The same rule gives an account its home shard.
 */
export function shardOf(symbol: Ticker, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < symbol.length; index += 1) {
    hash = Math.imul(hash ^ symbol.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % shards;
}
