import { depthChange } from "./depth-change.ts";
import type { DoorParts } from "../door.ts";
import type { DepthJson } from "../schemas.ts";
import type { StreamClient, Subscription } from "./stream-client.ts";
import { depthJson } from "../wire.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";

/** One book at one depth, and who gets it: all get the same changes, each with its own numbers. */
type DepthFeed = {
  readonly symbol: string;
  readonly levels: number;
  last: DepthJson;
  readonly takers: Map<Subscription, StreamClient>;
};

/** Books on the stream: a picture first, then what changed, together for all who take it. */
export type DepthFeeds = {
  readonly parts: DoorParts;
  readonly byBook: Map<string, DepthFeed>;
  /** Books that may have changed since the last flush. */
  readonly changed: Set<string>;
};

/** The book as it was last sent to its takers; made when the first one comes. */
export function joinDepth(
  feeds: DepthFeeds,
  client: StreamClient,
  subscription: Subscription,
  symbol: string,
  levels: number,
): void {
  const feed = getOrMake(feeds.byBook, `${levels} ${symbol}`, () => {
    return { symbol, levels, last: picture(feeds.parts, symbol, levels), takers: new Map() };
  });
  feed.takers.set(subscription, client);
  tellPicture(feed, client, subscription);
}

/** Sends the whole book again, after messages were left out. */
export function retellDepth(
  { byBook }: DepthFeeds,
  client: StreamClient,
  subscription: Subscription,
): void {
  for (const feed of byBook.values())
    if (feed.takers.has(subscription)) tellPicture(feed, client, subscription);
}

/** The subscription ends; a feed without takers is let go of. */
export function leaveDepth({ byBook }: DepthFeeds, subscription: Subscription): void {
  for (const [key, feed] of byBook)
    if (feed.takers.delete(subscription) && feed.takers.size === 0) byBook.delete(key);
}

/**
 * Sends what changed since the last flush: one comparison and one text for all takers of a book.
 */
export function flushDepth({ parts, byBook, changed }: DepthFeeds): void {
  for (const feed of byBook.values()) {
    if (!changed.has(feed.symbol)) continue;
    const next = picture(parts, feed.symbol, feed.levels);
    const change = depthChange(feed.last, next);
    feed.last = next;
    if (change === null) continue;
    const rest = `,${JSON.stringify(change).slice(1, -1)}`;
    for (const [subscription, client] of feed.takers) client.tell(subscription, "delta", rest);
  }
  changed.clear();
}

function tellPicture(feed: DepthFeed, client: StreamClient, subscription: Subscription): void {
  client.tell(subscription, "snapshot", `,"depth":${JSON.stringify(feed.last)}`);
}

function picture({ gateway }: DoorParts, symbol: string, levels: number): DepthJson {
  return depthJson(gateway.viewOf(symbol).market, gateway.records, symbol, levels);
}
