import type { Step } from "../../domain/facts/event.ts";
import { utcTime } from "../../protocol/moment.ts";
import { printMessage } from "../../protocol/own/trade-message.ts";
import type { StepPlace } from "../../services/step-place.ts";
import type { StreamClient, Subscription } from "./stream-client.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";

/**
 * Trades of a symbol since the last flush, as JSON texts, and who gets them: all together,
 * each once.
 */
type PrintFeed = { texts: string[]; readonly takers: Map<Subscription, StreamClient> };

/** The tapes that somebody reads, by symbol. */
export type PrintFeeds = Map<string, PrintFeed>;

/** The subscriber gets every trade from now on. */
export function joinPrints(
  feeds: PrintFeeds,
  client: StreamClient,
  subscription: Subscription,
  symbol: string,
): void {
  const feed = getOrMake(feeds, symbol, () => ({ texts: [], takers: new Map() }));
  sendPrints(feed); // what was before is not its
  feed.takers.set(subscription, client);
}

/** The subscription ends; a feed without takers is let go of. */
export function leavePrints(feeds: PrintFeeds, subscription: Subscription): void {
  for (const [symbol, feed] of feeds)
    if (feed.takers.delete(subscription) && feed.takers.size === 0) feeds.delete(symbol);
}

/** Keeps the step's trades until the next flush. */
export function notePrints(feeds: PrintFeeds, { at, events }: Step, place: StepPlace): void {
  if (feeds.size === 0) return;
  const { shard, seq } = place;
  for (const event of events) {
    if (event.type !== "TradeExecuted") continue;
    const feed = feeds.get(event.symbol);
    const stepRef = { at: utcTime(at), shard, seq };
    feed?.texts.push(JSON.stringify(printMessage(event, stepRef)));
  }
}

/** Sends the trades since the last flush. */
export function flushPrints(feeds: PrintFeeds): void {
  for (const feed of feeds.values()) sendPrints(feed);
}

function sendPrints(feed: PrintFeed): void {
  if (feed.texts.length === 0) return;
  const rest = `,"trades":[${feed.texts.join(",")}]`;
  feed.texts = [];
  for (const [subscription, client] of feed.takers) client.tell(subscription, "prints", rest);
}
