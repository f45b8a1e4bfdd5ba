import { sideName } from "../../domain/facts/affirmation.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import { recordsOn } from "../../protocol/own/public-records.ts";
import type { GatewayStep } from "../../services/gateway.ts";
import { isOperations } from "../caller.ts";
import { flushDepth, joinDepth, leaveDepth, retellDepth, type DepthFeeds } from "./depth-feeds.ts";
import type { DoorParts } from "../door.ts";
import {
  flushPrints,
  joinPrints,
  leavePrints,
  notePrints,
  type PrintFeeds,
} from "./print-feeds.ts";
import { newPulse, notePulse, takePulse, type Pulse } from "./pulse.ts";
import type { StreamClient, Subscription } from "./stream-client.ts";
import { affirmationJson, orderJson } from "../wire.ts";
import type { TopicName } from "../../protocol/topics.ts";

/** What gives the market's news to those who subscribed. */
export type Broadcast = {
  readonly parts: DoorParts;
  readonly clients: Set<StreamClient>;
  readonly feeds: DepthFeeds;
  readonly prints: PrintFeeds;
  readonly pulse: Pulse;
  /** How many subscriptions there are of each channel that wants every step. */
  readonly ofSteps: Map<string, number>;
  lastId: number;
};

/** A broadcast to nobody yet. */
export function newBroadcast(parts: DoorParts): Broadcast {
  const feeds = { parts, byBook: new Map(), changed: new Set<string>() };
  const pulse = newPulse(parts.gateway.clock.elapsedMs());
  const [clients, prints, ofSteps] = [new Set<StreamClient>(), new Map(), new Map()];
  return { parts, clients, feeds, prints, pulse, ofSteps, lastId: 0 };
}

/** A new subscription of the client; its first message says so. */
export function join(
  broadcast: Broadcast,
  client: StreamClient,
  wanted: { readonly channel: string; readonly symbol: string | null; readonly levels: number },
): void {
  const { channel, symbol, levels } = wanted;
  broadcast.lastId += 1;
  const subscription = { id: broadcast.lastId, channel, symbol, n: 0, isBroken: false };
  client.subscriptions.set(subscription.id, subscription);
  client.say({ type: "subscribed", id: subscription.id, channel, symbol });
  countChannel(broadcast, channel, 1);
  if (channel === "depth" && symbol !== null)
    joinDepth(broadcast.feeds, client, subscription, symbol, levels);
  if (channel === "prints" && symbol !== null)
    joinPrints(broadcast.prints, client, subscription, symbol);
}

/** The subscription ends. */
export function leave(broadcast: Broadcast, client: StreamClient, id: number): void {
  const subscription = client.subscriptions.get(id);
  if (subscription === undefined) return;
  client.subscriptions.delete(id);
  countChannel(broadcast, subscription.channel, -1);
  leaveDepth(broadcast.feeds, subscription);
  leavePrints(broadcast.prints, subscription);
}

/** The client is gone. */
export function forget(broadcast: Broadcast, client: StreamClient): void {
  for (const id of client.subscriptions.keys()) leave(broadcast, client, id);
  broadcast.clients.delete(client);
}

/** Takes a valid step in: what wants every step gets it now, books and prints at the next flush. */
export function takeStep(broadcast: Broadcast, taken: GatewayStep): void {
  const { step, place } = taken;
  const { parts, clients, feeds, prints, pulse, ofSteps } = broadcast;
  const isDepthHeard = feeds.byBook.size > 0;
  for (const event of step.events) {
    notePulse(pulse, event);
    if (isDepthHeard && "symbol" in event && event.symbol !== null) feeds.changed.add(event.symbol);
  }
  notePrints(prints, step, place);
  if (ofSteps.size === 0) return;
  const { shard, seq } = place;
  const context = { marketId: parts.gateway.marketId(shard), shard };
  const topics = new Set([...ofSteps.keys()].flatMap((channel) => told[channel]?.topic ?? []));
  // The text is made once for all who get it.
  const records = recordsOn(topics, taken, seq, context).map((record) => ({
    record,
    text: String(record.value),
  }));
  const matters = [
    ...(ofSteps.has("confirmations") ? ordersOf(parts, step.events) : []),
    ...(ofSteps.has("affirmations") ? affirmationsOf(parts, step.events) : []),
  ];
  for (const client of clients) {
    for (const subscription of client.subscriptions.values()) {
      for (const { record, text } of records) tellRecord(client, subscription, record, text);
      for (const { channel, participant, type, rest } of matters)
        if (subscription.channel === channel && client.caller?.participant === participant)
          client.tell(subscription, type, rest);
    }
  }
}

/** Sends prints and changed books, and begins again what had lost messages. */
export function flush({ parts, clients, feeds, prints }: Broadcast): void {
  flushPrints(prints);
  flushDepth(feeds);
  for (const client of clients)
    for (const subscription of client.mend(parts.gateway.clock.elapsedMs()))
      retellDepth(feeds, client, subscription);
}

/** Sends the market's pulse. */
export function sendPulse({ parts, clients, pulse }: Broadcast): void {
  const rest = `,${JSON.stringify(takePulse(pulse, parts)).slice(1, -1)}`;
  for (const client of clients)
    for (const subscription of client.subscriptions.values())
      if (subscription.channel === "market") client.tell(subscription, "market", rest);
}

function countChannel({ ofSteps }: Broadcast, channel: string, by: 1 | -1): void {
  if (["depth", "market", "prints"].includes(channel)) return; // told of at their own pace
  const count = (ofSteps.get(channel) ?? 0) + by;
  if (count === 0) ofSteps.delete(channel);
  else ofSteps.set(channel, count);
}

type ToldRecord = ReturnType<typeof recordsOn>[number];

function tellRecord(
  client: StreamClient,
  subscription: Subscription,
  record: ToldRecord,
  text: string,
): void {
  const how = told[subscription.channel];
  if (how === undefined || how.topic !== record.topic || !isFor(client, subscription, record, text))
    return;
  client.tell(subscription, how.type, `,"${how.field}":${text}`);
}

/** The topic whose records a channel tells, and as what. */
const told: Readonly<Record<string, { topic: TopicName; type: string; field: string }>> = {
  orders: { topic: "sauda.executions", type: "order", field: "execution" },
  trades: { topic: "sauda.trades", type: "trade", field: "trade" },
  settlements: { topic: "sauda.settlements", type: "settlement", field: "settlement" },
};

/** Whether the record concerns the subscriber: what names no member is nobody's but operations'. */
function isFor(
  { caller }: StreamClient,
  { symbol }: Subscription,
  { concerns = [] }: ToldRecord,
  text: string,
): boolean {
  const participant = caller?.participant ?? null;
  // Looked for in the text: a parse for each would cost more.
  const name = JSON.stringify(symbol);
  const fields = ["symbol", "asset"]; // an instruction has no symbol where it is about cash
  if (symbol !== null && !fields.some((field) => text.includes(`"${field}":${name}`))) return false;
  if (participant !== null) return concerns.includes(participant);
  return caller !== null && isOperations(caller);
}

/**
 * What waits, or no longer waits, for a member's word: on which channel it is told, and as what.
 */
type Matter = {
  readonly channel: string;
  readonly participant: string;
  readonly type: string;
  readonly rest: string;
};

function ordersOf({ gateway }: DoorParts, events: readonly MarketEvent[]): Matter[] {
  const { byId } = gateway.records.orders;
  const ids = new Set(events.flatMap((event) => ("orderId" in event ? [event.orderId] : [])));
  return [...ids].flatMap((id) => {
    const order = byId.get(id ?? "");
    if (order === undefined || order.counterparty === null) return [];
    const rest = `,"order":${JSON.stringify(orderJson(order))}`;
    const participant = order.counterparty;
    return [{ channel: "confirmations", participant, type: "confirmation", rest }];
  });
}

function affirmationsOf({ gateway }: DoorParts, events: readonly MarketEvent[]): Matter[] {
  const { byName } = gateway.records.affirmations;
  const names = events.flatMap((event) =>
    "tradeId" in event && "side" in event ? [sideName(event.tradeId, event.side)] : [],
  );
  return [...new Set(names)].flatMap((name) => {
    const record = byName.get(name);
    if (record === undefined) return [];
    const rest = `,"affirmation":${JSON.stringify(affirmationJson(record))}`;
    return [{ channel: "affirmations", participant: record.custodian, type: "affirmation", rest }];
  });
}
