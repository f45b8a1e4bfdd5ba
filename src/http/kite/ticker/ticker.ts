import type { GatewayStep } from "../../../services/gateway.ts";
import type { KiteParts } from "../kite-parts.ts";
import { changedOrders, orderNews } from "../order-news.ts";
import { quoteFacts, type QuoteFacts } from "../quote-facts.ts";
import { tickPacket, type TickMode } from "./tick-packet.ts";
import type { TickerClient } from "./ticker-client.ts";
import { getOrMake } from "../../../domain/facts/get-or-make.ts";

/** The ticker: its sockets, and the symbols whose quotes changed since the last ticks. */
export type Ticker = {
  readonly parts: KiteParts;
  readonly clients: Set<TickerClient>;
  readonly changed: Set<string>;
};

/** Takes a valid step in: news of orders go out now, quotes at the next tick. */
export function takeTickerStep({ parts, clients, changed }: Ticker, step: GatewayStep): void {
  if (clients.size === 0) return;
  for (const event of step.step.events)
    if ("symbol" in event && event.symbol !== null) changed.add(event.symbol);
  // Steps from before this gateway started are no news.
  if (!parts.gateway.isCaughtUp()) return;
  const { orders } = parts.gateway.records;
  for (const order of changedOrders(orders, step))
    for (const client of clients)
      if (client.caller.participant === order.participant)
        client.tell({ type: "order", data: orderNews(order, parts.tokens, client.caller.key) });
}

/**
 * Sends each socket the quotes that changed and that it wants; each quote and packet is made once.
 */
export function sendTicks({ parts, clients, changed }: Ticker): void {
  for (const symbol of changed) {
    const token = parts.tokens.tokenOf(symbol);
    for (const client of clients) client.owe(token);
  }
  changed.clear();
  const packetOf = newPackets(parts);
  for (const client of clients) client.pay(packetOf, parts.gateway.clock.elapsedMs());
}

/** Says to every socket that the line is alive. */
export function sendHeartbeats({ clients }: Ticker): void {
  for (const client of clients) client.beat();
}

function newPackets(parts: KiteParts): (mode: TickMode, token: number) => Buffer {
  const facts = new Map<number, QuoteFacts>();
  const packets = new Map<string, Buffer>();
  const factsOf = (token: number): QuoteFacts =>
    quoteFacts(parts, parts.tokens.findByToken(token)?.symbol ?? "");
  return (mode, token) =>
    getOrMake(packets, `${mode} ${token}`, () =>
      tickPacket(mode, getOrMake(facts, token, factsOf)),
    );
}
