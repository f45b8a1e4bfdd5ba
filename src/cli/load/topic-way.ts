import type { Clock } from "../../services/clock.ts";
import type { MarketLog, OutRecord } from "../../services/log.ts";
import { ordersTopic, type TopicName } from "../../protocol/topics.ts";
import { openSender } from "../actors/send-record.ts";
import type { LoadOrder } from "./load-orders.ts";
import type { LoadWay, SentOrder } from "./sent-order.ts";

/** The topics that a load may write: ours, or a seed's pair. */
export type TopicWay = "orders" | "flow-a" | "flow-b";

/** Records of one request. */
const requestMax = 1_000;

type Queued = {
  readonly order: LoadOrder;
  readonly dueMs: number;
  readonly record: OutRecord;
};

/**
 * Writes orders to their topics, one request in flight for each topic: what is due meanwhile goes
 * with the next. Nothing is sent twice of which it is not known that it does not stand.
 */
export function openTopicWay(
  log: MarketLog,
  clock: Clock,
  way: TopicWay,
  onAnswer: (sent: SentOrder) => void,
): LoadWay {
  const sender = openSender(log, clock);
  const queues = new Map<TopicName, Queued[]>();
  const sending = new Set<TopicName>();
  let unanswered = 0;

  async function sendQueued(topic: TopicName, queue: Queued[]): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, requestMax);
      const sentMs = performance.now();
      const records = batch.map(({ record }) => record);
      const sent = await sender.sendAll({ topic, partition: 0 }, records);
      const answeredMs = performance.now();
      unanswered -= batch.length;
      for (const [index, { order, dueMs }] of batch.entries()) {
        const times = { dueMs, sentMs, answeredMs };
        if (sent.type === "at") {
          const place = { topic, partition: 0, offset: sent.offset + index };
          onAnswer({ ...order, ...times, outcome: "written", why: null, place });
        } else {
          const outcome = sent.type === "refused" ? "not_sent" : "unknown";
          onAnswer({ ...order, ...times, outcome, why: sent.why, place: null });
        }
      }
    }
    sending.delete(topic);
  }
  return {
    send(order, dueMs) {
      const { topic, record } = recordOf(way, order);
      const queue = queues.get(topic) ?? [];
      queues.set(topic, queue);
      queue.push({ order, dueMs, record });
      unanswered += 1;
      if (sending.has(topic)) return;
      sending.add(topic);
      // After this turn of the event loop, so that what is due together shares a request.
      queueMicrotask(() => void sendQueued(topic, queue));
    },
    unanswered: () => unanswered,
    close: () => sender.close(),
  };
}

/** The record of an order on its topic. */
export function recordOf(
  way: TopicWay,
  { message }: LoadOrder,
): { readonly topic: TopicName; readonly record: OutRecord } {
  const { topic, value } = way === "orders" ? ownForm(message) : seedForm(way, message);
  const key = topic === ordersTopic ? Buffer.from(message.symbol ?? "") : null;
  return { topic, record: { key, value: Buffer.from(JSON.stringify(value)) } };
}

type Formed = { readonly topic: TopicName; readonly value: object };
type Message = LoadOrder["message"];

function ownForm(message: Message): Formed {
  return { topic: ordersTopic, value: { v: 1, ...message } };
}

function seedForm(way: "flow-a" | "flow-b", message: Message): Formed {
  const { participant, client_order_id: id, symbol, quantity, price_paise: pricePaise } = message;
  const rupees = Number(pricePaise) / 100;
  if (way === "flow-b") {
    const shares = { stock_symbol: symbol, quantity };
    if (message["side"] === "SELL")
      return { topic: "sell-offers", value: { offer_id: id, seller: participant, ...shares } };
    const value = { order_id: id, buyer: participant, ...shares, price_per_unit: rupees };
    return { topic: "buy-orders", value };
  }
  if (message.type === "Confirm") {
    const answer = { type: "Counter_party", text: "CONFIRM", order_id: message["order_id"] };
    return { topic: "Counter_party", value: { ...answer, symbol, counterparty: participant } };
  }
  const order = { type: "Trade_Order", qty: quantity, symbol, price: rupees, order_id: id };
  const { counterparty } = message;
  return { topic: "Trade_Order", value: { ...order, buyer: participant, counterparty } };
}
