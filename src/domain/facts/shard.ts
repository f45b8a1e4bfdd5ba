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

/**
 * The shard that decides a command: its symbol's, or that of the shares it moves. What has neither
 * goes to shard 0. The same function of the command for everybody who sends one (R12).
 */
export function shardOfCommand(
  command: { readonly type: string; readonly symbol?: Ticker | null; readonly asset?: string },
  shards: number,
): number {
  const { symbol, asset = "INR" } = command;
  const about = symbol ?? (asset === "INR" ? null : asset);
  return about === null ? 0 : shardOf(about, shards);
}
